"""From any drawing to the kind of image MNIST holds: one step a function."""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .exceptions import BlankImageError
from .image import ImageArray, halve, margin_shade, read_gray
from .photo import flatten_light

IMAGE_SIZE = 28
N_PIXELS = IMAGE_SIZE * IMAGE_SIZE
# Strokes are measured and evened out at this size (longest side of the ink, pixels): large
# enough for the thinnest brush to keep its shape, small enough to cost little.
WORKING_SIZE = 64
_MARGIN = 10
# Otsu's threshold splits even a blank sheet; two shades closer than this are one sheet.
MIN_CONTRAST = 20
_MAX_SLANT = 0.8
# The last step draws at this many times its size and averages.
_OVERSAMPLING = 3


class Trace(NamedTuple):
    """What the steps of `normalize` make of one image.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
        Without the plain margin, and halved while it is large.
    ink : ndarray of shape (h, w), uint8
        Bright on dark, cropped.
    shape : ndarray of shape (h, w), uint8
        1 where there is ink, else 0; the ink's longest side is `WORKING_SIZE`.
    strokes : ndarray of shape (h, w), float32
        0 to 255, nearer to the usual width.
    digit : ndarray of shape (28, 28), uint8
        Upright, in its box, on its centre of mass.
    """

    gray: ImageArray
    ink: ImageArray
    shape: ImageArray
    strokes: NDArray[np.float32]
    digit: ImageArray


def normalize(
    image: Any,
    index: int = 0,
    *,
    digit_size: float,
    stroke_width: float,
    evening: float,
    deslanting: float,
    widening: float,
) -> Trace:
    """Turn one image into a digit of MNIST's kind and keep what each step makes of it.

    Parameters
    ----------
    image : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8, or PIL.Image.Image
    index : int, default=0
        Its position in a batch, for errors.
    digit_size, stroke_width, evening, deslanting, widening : float
        See `pipeline.preprocessing.MnistPreprocessor`.

    Returns
    -------
    Trace

    Raises
    ------
    InvalidImageError
        If it is not an image.
    BlankImageError
        If it holds no ink.
    """
    gray = read_gray(image)
    shade = margin_shade(gray)
    ink = flatten_light(gray) if shade is None else brighten_ink(gray, shade)
    shades = ink_shades(ink)
    if shades is None:
        raise BlankImageError(index)
    crop = crop_to_ink(ink, sum(shades) / 2)
    shape = enlarge(crop, *shades)
    if not shape.any():  # thinner than a shade of gray at this size
        raise BlankImageError(index)
    strokes = even_strokes(shape, stroke_width * WORKING_SIZE, evening)
    digit = place(strokes, deslanting * measure_slant(strokes), digit_size, widening)
    return Trace(gray, crop, shape, strokes, digit)


def brighten_ink(gray: ImageArray, background: float) -> ImageArray:
    """Invert a dark drawing on a light background.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8
    background : float
        Its shade, from 0 to 255.

    Returns
    -------
    ndarray of shape (H, W), uint8
        Bright ink on a dark background.
    """
    return cv2.bitwise_not(gray) if background > cv2.mean(gray)[0] else gray


def ink_shades(ink: ImageArray) -> tuple[float, float] | None:
    """Part ink from background by Otsu's method [1]_.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
        Bright ink on a dark background.

    Returns
    -------
    tuple of float, or None
        The mean shade of the background and of the ink; what is brighter than the middle
        between them is ink. None for a blank image.

    References
    ----------
    .. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE
       Transactions on Systems, Man, and Cybernetics 9 (1979), 62-66.
    """
    _, mask = cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # A sheet of one shade is all on one side of its threshold.
    n_bright = cv2.countNonZero(mask)
    if n_bright in (0, ink.size):
        return None
    bright = cv2.mean(ink, mask)[0]
    dark = (cv2.sumElems(ink)[0] - bright * n_bright) / (ink.size - n_bright)
    return (dark, bright) if bright - dark >= MIN_CONTRAST else None


def crop_to_ink(ink: ImageArray, threshold: float) -> ImageArray:
    """Cut out the smallest box that holds all the ink, and one pixel more for its soft edge.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
    threshold : float
        What is brighter is ink.

    Returns
    -------
    ndarray of shape (h, w), uint8
    """
    left, top, width, height = cv2.boundingRect(cv2.compare(ink, threshold, cv2.CMP_GT))
    rows = slice(max(0, top - 1), top + height + 1)
    return ink[rows, max(0, left - 1) : left + width + 1]


def enlarge(crop: ImageArray, dark: float, bright: float) -> ImageArray:
    """Bring the ink to the size its strokes are measured at.

    Shrinking averages areas, and a stroke that becomes thinner than a pixel is kept: the
    threshold follows the brightest pixel down.

    Parameters
    ----------
    crop : ndarray of shape (H, W), uint8
        From `crop_to_ink`.
    dark, bright : float
        From `ink_shades`.

    Returns
    -------
    ndarray of shape (h, w), uint8
        1 where there is ink, else 0; the ink's longest side is `WORKING_SIZE`, plus a margin.
    """
    longest = max(crop.shape)
    crop = halve(crop, WORKING_SIZE)
    shrunk = round(longest / max(crop.shape))
    scale = WORKING_SIZE * shrunk / max(longest - 2, 1)
    height, width = (max(1, round(side * scale)) for side in crop.shape)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(crop, (width, height), interpolation=interpolation)
    threshold = (dark + min(bright, float(resized.max()))) / 2
    margins = (_MARGIN,) * 4
    return cv2.copyMakeBorder(
        (resized > threshold).view(np.uint8), *margins, cv2.BORDER_CONSTANT, value=0
    )


def even_strokes(strokes: ImageArray, width: float, evening: float) -> NDArray[np.float32]:
    """Thin thick strokes and thicken thin ones, by moving their edges.

    The edge is moved along the distance transform, in fractions of a pixel, so that it stays
    smooth at any width.

    Parameters
    ----------
    strokes : ndarray of shape (h, w), uint8
        1 where there is ink, else 0.
    width : float
        In pixels.
    evening : float
        0 leaves the width as it is, 1 brings the mean width to `width`.

    Returns
    -------
    ndarray of shape (h, w), float32
        From 0 to 255, with antialiased edges.
    """
    inside = cv2.distanceTransform(strokes, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - strokes, cv2.DIST_L2, cv2.DIST_MASK_5)
    shift = evening * (measure_stroke_width(strokes, inside) - width) / 2
    shift = min(shift, float(inside.max()) - 0.5)
    # From a pixel's middle to the edge it is half a pixel less than to the next one's middle.
    depth = inside - outside - strokes + np.float32(0.5)
    return np.clip((depth + np.float32(0.5 - shift)) * 255, 0, 255)


def measure_stroke_width(strokes: ImageArray, inside: NDArray[np.float32]) -> float:
    """Estimate the mean width of the strokes from the distance transform.

    Across a line w pixels wide the distance to the background climbs 1, 2, ... w / 2 and falls
    again: its mean is (w + 2) / 4.

    Parameters
    ----------
    strokes : ndarray of shape (h, w), uint8
        1 where there is ink, else 0.
    inside : ndarray of shape (h, w), float32
        The distance of each ink pixel to the background.

    Returns
    -------
    float
        In pixels, at least 1.
    """
    return max(4 * cv2.sumElems(inside)[0] / max(cv2.countNonZero(strokes), 1) - 2, 1.0)


def measure_slant(strokes: NDArray[np.float32]) -> float:
    """Measure how far a digit leans, by its second moments.

    Parameters
    ----------
    strokes : ndarray of shape (h, w), float32

    Returns
    -------
    float
        Columns per row: what a shear must undo. Negative when it leans to the right.
    """
    moments = cv2.moments(strokes)
    return moments["mu11"] / moments["mu02"] if moments["mu02"] > 0 else 0.0


def place(
    strokes: NDArray[np.float32], slant: float, digit_size: float, widening: float
) -> ImageArray:
    """Shear a digit upright, scale it into its box and centre it, in one interpolation.

    Parameters
    ----------
    strokes : ndarray of shape (h, w), float32
        From 0 to 255.
    slant : float
        Columns per row to undo; cut at 0.8 either way.
    digit_size : float
        Longest side, in pixels of the result.
    widening : float
        See `widen`.

    Returns
    -------
    ndarray of shape (28, 28), uint8
        Bright ink on black, its centre of mass in the middle, or as near to it as the edges
        allow.
    """
    shear = min(max(-slant, -_MAX_SLANT), _MAX_SLANT)
    y, x = np.nonzero(strokes > min(127, strokes.max() / 2))
    x = x + shear * y
    columns, rows = (float(x.min()), float(x.max())), (float(y[0]), float(y[-1]))
    width, height = columns[1] - columns[0] + 1, rows[1] - rows[0] + 1
    ratio = widen(min(width, height) / max(width, height), widening)
    across, down = (1.0, ratio) if width >= height else (ratio, 1.0)
    across *= digit_size * _OVERSAMPLING / width
    down *= digit_size * _OVERSAMPLING / height

    moments = cv2.moments(strokes)
    centre_x, centre_y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    left = _offset(columns, across, centre_x + shear * centre_y)
    top = _offset(rows, down, centre_y)
    matrix = np.array([[across, across * shear, left], [0, down, top]])
    size = IMAGE_SIZE * _OVERSAMPLING
    drawn = cv2.warpAffine(strokes, matrix, (size, size), flags=cv2.INTER_LINEAR)
    image = cv2.resize(drawn, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA)
    return cv2.convertScaleAbs(image)


def _offset(ends: tuple[float, float], scale: float, centre: float) -> float:
    """Shift along one axis that brings `centre` to the middle and keeps all ink inside."""
    last = IMAGE_SIZE * _OVERSAMPLING - 1
    return min(max(last / 2 - scale * centre, -scale * ends[0]), last - scale * ends[1])


def widen(ratio: float, widening: float) -> float:
    """Give narrow digits more room: 1 stays 1, and smaller ratios grow.

    Parameters
    ----------
    ratio : float
        Shorter side over longer, from 0 to 1.
    widening : float
        0 keeps the ratio; 1 takes sqrt(sin(pi / 2 * ratio)), the R7 of [1]_.

    Returns
    -------
    float
        From 0 to 1.

    References
    ----------
    .. [1] C.-L. Liu et al., "Handwritten digit recognition: investigation of normalization and
       feature extraction techniques", Pattern Recognition 37 (2004), 265-279.
    """
    return (1 - widening) * ratio + widening * math.sqrt(math.sin(math.pi / 2 * ratio))
