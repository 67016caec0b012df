"""Correct uneven illumination and noise in photographs of a digit on paper."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .grayscale import ImageArray

# The illumination is estimated at this longest side (pixels).
_ILLUMINATION_SIDE = 192
# Side of the closing's square, wider than the broadest stroke (pixels).
_CLOSING_SIZE = 37
# Side of the median that smooths the paper (pixels).
_SMOOTHING_SIZE = 5
# Side of the median around which skewness is measured (pixels).
_MEDIAN_SIZE = 61
# This percentile of the differences is paper, even if a digit fills half of the image.
_PAPER_PERCENTILE = 30
# Strokes are brighter than the paper above this skewness.
_MIN_SKEWNESS = 0.5
# An even slope leaves at most this share of the standard deviation.
_MAX_UNEVENNESS = 0.3
# Strokes differ from the paper by the lower factor times its noise, and somewhere by the higher.
_MIN_SIGNAL_TO_NOISE = (2.5, 5.5)
# The same, as shares of the clearest difference.
_MIN_LEVEL = (0.35, 0.5)
# Least standard deviation of the paper's noise (intensity).
_MIN_NOISE = 2.0
# The clearest difference is at this percentile of the strokes' differences.
_CLEAR_PERCENTILE = 90
# The highest difference is at this percentile of all pixels.
_HIGHEST_PERCENTILE = 99
# Differences of at most this share of the highest are paper.
_MAX_PAPER = 0.7
# Standard deviation of a normal distribution, in median absolute deviations.
_MAD_SCALE = 1.4826
# The percentile from which the noise of a regular texture is estimated.
_LOWEST_PERCENTILE = 1
# Distance from that percentile of a normal distribution to its median (standard deviations).
_LOWEST_DEVIATION = 2.33
# Strokes have their full intensity at this percentile.
_FULL_PERCENTILE = 75
# Side of the square that holds the soft edge of a stroke's pixel (pixels).
_EDGE_SIZE = 5
# Polarity and level are measured inside of this margin, a share of the shorter side.
_MARGIN = 0.1
# Standard deviation of the smoothing, as a share of the shorter side.
_SMOOTHING = 0.0025
# Least standard deviation of the smoothing (pixels).
_MIN_SMOOTHING = 0.6
# Components smaller than this share of the image are noise.
_MIN_IMAGE_SHARE = 3e-4


def correct_illumination(gray: ImageArray, scale: float) -> ImageArray:
    """Replace the paper of a photograph by a black background.

    The paper's intensity is estimated around each pixel [1]_. Pixels that are clearly darker
    than it, or brighter if most differences are, are foreground, and fainter ones that are
    connected to them (thresholding with hysteresis). The image is resized by `scale`, and all
    black if nothing differs clearly from the paper.

    References
    ----------
    .. [1] B. Gatos, I. Pratikakis, S. Perantonis, "Adaptive degraded document image
       binarization", Pattern Recognition 39 (2006), 317-327: background surface estimation.
    """
    gray = _resize_photo(gray, scale)
    if has_bright_foreground(gray):
        gray = cv2.bitwise_not(gray)
    # Relative to the paper, the contrast is the same in light and in shadow.
    paper = estimate_illumination(gray)
    difference = (255 * (paper - gray) / np.maximum(paper, 1)).astype(np.float32)
    difference -= float(np.percentile(difference, _PAPER_PERCENTILE))
    inside = _inside(difference)
    noise = _estimate_noise(inside)
    low, high = (factor * noise for factor in _MIN_SIGNAL_TO_NOISE)
    clear = inside[inside > high]
    if not len(clear):
        return np.zeros(gray.shape, np.uint8)
    level = float(np.percentile(clear, _CLEAR_PERCENTILE))
    mask = with_strong_pixels(
        difference, max(low, _MIN_LEVEL[0] * level), max(high, _MIN_LEVEL[1] * level)
    )
    if not mask.any():
        return mask
    # Include the soft edges of the strokes.
    dilated = cv2.dilate(mask, np.ones((_EDGE_SIZE, _EDGE_SIZE), np.uint8))
    strokes = inside[_inside(mask) > 0]
    full = float(np.percentile(strokes, _FULL_PERCENTILE)) if len(strokes) else level
    return np.where(dilated > 0, np.clip(255 * difference / full, 0, 255), 0).astype(np.uint8)


def _estimate_noise(difference: NDArray[np.float32]) -> float:
    """Estimate the standard deviation of the paper's noise or texture.

    That of Gaussian noise follows from the median absolute deviation. A regular texture has a
    narrower range: that of what is brighter than the paper.
    """
    magnitude = np.abs(difference)
    highest = float(np.percentile(magnitude, _HIGHEST_PERCENTILE))
    paper = difference[magnitude <= _MAX_PAPER * highest]
    deviation = _MAD_SCALE * float(np.median(np.abs(paper)))
    lowest = np.percentile(paper, _LOWEST_PERCENTILE)
    bright = float(np.median(paper) - lowest) / _LOWEST_DEVIATION
    return min(deviation, bright) + _MIN_NOISE


def with_strong_pixels(difference: NDArray[np.float32], low: float, high: float) -> ImageArray:
    """Return a mask of the components above the lower threshold with a pixel above the higher.

    Components that are smaller than a share of the image are left out.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats((difference > low).view(np.uint8))
    is_kept = np.bincount(labels[difference > high], minlength=len(stats)) > 0
    is_kept &= stats[:, cv2.CC_STAT_AREA] > _MIN_IMAGE_SHARE * difference.size
    is_kept[0] = False
    return is_kept.view(np.uint8)[labels]


def _resize_photo(gray: ImageArray, scale: float) -> ImageArray:
    """Smooth a photograph and resize it."""
    sigma = max(_SMOOTHING * min(gray.shape), _MIN_SMOOTHING)
    gray = cv2.GaussianBlur(gray, (0, 0), sigma)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = [max(round(side * scale), 1) for side in gray.shape[::-1]]
    return cv2.resize(gray, size, interpolation=interpolation)


def _inside(image: NDArray[Any]) -> NDArray[Any]:
    """Return an image without its margin."""
    margin = round(_MARGIN * min(image.shape))
    return image[margin : image.shape[0] - margin, margin : image.shape[1] - margin]


def estimate_illumination(gray: ImageArray) -> NDArray[np.float32]:
    """Estimate the intensity of the paper at each pixel, under dark strokes and in shadows.

    A morphological closing fills strokes and keeps the straight edges of shadows.
    """
    small = downsample_to(gray, _ILLUMINATION_SIDE).astype(np.float32)
    # At the border, a closing lifts the dark end of a slope: take an even slope out before.
    plane = fit_plane(small)
    if (small - plane).std() > _MAX_UNEVENNESS * small.std():
        plane[:] = 0
    kernel = np.ones((_CLOSING_SIZE, _CLOSING_SIZE), np.uint8)
    paper = cv2.morphologyEx(small - plane, cv2.MORPH_CLOSE, kernel)
    # At the edge of a shadow, resizing mixes both sides: take the darker one.
    paper = cv2.erode(cv2.medianBlur(paper, _SMOOTHING_SIZE), np.ones((3, 3), np.uint8)) + plane
    return cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def fit_plane(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the plane through an image with the least squared error."""
    y, x = (np.arange(side, dtype=np.float32) - (side - 1) / 2 for side in gray.shape)
    slope_y = float(y @ gray.mean(axis=1)) / max(float(y @ y), 1)
    slope_x = float(x @ gray.mean(axis=0)) / max(float(x @ x), 1)
    return slope_y * y[:, None] + slope_x * x + gray.mean()


def has_bright_foreground(gray: ImageArray) -> bool:
    """Return whether strokes are brighter than the paper: the skewness around a wide median.

    That of paper without strokes is small.
    """
    small = np.ascontiguousarray(_inside(downsample_to(gray, _ILLUMINATION_SIDE)))
    difference = small.astype(np.float32) - cv2.medianBlur(small, _MEDIAN_SIZE)
    return float(np.mean(difference**3)) > _MIN_SKEWNESS * float(np.mean(difference**2)) ** 1.5


def downsample_to(gray: ImageArray, side: int) -> ImageArray:
    """Resize to a longest side."""
    scale = side / max(gray.shape)
    size = [max(round(length * scale), 1) for length in gray.shape[::-1]]
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
