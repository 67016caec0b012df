"""Correct uneven illumination and noise in photographs of a digit on paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .grayscale import ImageArray, border_pixels

# Photographs are resized to at most this longest side (pixels).
_MAX_SIDE = 1024
# The illumination is estimated at this longest side, with a median filter of this width
# (pixels): wider than twice the broadest stroke, so that most of each window is paper.
_ILLUMINATION_SIDE = 128
_MEDIAN_SIZE = 41
# Foreground pixels differ from the paper by at least this many times the noise.
_MIN_SIGNAL_TO_NOISE = 4.0
# Components smaller than this share of the largest one, or of the image, are dropped.
_MIN_COMPONENT_SHARE = 0.05
_MIN_IMAGE_SHARE = 3e-4


def correct_illumination(gray: ImageArray) -> ImageArray:
    """Replace the paper of a photograph by a black background.

    The illumination is the median of a wide window around each pixel [1]_. Pixels that differ
    from it clearly, in the direction in which most do, are foreground. Small components and
    components that touch the border are dropped.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8
        At least 64 pixels on each side.

    Returns
    -------
    ndarray of shape (h, w), uint8
        Bright foreground on black, at most 1024 pixels on the longest side. All black if nothing
        differs clearly from the paper.

    References
    ----------
    .. [1] B. Gatos, I. Pratikakis, S. Perantonis, "Adaptive degraded document image
       binarization", Pattern Recognition 39 (2006), 317-327: background surface estimation.
    """
    scale = _MAX_SIDE / max(gray.shape)
    if scale < 1:
        gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    difference = _denoise(gray) - estimate_illumination(gray)
    noise_sigma = 1.4826 * float(np.median(np.abs(difference))) + 1.0
    threshold = _MIN_SIGNAL_TO_NOISE * noise_sigma
    difference = _orient(difference, threshold)
    mask = drop_small_components((difference > threshold).astype(np.uint8))
    if not mask.any():
        return np.zeros_like(gray)
    # Include the soft edges of the strokes.
    dilated = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    full = float(np.percentile(difference[mask > 0], 75))
    return np.where(dilated > 0, np.clip(255 * difference / full, 0, 255), 0).astype(np.uint8)


def estimate_illumination(gray: ImageArray) -> NDArray[np.float32]:
    """Estimate the intensity of the paper at each pixel."""
    scale = _ILLUMINATION_SIDE / max(gray.shape)
    size = [max(round(side * scale), 1) for side in gray.shape[::-1]]
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    pad = _MEDIAN_SIZE // 2
    padded = cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
    median = cv2.medianBlur(padded, _MEDIAN_SIZE)[pad:-pad, pad:-pad]
    smooth = cv2.GaussianBlur(median.astype(np.float32), (0, 0), 3)
    return cv2.resize(smooth, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def drop_small_components(mask: ImageArray) -> ImageArray:
    """Keep the large components of a 0/1 mask, and of these the ones inside the image."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    area = stats[1:, cv2.CC_STAT_AREA].astype(float)
    if not len(area):
        return mask
    touches_border = np.isin(np.arange(1, len(stats)), border_pixels(labels))
    inside = np.where(touches_border, 0, area)
    largest = inside.max() or area.max()
    min_area = max(_MIN_COMPONENT_SHARE * largest, _MIN_IMAGE_SHARE * mask.size)
    keep = (inside if inside.any() else area) >= min_area
    return np.isin(labels, np.flatnonzero(keep) + 1).astype(np.uint8)


def _denoise(gray: ImageArray) -> NDArray[np.float32]:
    sigma = max(gray.shape) / 400
    return cv2.GaussianBlur(gray.astype(np.float32), (0, 0), max(sigma, 0.6))


def _orient(difference: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """Make the foreground positive: the direction in which the clear differences add up."""
    clear = np.abs(difference) > threshold
    return -difference if difference[clear].sum() <= 0 else difference
