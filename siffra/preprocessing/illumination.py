"""Correct uneven illumination and noise in photographs of a digit on paper."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from .clutter import remove_clutter
from .grayscale import ImageArray

# Photographs are resized to at most this longest side (pixels).
_MAX_SIDE = 1024
# The illumination is estimated at this longest side, with a closing of this size (pixels):
# wider than the broadest stroke.
_ILLUMINATION_SIDE = 192
_CLOSING_SIZE = 37
_MEDIAN_SIZE = 61
# This percentile of the differences is paper, even if a digit fills half of the image.
_PAPER_PERCENTILE = 30
# Share of the standard deviation that an even slope leaves.
_MAX_UNEVENNESS = 0.3
# Foreground pixels differ from the paper by at least this many times the noise.
_MIN_SIGNAL_TO_NOISE = 5.0
# ... and by this share of the difference of the clearest ones.
_MIN_LEVEL = 0.4
# Components smaller than this share of the image are noise.
_MIN_IMAGE_SHARE = 3e-4


def correct_illumination(
    gray: ImageArray, clean: Callable[[ImageArray, float], ImageArray] = remove_clutter
) -> ImageArray:
    """Replace the paper of a photograph by a black background.

    The paper's intensity is estimated around each pixel [1]_. Pixels that are clearly darker
    than it, or brighter if most differences are, are foreground. Lines, frames, shadows and
    specks are removed.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8
        At least 64 pixels on each side.
    clean : callable, optional
        What removes lines, frames, shadows and specks: see `remove_clutter`.

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
    if has_bright_foreground(gray):
        gray = cv2.bitwise_not(gray)
    # Relative to the paper, the contrast is the same in light and in shadow.
    paper = estimate_illumination(gray)
    difference = 255 * (paper - _denoise(gray)) / np.maximum(paper, 1)
    difference -= float(np.percentile(difference, _PAPER_PERCENTILE))
    magnitude = np.abs(difference)
    is_paper = magnitude <= 0.7 * float(np.percentile(magnitude, 99))
    noise_sigma = 1.4826 * float(np.median(magnitude[is_paper])) + 1.0
    threshold = _MIN_SIGNAL_TO_NOISE * noise_sigma
    mask = (difference > threshold).astype(np.uint8)
    if mask.any():
        level = float(np.percentile(difference[mask > 0], 90))
        mask = (difference > max(threshold, _MIN_LEVEL * level)).astype(np.uint8)
        mask = clean(mask, _MIN_IMAGE_SHARE * mask.size)
    if not mask.any():
        return np.zeros_like(gray)
    # Include the soft edges of the strokes.
    dilated = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    full = float(np.percentile(difference[mask > 0], 75))
    return np.where(dilated > 0, np.clip(255 * difference / full, 0, 255), 0).astype(np.uint8)


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
    paper = cv2.erode(cv2.medianBlur(paper, 5), np.ones((3, 3), np.uint8)) + plane
    return cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def fit_plane(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the plane through an image with the least squared error."""
    y, x = (np.arange(side, dtype=np.float32) - (side - 1) / 2 for side in gray.shape)
    slope_y = float(y @ gray.mean(axis=1)) / max(float(y @ y), 1)
    slope_x = float(x @ gray.mean(axis=0)) / max(float(x @ x), 1)
    return slope_y * y[:, None] + slope_x * x + gray.mean()


def has_bright_foreground(gray: ImageArray) -> bool:
    """Return whether strokes are brighter than the paper: the skewness around a wide median."""
    small = downsample_to(gray, _ILLUMINATION_SIDE)
    difference = small.astype(np.float32) - cv2.medianBlur(small, _MEDIAN_SIZE)
    return float((difference**3).sum()) > 0


def downsample_to(gray: ImageArray, side: int) -> ImageArray:
    """Resize to a longest side."""
    scale = side / max(gray.shape)
    size = [max(round(length * scale), 1) for length in gray.shape[::-1]]
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA)


def _denoise(gray: ImageArray) -> NDArray[np.float32]:
    sigma = max(gray.shape) / 400
    return cv2.GaussianBlur(gray.astype(np.float32), (0, 0), max(sigma, 0.6))
