"""Remove what a number is written on or in: ruled lines, squares, boxes, the rest of a frame."""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ImageArray
from ..preprocessing.clutter import Line, add_fragments, find_lines, stroke_width

# A box is no smaller (pixels). At least the second share of its outline is as near to a rectangle as
# the first, a share of the shorter side. Its lines are at most this thick, a share of the shorter
# side, and what is in it at least this high, a share of its height.
_CLOSING: Final = np.ones((7, 7), np.uint8)
_MIN_OUTLINE_AREA: Final = 7
_MIN_BOX_SIDE: Final = 12
_OUTLINE_TOLERANCE: Final = 0.1
_MIN_OUTLINE: Final = 0.9
_MAX_BOX_LINE: Final = 0.12
_MIN_BOX_CONTENT: Final = 0.3
_MIN_BOX_COVERAGE: Final = 0.4
_MIN_RUN: Final = 0.92
_MIN_LINE_DISTANCE: Final = 0.3
_MAX_BOX_GAP: Final = 0.05
# A ruled line is longer than this many times the height of what is left without it, and both ends
# stick out by the second, a share of that height. It has no wider gaps than the third; with sides
# that reach to another line as far away as the last one, it is the top of a row of boxes, which
# have wider gaps.
_MIN_LINE_RATIO: Final = 1.3
_MIN_OVERHANG: Final = 0.05
_LINE_GAP: Final = 0.015
_MIN_DISTANCE: Final = 0.9
# The sides of a box reach over this share of the distance between its top and bottom.
_MIN_SIDE_LENGTH: Final = 0.85
# What is lower than this share of the digits' height says nothing about where they end.
_SPECK_HEIGHT: Final = 0.15
# A line at the edge has this share of the image's height, and at most this one of a stroke's width:
# it may also be a 1 in an image that is cropped to its digits.
_MIN_EDGE_LENGTH: Final = 0.95
_MAX_EDGE_WIDTH: Final = 0.5


def remove_edge_lines(mask: ImageArray) -> ImageArray:
    """Remove thin lines all along the left and right edges: the rest of a frame.

    Parameters
    ----------
    mask : ndarray of shape (h, w), uint8
        1 for the foreground, else 0.

    Returns
    -------
    ndarray of shape (h, w), uint8
        The mask itself if nothing else would be left.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    left, _, width, height, _ = stats.T
    is_at_edge = (left == 0) | (left + width == mask.shape[1])
    is_at_edge &= height >= _MIN_EDGE_LENGTH * mask.shape[0]
    is_at_edge[0] = False  # the background
    rest = mask & ~is_at_edge[labels]
    if not is_at_edge.any() or not rest.any():
        return mask
    is_line = is_at_edge & (width <= _MAX_EDGE_WIDTH * stroke_width(rest))
    return mask & ~is_line[labels]


def remove_ruling(mask: ImageArray) -> ImageArray:
    """Remove boxes around digits, long horizontal lines, and vertical ones that connect those.

    Other vertical lines may be digits.

    Parameters
    ----------
    mask : ndarray of shape (h, w), uint8
        1 for the foreground, else 0.

    Returns
    -------
    ndarray of shape (h, w), uint8
        The mask itself if nothing else would be left.
    """
    rest = remove_boxes(mask) if mask.any() else mask
    rest = _remove_lines(rest) if rest.any() else rest
    return rest if rest.any() else mask


def remove_boxes(mask: ImageArray) -> ImageArray:
    """Remove boxes that hold digits, and the lines that divide them: the boxes of a form.

    Parameters
    ----------
    mask : ndarray of shape (h, w), uint8

    Returns
    -------
    ndarray of shape (h, w), uint8
    """
    rest = mask
    # Pale lines of a photograph have gaps.
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(mask, _CLOSING))
    labels *= mask
    for label, (left, top, width, height, size) in enumerate(stats.tolist()):
        if label == 0 or size < _MIN_OUTLINE_AREA * (width + height):
            continue
        area = np.s_[top : top + height, left : left + width]
        component = (labels[area] == label).view(np.uint8)
        x, y, width, height = cv2.boundingRect(component)
        inside = np.s_[y : y + height, x : x + width]
        if min(width, height) >= _MIN_BOX_SIDE and _is_box(component[inside]):
            rest = rest.copy()
            rest[area][inside] = _without_box(rest[area][inside])
    return rest


def _is_box(component: ImageArray) -> bool:
    """Return whether the outline of a component is a rectangle."""
    tolerance = max(_OUTLINE_TOLERANCE * min(component.shape), 2)
    sides = component, component[::-1], component.T, component.T[::-1]
    return all(
        (side.any(axis=0) & (side.argmax(axis=0) <= tolerance)).mean() >= _MIN_OUTLINE
        for side in sides
    )


def _without_box(inside: ImageArray) -> ImageArray:
    """Remove the lines of a box from what is in it; if there is no digit then, none."""
    min_distance = _MIN_LINE_DISTANCE * min(inside.shape)
    rest = _without(inside, _box_lines(inside, min_distance))
    rest = _without(rest, (), _box_lines(np.ascontiguousarray(rest.T), min_distance))
    rest = inside & ~add_fragments(inside - rest, inside)
    is_filled = cv2.boundingRect(rest)[3] >= _MIN_BOX_CONTENT * len(inside)
    return rest if is_filled else inside


def _box_lines(mask: ImageArray, min_distance: float) -> list[Line]:
    """Return the first and last horizontal lines from side to side, and those far from both.

    Others may be the foot of a digit.
    """
    if not mask.any():
        return []
    height, width = mask.shape
    lines = find_lines(mask, _MAX_BOX_LINE * min(height, width), _MIN_BOX_COVERAGE)
    max_gap = _MAX_BOX_GAP * width
    lines = [one for one in lines if np.ptp(_longest_run(one, mask, max_gap)) >= _MIN_RUN * width]
    inner = [one for one in lines[1:-1] if abs(one.position - lines[0].position) > min_distance and abs(one.position - lines[-1].position) > min_distance]
    return [*lines[:1], *inner, *lines[1:][-1:]]


def _remove_lines(mask: ImageArray) -> ImageArray:
    """Remove long horizontal lines, and vertical ones from one of them to another."""
    lines = find_lines(mask, stroke_width(mask))
    if not lines:
        return mask
    sides = _find_sides(mask, lines)
    height = cv2.boundingRect(_without(mask, lines, sides))[3]  # of the digits
    if _extent(lines) <= _MIN_DISTANCE * height:
        sides = []
        height = cv2.boundingRect(_without(mask, lines))[3]
    gap = _LINE_GAP * height
    digits = _remove_specks(_without(mask, lines, sides), height)
    lines = [one for one in lines if height and _is_ruled(one, mask, digits, height, gap)]
    return _without(mask, lines, sides if lines else ())


def _extent(lines: list[Line]) -> float:
    """Return the distance between the first and the last line."""
    positions = [line.position for line in lines]
    return max(positions) - min(positions)


def _find_sides(mask: ImageArray, lines: list[Line]) -> list[Line]:
    """Return the vertical lines that reach from the first horizontal line to the last."""
    rest = _without(mask, lines)
    if not rest.any():
        return []
    columns = find_lines(np.ascontiguousarray(rest.T))
    distance = max(_extent(lines), 1)
    return [one for one in columns if one.end - one.start >= _MIN_SIDE_LENGTH * distance]


def _without(mask: ImageArray, rows: Iterable[Line], columns: Iterable[Line] = ()) -> ImageArray:
    """Return a mask without the pixels of horizontal lines, and of vertical ones."""
    rest = mask.copy()
    for row in rows:
        rest[row.pixels] = 0
    for column in columns:
        rest[column.pixels.T] = 0
    return rest


def _is_ruled(
    line: Line, mask: ImageArray, digits: ImageArray, height: int, max_gap: float
) -> bool:
    """Return whether a line is long, and sticks out beyond the digits or does not touch them.

    Digits with straight tops or feet side by side look like a line as well.
    """
    start, end = _longest_run(line, mask, max_gap)
    left, _, width, _ = cv2.boundingRect(digits)
    overhang = min(left - start, end - (left + width)) / height
    touches = cv2.dilate(digits, np.ones((3, 3), np.uint8))[line.pixels].any()
    return end - start > _MIN_LINE_RATIO * height and (overhang > _MIN_OVERHANG or not touches)


def _remove_specks(mask: ImageArray, height: int) -> ImageArray:
    """Return a mask without the components that are lower than a share of the digits' height."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    is_large = stats[:, cv2.CC_STAT_HEIGHT] >= _SPECK_HEIGHT * height
    is_large[0] = False  # the background
    return is_large.view(np.uint8)[labels]


def _longest_run(line: Line, mask: ImageArray, max_gap: float) -> tuple[int, int]:
    """Return where the longest part of a line without a gap of more than that starts and ends.

    Strokes that cross the line fill its gaps.
    """
    rows = np.flatnonzero(line.pixels.any(axis=1))
    if not len(rows):
        return 0, 0
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > max_gap + 1) + 1)
    longest = max(parts, key=np.ptp)
    return int(longest[0]), int(longest[-1]) + 1
