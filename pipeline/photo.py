"""Photographs of a digit on paper: uneven light and grain give way to a plain background."""

import cv2
import numpy as np

from .image import ImageArray, border

# Larger ones are shrunk to this (longest side): a camera's millions of pixels tell nothing more.
_MOST_SIDE = 1024
# The light is estimated at this size (longest side, pixels), in windows of this side: wider than
# twice the broadest stroke, so that most of any window is paper.
_LIGHT_SIZE = 128
_WINDOW = 41
# Ink differs from the paper around it by this many times as much as paper differs from paper.
_CLEARANCE = 4.0
# Marks smaller than this share of the largest, or than this share of the image, are specks.
_SPECK = 0.05
_LEAST_MARK = 3e-4


def flatten_light(gray: ImageArray) -> ImageArray:
    """Make the paper of a photograph plain and leave the ink.

    The light is the median of a wide window around each pixel [1]_. What differs from it clearly,
    and all in the direction in which most of the marks do, is ink; specks and what enters from
    the border are dropped.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8
        At least 64 pixels on each side.

    Returns
    -------
    ndarray of shape (h, w), uint8
        Bright ink on black, at most 1024 pixels on the longest side. All black if there is no
        clear mark.

    References
    ----------
    .. [1] B. Gatos, I. Pratikakis, S. Perantonis, "Adaptive degraded document image
       binarization", Pattern Recognition 39 (2006), 317-327: the background surface.
    """
    shrink = _MOST_SIDE / max(gray.shape)
    if shrink < 1:
        gray = cv2.resize(gray, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    difference = _smooth(gray) - _light(gray)
    grain = 1.4826 * float(np.median(np.abs(difference))) + 1.0
    ink = _ink_side(difference, grain)
    marks = _drop_specks((ink > _CLEARANCE * grain).astype(np.uint8))
    if not marks.any():
        return np.zeros_like(gray)
    # The soft edge of a mark belongs to it.
    near = cv2.dilate(marks, np.ones((5, 5), np.uint8))
    strength = float(np.percentile(ink[marks > 0], 75))
    return np.where(near > 0, np.clip(255 * ink / strength, 0, 255), 0).astype(np.uint8)


def _smooth(gray: ImageArray) -> np.ndarray:
    sigma = max(gray.shape) / 400
    return cv2.GaussianBlur(gray.astype(np.float32), (0, 0), max(sigma, 0.6))


def _light(gray: ImageArray) -> np.ndarray:
    """Estimate the shade of the paper everywhere."""
    scale = _LIGHT_SIZE / max(gray.shape)
    size = [max(round(side * scale), 1) for side in gray.shape[::-1]]
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    margins = (_WINDOW // 2,) * 4
    padded = cv2.copyMakeBorder(small, *margins, cv2.BORDER_REFLECT_101)
    median = cv2.medianBlur(padded, _WINDOW)[margins[0] : -margins[0], margins[0] : -margins[0]]
    light = cv2.GaussianBlur(median.astype(np.float32), (0, 0), 3)
    return cv2.resize(light, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _ink_side(difference: np.ndarray, grain: float) -> np.ndarray:
    """Return how much inkier than the paper each pixel is; ink is what there is more of."""
    clear = np.abs(difference) > _CLEARANCE * grain
    return -difference if difference[clear].sum() <= 0 else difference


def _drop_specks(marks: ImageArray) -> ImageArray:
    """Keep the marks that are large enough, and not of the surroundings."""
    _, names, stats, _ = cv2.connectedComponentsWithStats(marks)
    area = stats[1:, cv2.CC_STAT_AREA].astype(float)
    if not len(area):
        return marks
    at_edge = np.isin(np.arange(1, len(stats)), border(names))
    inside = np.where(at_edge, 0, area)
    largest = inside.max() or area.max()
    least = max(_SPECK * largest, _LEAST_MARK * marks.size)
    keep = (inside if inside.any() else area) >= least
    return np.isin(names, np.flatnonzero(keep) + 1).astype(np.uint8)
