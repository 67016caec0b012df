"""Separate a digit from its background, in drawings and in photographs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .clutter import remove_clutter
from .grayscale import ImageArray, difference_from, estimate_background, to_grayscale
from .illumination import correct_illumination

# Otsu's threshold splits even a blank image. Below the first contrast there may be nothing but
# noise; below the second, or this many times the background's noise, the image is blank.
CLEAR_CONTRAST = 20
MIN_CONTRAST = 3
_MIN_SIGNAL_TO_NOISE = 5
# Strokes are thin if less than this share of their mass has nearly their full intensity.
_MIN_INSIDE_SHARE = 0.3
# Clutter is removed at this longest side or more; smaller images have none (pixels).
_CLUTTER_SIDE = 256
_MIN_CLUTTER_SIDE = 40
# Drawings with thin strokes are done at full size up to this longest side, larger ones at half of
# it or more.
_MAX_FULL_SIDE = 1600


def extract_foreground(
    array: ImageArray,
) -> tuple[ImageArray, ImageArray, tuple[float, float] | None]:
    """Separate the digit from its background.

    Most drawings are done at low resolution. Those with thin strokes, lines, frames or specks
    are done again at a higher one.

    Parameters
    ----------
    array : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8

    Returns
    -------
    gray : ndarray of shape (h, w), uint8
    foreground : ndarray of shape (h, w), uint8
        Bright digit on a dark background.
    intensities : tuple of float, or None
        See `otsu_intensities`.
    """
    gray = to_grayscale(array)
    background = estimate_background(gray)
    if background is None:
        foreground = correct_illumination(gray)
        return gray, foreground, otsu_intensities(foreground)
    foreground = difference_from(gray, background)
    intensities = otsu_intensities(foreground)
    if intensities and min(array.shape[:2]) >= _MIN_CLUTTER_SIDE:
        if is_thin(foreground, *intensities):
            return _extract_drawing(array, full_side(array))
        if may_have_clutter(foreground, sum(intensities) / 2):
            return _extract_drawing(array, _CLUTTER_SIDE)
    return gray, foreground, intensities


def _extract_drawing(
    array: ImageArray, min_side: int
) -> tuple[ImageArray, ImageArray, tuple[float, float] | None]:
    """Do what `extract_foreground` does, at a higher resolution and without clutter."""
    gray = to_grayscale(array, min_side)
    foreground = difference_from(gray, estimate_background(gray) or 0.0)
    intensities = otsu_intensities(foreground)
    if intensities is None:
        return gray, foreground, None
    if min_side < full_side(array) and is_thin(foreground, *intensities):
        return _extract_drawing(array, full_side(array))
    mask = (foreground > sum(intensities) / 2).view(np.uint8)
    # Include the soft edges of the strokes.
    foreground = foreground * cv2.dilate(remove_clutter(mask), np.ones((3, 3), np.uint8))
    return gray, foreground, otsu_intensities(foreground)


def full_side(array: ImageArray) -> int:
    """Return the longest side at which a drawing with thin strokes is done."""
    longest = max(array.shape)
    return longest if longest <= _MAX_FULL_SIDE else _MAX_FULL_SIDE // 2


def may_have_clutter(foreground: ImageArray, threshold: float) -> bool:
    """Return whether a drawing has long straight lines, or components that may be clutter."""
    mask = cv2.compare(foreground, threshold, cv2.CMP_GT)
    n_components, labels = cv2.connectedComponents(mask)
    return n_components > 4 or has_long_lines(mask) or has_clutter(labels, n_components)


def has_clutter(labels: NDArray[np.int32], n_components: int) -> bool:
    """Return whether a component of a drawing may be a speck or an underline."""
    if n_components <= 2:
        return False
    boxes = [cv2.boundingRect((labels == label).view(np.uint8)) for label in range(1, n_components)]
    longest = max(max(width, height) for _, _, width, height in boxes)
    return any(
        max(width, height) < 0.25 * longest or 5 * min(width, height) < max(width, height)
        for _, _, width, height in boxes
    )


def has_long_lines(mask: ImageArray) -> bool:
    """Return whether a frame or an underline may touch the digit; `mask` is 0 or 255."""
    height, width = mask.shape
    edge = max(mask.shape) // 16 + 1
    across = [cv2.reduce(band, 0, cv2.REDUCE_MAX) for band in (mask[:edge], mask[-edge:])]
    along = [cv2.reduce(band, 1, cv2.REDUCE_MAX) for band in (mask[:, :edge], mask[:, -edge:])]
    if 2 * width > height and all(
        max(cv2.mean(s)[0] for s in one) > 225 for one in (across, along)
    ):
        return True
    rows = cv2.reduce(mask, 1, cv2.REDUCE_AVG).ravel()
    full = np.flatnonzero(rows > 180)
    if not len(full) or 10 * width < 7 * height or 2 * full[0] < height or 10 * len(full) > height:
        return False
    left, _, extent, _ = cv2.boundingRect(mask[: full[0] - 2])
    margin = 0.03 * width
    return extent > 0 and left > margin and left + extent < width - margin


def is_thin(foreground: ImageArray, dark: float, bright: float) -> bool:
    """Return whether little of the foreground is inside strokes rather than on their edges."""
    full = cv2.minMaxLoc(foreground)[1]
    inside = cv2.countNonZero(cv2.compare(foreground, dark + 0.85 * (full - dark), cv2.CMP_GT))
    mass = cv2.sumElems(foreground)[0] - dark * foreground.size
    return inside * (full - dark) < _MIN_INSIDE_SHARE * mass


def otsu_intensities(foreground: ImageArray) -> tuple[float, float] | None:
    """Return the mean intensities of background and digit, separated by Otsu's method [1]_.

    Parameters
    ----------
    foreground : ndarray of shape (H, W), uint8
        Bright digit on a dark background.

    Returns
    -------
    tuple of float, or None
        None for a blank image.

    References
    ----------
    .. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE
       Transactions on Systems, Man, and Cybernetics 9 (1979), 62-66.
    """
    _, mask = cv2.threshold(foreground, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    n_bright = cv2.countNonZero(mask)
    if n_bright in (0, foreground.size):  # a uniform image
        return None
    bright = cv2.mean(foreground, mask)[0]
    n_dark = foreground.size - n_bright
    dark = (cv2.sumElems(foreground)[0] - bright * n_bright) / n_dark
    if bright - dark < CLEAR_CONTRAST:
        noise_sigma = cv2.meanStdDev(foreground, mask=cv2.bitwise_not(mask))[1].item()
        if bright - dark < max(MIN_CONTRAST, _MIN_SIGNAL_TO_NOISE * noise_sigma):
            return None
    return dark, bright
