"""Remove the boxes of a form, which people write digits in."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ImageArray
from ..preprocessing.lines import add_fragments, find_lines, longest_run, without_strokes

# Smaller gaps in the lines of a box are closed (pixels).
_CLOSING_SIZE: Final = 7
# Shortest side of a box (pixels).
_MIN_BOX_SIDE: Final = 12
# Least ink of a box per row and column, its gaps closed (pixels).
_MIN_BOX_INK: Final = 7
_MAX_BOX_SLOPE: Final = 0.1
# At least this share of each side is straight,
_MIN_OUTLINE: Final = 0.9
# within this tolerance, relative to the shorter side.
_OUTLINE_TOLERANCE: Final = 0.1
# Where a side is more than this many times as thick as its median, a digit touches it.
_MAX_THICKENING: Final = 1.5
# A side slopes from the first of this many parts to the last.
_N_PARTS: Final = 3
# Digits are at least as high as this share of their box.
_MIN_CONTENT: Final = 0.3
# A line that divides a box has ink on at least this share of the box's side,
_MIN_BOX_COVERAGE: Final = 0.4
# and is longer than this share of it, with no gap over the other share.
_MIN_BOX_LENGTH: Final = 0.85
_BOX_GAP: Final = 0.05
# It is at least this far from the box's sides, relative to the shorter one,
_MIN_BOX_DISTANCE: Final = 0.3
# unless there are at least this many lines, as in squared paper.
_MIN_SQUARES: Final = 3
# Components that may be boxes have at most this many pixels together, with what they enclose;
# those beyond it stay as they are: there are many only in patterns.
_MAX_PIXELS: Final = 8_000_000


def remove_boxes(mask: ImageArray) -> ImageArray:
    """Remove from a mask boxes that hold digits, and the lines that divide them."""
    rest = mask.copy()
    # Pale lines of a photograph have gaps.
    closed = cv2.dilate(mask, np.ones((_CLOSING_SIZE, _CLOSING_SIZE), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    n_pixels = 0
    for label, (left, top, width, height, ink) in enumerate(stats.tolist()):
        if label > 0 and ink >= _MIN_BOX_INK * (width + height):
            n_pixels += width * height
            if n_pixels > _MAX_PIXELS:
                break
            area = np.s_[top : top + height, left : left + width]
            component = ((labels[area] == label) & (mask[area] > 0)).view(np.uint8)
            box = _find_box(component)
            if not box.any():
                continue
            inside = rest[area] & ~add_fragments(box, rest[area])
            heights = cv2.connectedComponentsWithStats(inside)[2][1:, cv2.CC_STAT_HEIGHT]
            if heights.max(initial=0) >= _MIN_CONTENT * height:
                rest[area] = inside
    return rest


def _find_box(component: ImageArray) -> ImageArray:
    """Return a mask of the lines of a box; empty if the component is none."""
    shifts = _level(component)
    lines = _shift(component, shifts) if shifts.any() else component.copy()
    x, y, width, height = cv2.boundingRect(lines)
    box = np.s_[y : y + height, x : x + width]
    lines[box] = _find_level_box(lines[box])
    return _shift_back(lines, shifts) if shifts.any() else lines


def _level(component: ImageArray) -> NDArray[np.intp]:
    """Return how far down to shift each column so that the top of a component is level."""
    shifts = np.rint(-_slope(component.argmax(axis=0)) * np.arange(component.shape[1]))
    return (shifts - shifts.min()).astype(np.intp)


def _slope(side: NDArray[np.intp]) -> float:
    """Return the slope of a side, from its distances to the edge; 0 if it is too steep."""
    n = len(side) // _N_PARTS
    slope = float((np.median(side[-n:]) - np.median(side[:n])) / (len(side) - n)) if n else 0.0
    return slope if abs(slope) <= _MAX_BOX_SLOPE else 0.0


def _shift(image: ImageArray, shifts: NDArray[np.intp]) -> ImageArray:
    """Shift each column down."""
    padded = np.pad(image, ((shifts.max(), shifts.max()), (0, 0)))
    return _shift_back(padded, shifts.max() - shifts)[: len(image) + shifts.max()]


def _shift_back(image: ImageArray, shifts: NDArray[np.intp]) -> ImageArray:
    """Shift each column up, and cut off what no column fills."""
    rows = np.arange(len(image) - shifts.max())[:, None] + shifts
    return image[rows, np.arange(image.shape[1])]


def _find_level_box(component: ImageArray) -> ImageArray:
    """Return a mask of the sides of a box, and of the lines that divide it; empty if it is none."""
    tolerance = max(_OUTLINE_TOLERANCE * min(component.shape), 2)
    lines = np.zeros_like(component)
    if min(component.shape) < _MIN_BOX_SIDE:
        return lines
    # The top, and the other sides as the top of a turned component.
    for turned, turned_lines in (
        (component, lines),
        (component[::-1], lines[::-1]),
        (component.T, lines.T),
        (component.T[::-1], lines.T[::-1]),
    ):
        side = _find_side(turned, tolerance)
        if not side.any():
            return np.zeros_like(component)
        np.bitwise_or(turned_lines, side, out=turned_lines)
    inside = component & ~lines
    lines |= _find_dividers(inside)
    return lines | _find_dividers(np.ascontiguousarray(inside.T)).T


def _find_side(component: ImageArray, tolerance: float) -> ImageArray:
    """Return a mask of the topmost ink in each column, if that is a straight line."""
    height, width = component.shape
    first = component.argmax(axis=0)
    offsets = first - _slope(first) * np.arange(width)
    is_line = np.abs(offsets - np.median(offsets)) <= tolerance
    if is_line.mean() < _MIN_OUTLINE:
        return np.zeros_like(component)
    rows = np.arange(height)[:, None]
    end = np.where((rows > first) & (component == 0), rows, height).min(axis=0)
    # Strokes that touch the line stay whole.
    is_line &= end - first <= _MAX_THICKENING * np.median(end - first)
    return component & (is_line & (rows < end))


def _find_dividers(inside: ImageArray) -> ImageArray:
    """Return a mask of the horizontal lines from side to side, but not of the foot of a digit."""
    height, width = inside.shape
    found = find_lines(inside, min_coverage=_MIN_BOX_COVERAGE, max_slope=_MAX_BOX_SLOPE)
    lines = [
        line
        for line in without_strokes(found, inside)
        if np.ptp(longest_run(line, inside, _BOX_GAP * width)) > _MIN_BOX_LENGTH * width
    ]
    dividers = np.zeros_like(inside)
    min_distance = _MIN_BOX_DISTANCE * min(height, width)
    for line in lines:
        is_far = min(line.position, height - line.position) > min_distance
        if is_far or len(lines) >= _MIN_SQUARES:
            dividers[line.pixels] = 1
    return dividers
