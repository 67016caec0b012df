"""From any drawing to the kind of image MNIST holds: one step a function, one transformer."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from .exceptions import BlankImageError, InvalidImageError
from .image import ImageArray, border, read_gray

IMAGE_SIZE = 28
N_PIXELS = IMAGE_SIZE * IMAGE_SIZE
# Strokes are measured and strengthened at this size (longest side, pixels): large enough for
# the thinnest brush to keep its shape, small enough to cost little.
WORKING_SIZE = 100
# Otsu's threshold splits even a blank sheet; two shades closer than this are one sheet.
MIN_CONTRAST = 20


class MnistPreprocessor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Make any image of a digit look like one of MNIST's.

    The digit is found, cropped, strengthened where its strokes are thin, scaled into a box and
    set with its centre of mass in the middle of a 28 x 28 image, as MNIST's authors did [1]_.
    Stateless: `fit` only checks the parameters.

    Parameters
    ----------
    digit_size : int, default=20
        Longest side of the digit in the 28 x 28 image, in pixels; from 1 to 28.
    stroke_width : float, default=2.5
        Strokes thinner than this, in pixels of the 28 x 28 image, are dilated to it.
        0 leaves all strokes as they are.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998:
       "size normalized to fit in a 20x20 pixel box while preserving their aspect ratio [...]
       centered in a 28x28 image by computing the center of mass of the pixels".

    Examples
    --------
    >>> import numpy as np
    >>> from pipeline.preprocessing import MnistPreprocessor
    >>> canvas = np.full((800, 800), 255, dtype=np.uint8)
    >>> canvas[100:500, 300:330] = 0
    >>> pixels = MnistPreprocessor().fit_transform([canvas])
    >>> pixels.shape
    (1, 784)
    >>> rows, columns = np.nonzero(pixels.reshape(28, 28))
    >>> int(rows.min()), int(rows.max())
    (4, 23)
    """

    def __init__(self, digit_size: int = 20, stroke_width: float = 3.5) -> None:
        self.digit_size = digit_size
        self.stroke_width = stroke_width

    def fit(self, images: Any, y: Any = None) -> Self:
        """Check the parameters; nothing is learned from the images.

        Parameters
        ----------
        images : array of shape (n, H, W) or sequence of images
            Not read.
        y : None
            Not read.

        Returns
        -------
        MnistPreprocessor
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of its range.
        """
        if not 1 <= self.digit_size <= IMAGE_SIZE:
            raise ValueError(
                f"Got digit_size={self.digit_size!r}, but expected 1 to {IMAGE_SIZE} pixels."
            )
        if not 0 <= self.stroke_width <= self.digit_size:
            raise ValueError(
                f"Got stroke_width={self.stroke_width!r}, but expected 0 to digit_size "
                f"({self.digit_size}) pixels."
            )
        return self

    def transform(self, images: Any) -> NDArray[np.float32]:
        """Turn images into rows of MNIST-style pixels.

        Parameters
        ----------
        images : array of shape (n, H, W), uint8, or sequence of images of any sizes
            Each one a uint8 array (H, W), (H, W, 3) or (H, W, 4), or a PIL image; dark ink on
            light or light ink on dark.

        Returns
        -------
        ndarray of shape (n, 784), float32
            Ink from 0 (none) to 1 (full), row by row.

        Raises
        ------
        InvalidImageError
            If `images` is not a batch, or one of them is not an image.
        BlankImageError
            If one holds no ink; its `index` says which.
        """
        batch = check_batch(images)
        rows = np.empty((len(batch), N_PIXELS), dtype=np.float32)
        for index, image in enumerate(batch):
            digit = to_mnist(image, self.digit_size, self.stroke_width, index)
            np.divide(digit.ravel(), 255, out=rows[index])
        return rows

    @property
    def _n_features_out(self) -> int:
        return N_PIXELS

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


def check_batch(images: Any) -> Sequence[Any] | NDArray[Any]:
    """Return a batch of images, or say why it is none.

    Parameters
    ----------
    images : array of shape (n, H, W) or (n, H, W, C), or iterable of images

    Returns
    -------
    sequence of images

    Raises
    ------
    InvalidImageError
        If it is one image instead of several, or nothing to iterate over.
    """
    if isinstance(images, np.ndarray):
        if images.ndim in (3, 4) or images.dtype == object:
            return images
        raise InvalidImageError(
            f"Got an array of shape {images.shape}, but expected a batch (n, H, W). "
            "For one image, pass a list: [image]."
        )
    if not isinstance(images, Iterable) or isinstance(images, str | bytes):
        raise InvalidImageError(
            f"Got {type(images).__name__}, but expected an array (n, H, W) or a list of images. "
            "For one image, pass a list: [image]."
        )
    return list(images)


def to_mnist(image: Any, digit_size: int, stroke_width: float, index: int = 0) -> ImageArray:
    """Take one image through all the steps.

    Parameters
    ----------
    image : ndarray or PIL.Image.Image
        See `pipeline.image.read_gray`.
    digit_size : int
        Longest side of the digit, in pixels of the result.
    stroke_width : float
        Least width of a stroke, in pixels of the result.
    index : int, default=0
        Position in its batch, for the error.

    Returns
    -------
    ndarray of shape (28, 28), uint8
        Bright ink on black.

    Raises
    ------
    InvalidImageError
        If it is not an image.
    BlankImageError
        If it holds no ink.
    """
    ink = brighten_ink(read_gray(image))
    mask = find_ink(ink)
    if not mask.any():
        raise BlankImageError(index)
    digit = crop_to_ink(stretch_contrast(ink, mask), mask)
    digit = resize_longest_side(digit, WORKING_SIZE)
    digit = thicken_strokes(digit, stroke_width * WORKING_SIZE / digit_size)
    digit = resize_longest_side(digit, digit_size)
    return centre_mass(digit)


def brighten_ink(gray: ImageArray) -> ImageArray:
    """Invert a dark drawing on a light background; the border shows the background.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8

    Returns
    -------
    ndarray of shape (H, W), uint8
        Bright ink on a dark background.
    """
    return cv2.bitwise_not(gray) if np.median(border(gray)) > gray.mean() else gray


def find_ink(ink: ImageArray) -> ImageArray:
    """Mark the ink by Otsu's threshold [1]_.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
        Bright ink on a dark background.

    Returns
    -------
    ndarray of shape (H, W), uint8
        255 where there is ink, else 0; all 0 for a blank image.

    References
    ----------
    .. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE
       Transactions on Systems, Man, and Cybernetics 9 (1979), 62-66.
    """
    _, mask = cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # A sheet of one shade is all on one side of its threshold.
    dark, bright = _shades(ink, mask)
    blank = mask.all() or bright - dark < MIN_CONTRAST
    return np.zeros_like(mask) if blank else mask


def stretch_contrast(ink: ImageArray, mask: ImageArray) -> ImageArray:
    """Make the background's mean shade black and the ink's white.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
    mask : ndarray of shape (H, W), uint8
        From `find_ink`.

    Returns
    -------
    ndarray of shape (H, W), uint8
    """
    dark, bright = _shades(ink, mask)
    scale = 255 / (bright - dark)
    # One image, weighted, plus a constant: OpenCV rounds and saturates.
    return cv2.addWeighted(ink, scale, ink, 0, -dark * scale)


def _shades(ink: ImageArray, mask: ImageArray) -> tuple[float, float]:
    """Mean shade of the background and of the ink."""
    return cv2.mean(ink, cv2.bitwise_not(mask))[0], cv2.mean(ink, mask)[0]


def crop_to_ink(ink: ImageArray, mask: ImageArray) -> ImageArray:
    """Cut out the smallest box that holds all the ink.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
    mask : ndarray of shape (H, W), uint8
        From `find_ink`; not all 0.

    Returns
    -------
    ndarray of shape (h, w), uint8
    """
    left, top, width, height = cv2.boundingRect(mask)
    return ink[top : top + height, left : left + width]


def resize_longest_side(image: ImageArray, size: int) -> ImageArray:
    """Scale to a longest side of `size` pixels, keeping the aspect ratio.

    Shrinking averages areas, so that a stroke thinner than a pixel fades instead of vanishing.

    Parameters
    ----------
    image : ndarray of shape (H, W), uint8
    size : int

    Returns
    -------
    ndarray of shape (h, w), uint8
        The longer of h and w is `size`, the other at least 1.
    """
    longest = max(image.shape)
    height, width = (max(1, round(side * size / longest)) for side in image.shape)
    shrinks = longest > size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=interpolation)


def thicken_strokes(ink: ImageArray, width: float) -> ImageArray:
    """Dilate strokes that are thinner than `width`.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
        Bright ink on black.
    width : float
        In pixels.

    Returns
    -------
    ndarray of shape (h, w), uint8
        Larger than the input by what the strokes grew; the input itself if nothing is thin.
    """
    growth = round(width - measure_stroke_width(ink))
    if growth < 1:
        return ink
    pad = (growth + 1) // 2
    padded = cv2.copyMakeBorder(ink, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (growth + 1, growth + 1))
    return cv2.dilate(padded, disc)


def measure_stroke_width(ink: ImageArray) -> float:
    """Estimate the mean width of the strokes from the distance transform.

    Across a stroke w pixels wide the distance to the background climbs 1, 2, ... w / 2 and
    falls again: its mean is (w + 2) / 4.

    Parameters
    ----------
    ink : ndarray of shape (H, W), uint8
        Bright ink on black; half-bright counts as ink.

    Returns
    -------
    float
        In pixels; 0 without ink.
    """
    _, mask = cv2.threshold(ink, 127, 255, cv2.THRESH_BINARY)
    if not mask.any():
        return 0.0
    # The frame is background: without it a stroke along the edge would have one side only.
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_5)
    return 4 * cv2.mean(distance, framed)[0] - 2


def centre_mass(digit: ImageArray) -> ImageArray:
    """Place a digit in a 28 x 28 image with its centre of mass in the middle.

    The shift is in whole pixels and never pushes ink over the edge.

    Parameters
    ----------
    digit : ndarray of shape (h, w), uint8
        Bright ink on black, at most 28 x 28, not all black.

    Returns
    -------
    ndarray of shape (28, 28), uint8
    """
    moments = cv2.moments(digit)
    height, width = digit.shape
    top = _offset(moments["m01"] / moments["m00"], height)
    left = _offset(moments["m10"] / moments["m00"], width)
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
    image[top : top + height, left : left + width] = digit
    return image


def _offset(centre: float, side: int) -> int:
    """First row or column of a digit whose centre of mass, along one axis, is `centre`."""
    middle = (IMAGE_SIZE - 1) / 2
    return min(max(round(middle - centre), 0), IMAGE_SIZE - side)
