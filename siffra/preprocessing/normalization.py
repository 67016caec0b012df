"""Normalize a digit to MNIST's format: one function a step."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..exceptions import BlankImageError
from .clutter import estimate_stroke_width, shrink_mask
from .foreground import extract_foregrounds, is_thin
from .grayscale import ImageArray, as_array, downsample

IMAGE_SIZE = 28  # pixels along each side of MNIST's images
N_PIXELS = IMAGE_SIZE * IMAGE_SIZE
# Stroke width is measured and normalized at this longest side of the digit (pixels): large
# enough for thin strokes to keep their shape, small enough to be fast.
WORKING_SIZE = 64
# Room around the digit, in which strokes can be thickened (pixels).
_PADDING = 10
# The steepest skew that is removed (columns per row).
_MAX_SHEAR = 0.8
# Strokes are where they have at least half of the full intensity.
_HALF_INTENSITY = 127
# The last step draws at this many times the final size and averages.
_OVERSAMPLING = 3


class PreprocessingSteps(NamedTuple):
    """The result of each preprocessing step for one image.

    Parameters
    ----------
    gray : ndarray of shape (h, w), uint8
        Grayscale, without its uniform margin, downsampled if large.
    foreground : ndarray of shape (h, w), uint8
        Bright digit on a dark background, cropped.
    binary : ndarray of shape (h, w), uint8
        1 for the digit, 0 for the background; the digit's longest side is `WORKING_SIZE`.
    strokes : ndarray of shape (h, w), float32
        From 0 to 255, with normalized stroke width.
    digit : ndarray of shape (28, 28), uint8
        Deskewed, scaled and centered: the model's input.
    """

    gray: ImageArray
    foreground: ImageArray
    binary: ImageArray
    strokes: NDArray[np.float32]
    digit: ImageArray


def preprocess_steps(
    image: Any, index: int = 0, **parameters: float
) -> Iterator[PreprocessingSteps]:
    """Yield the alternatives of `MnistPreprocessor`, whose parameters these are."""
    last = None
    for found in extract_foregrounds(as_array(image)):
        if found is not last:
            if found.intensities is None:
                raise BlankImageError(index)
            foreground = crop_to_foreground(found.foreground, sum(found.intensities) / 2)
            binary = resize_and_binarize(foreground, *found.intensities)
            if not binary.any():
                raise BlankImageError(index)
            strokes, digit = normalize_shape(binary, **parameters)
            last, steps = found, PreprocessingSteps(found.gray, foreground, binary, strokes, digit)
        yield steps


def normalize_shape(
    binary: ImageArray,
    *,
    digit_size: float,
    stroke_width: float,
    stroke_normalization: float,
    deskew: float,
    aspect_ratio_normalization: float,
) -> tuple[NDArray[np.float32], ImageArray]:
    """Normalize stroke width, skew, size and position of a binary digit that is not empty.

    The results are the `strokes` and the `digit` of `PreprocessingSteps`, and the parameters those
    of `MnistPreprocessor`.
    """
    strokes = normalize_stroke_width(binary, stroke_width * WORKING_SIZE, stroke_normalization)
    shear = deskew * estimate_skew(strokes)
    return strokes, center_by_mass(strokes, shear, digit_size, aspect_ratio_normalization)


def crop_to_foreground(foreground: ImageArray, threshold: float) -> ImageArray:
    """Crop to the pixels above a threshold, plus one pixel for their soft edge."""
    mask = cv2.compare(foreground, threshold, cv2.CMP_GT)
    left, top, width, height = cv2.boundingRect(mask)
    rows = slice(max(0, top - 1), top + height + 1)
    return foreground[rows, max(0, left - 1) : left + width + 1]


def resize_and_binarize(foreground: ImageArray, dark: float, bright: float) -> ImageArray:
    """Resize a cropped digit to the working size, plus padding, and binarize it: 1 for the digit.

    Resizing averages areas. Strokes that become thinner than a pixel are kept, because the
    threshold follows the brightest pixel down.
    """
    longest = max(foreground.shape)
    padding = (_PADDING,) * 4
    small = downsample(foreground, WORKING_SIZE)
    factor = round(longest / max(small.shape))
    scale = WORKING_SIZE * factor / max(longest - 2, 1)
    height, width = (max(1, round(side * scale)) for side in small.shape)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(small, (width, height), interpolation=interpolation)
    if scale < factor and is_thin(resized, dark, bright):
        mask = (foreground > (dark + bright) / 2).view(np.uint8)
        binary = shrink_mask(mask, WORKING_SIZE / longest)
    else:
        threshold = (dark + min(bright, float(resized.max()))) / 2
        binary = (resized > threshold).view(np.uint8)
    return cv2.copyMakeBorder(binary, *padding, cv2.BORDER_CONSTANT, value=0)


def normalize_stroke_width(
    binary: ImageArray, target_width: float, strength: float
) -> NDArray[np.float32]:
    """Thin broad strokes and thicken thin ones; the result is from 0 to 255.

    The edges move along the distance transform by fractions of a pixel, so that they stay smooth
    at any width. A strength of 0 keeps the width, 1 changes the mean to `target_width` (pixels).
    """
    inside = cv2.distanceTransform(binary, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - binary, cv2.DIST_L2, cv2.DIST_MASK_5)
    shift = strength * (estimate_stroke_width(binary, inside) - target_width) / 2
    shift = min(shift, float(inside.max()) - 0.5)
    # The edge is half a pixel nearer than the center of the next pixel.
    depth = inside - outside - binary + np.float32(0.5)
    return np.clip((depth + np.float32(0.5 - shift)) * 255, 0, 255)


def estimate_skew(strokes: NDArray[np.float32]) -> float:
    """Estimate the skew from second moments: columns per row, negative if leaning right."""
    moments = cv2.moments(strokes)
    return moments["mu11"] / moments["mu02"] if moments["mu02"] > 0 else 0.0


def center_by_mass(
    strokes: NDArray[np.float32], skew: float, digit_size: float, normalization: float
) -> ImageArray:
    """Deskew a digit, scale it and center it by its mass (28, 28), in one interpolation.

    The skew is in columns per row. The center of mass is in the middle, or as near as the edges of
    the image allow.
    """
    shear = min(max(-skew, -_MAX_SHEAR), _MAX_SHEAR)
    y, x = np.nonzero(strokes > min(_HALF_INTENSITY, strokes.max() / 2))
    x = x + shear * y
    x_range, y_range = (float(x.min()), float(x.max())), (float(y[0]), float(y[-1]))
    width, height = x_range[1] - x_range[0] + 1, y_range[1] - y_range[0] + 1
    ratio = normalize_aspect_ratio(min(width, height) / max(width, height), normalization)
    x_scale, y_scale = (1.0, ratio) if width >= height else (ratio, 1.0)
    x_scale *= digit_size * _OVERSAMPLING / width
    y_scale *= digit_size * _OVERSAMPLING / height

    moments = cv2.moments(strokes)
    x_mass, y_mass = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    left = _offset(x_range, x_scale, x_mass + shear * y_mass)
    top = _offset(y_range, y_scale, y_mass)
    matrix = np.array([[x_scale, x_scale * shear, left], [0, y_scale, top]])
    size = IMAGE_SIZE * _OVERSAMPLING
    warped = cv2.warpAffine(strokes, matrix, (size, size), flags=cv2.INTER_LINEAR)
    image = cv2.resize(warped, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA)
    return cv2.convertScaleAbs(image)


def _offset(extent: tuple[float, float], scale: float, center: float) -> float:
    """Return the shift on one axis that centers `center` and keeps `extent` in the image."""
    last = IMAGE_SIZE * _OVERSAMPLING - 1
    return min(max(last / 2 - scale * center, -scale * extent[0]), last - scale * extent[1])


def normalize_aspect_ratio(ratio: float, strength: float) -> float:
    """Widen narrow digits: of the ratios of the shorter side to the longer, 1 stays 1, others grow.

    A strength of 0 keeps the ratio; 1 gives sqrt(sin(pi / 2 * ratio)), function R7 of C.-L. Liu et
    al. (2004), see `MnistPreprocessor`.
    """
    return (1 - strength) * ratio + strength * math.sqrt(math.sin(math.pi / 2 * ratio))
