"""Remove ruled lines, squares, boxes and the rest of a frame around a number."""

from typing import Final

import cv2
import numpy as np

from ..preprocessing import ImageArray
from ..preprocessing.clutter import stroke_width
from ..preprocessing.lines import (
    RuledLine,
    add_fragments,
    find_lines,
    longest_run,
    without_lines,
    without_strokes,
)
from .boxes import remove_boxes

# The thickness of a ruled line, in strokes, is at most
_LINE_THICKNESS: Final = 1.6
# Its length, relative to the height of the digits, is at least
_MIN_LINE_RATIO: Final = 1.3
# Both its ends stick out, relative to that height, by at least
_MIN_OVERHANG: Final = 0.05
# Wider gaps, relative to that height, end the line.
_LINE_GAP: Final = 0.015
# Vertical lines reach over this share of the distance between the outer horizontal lines,
_MIN_COLUMN_LENGTH: Final = 0.85
# which is at least this share of the digits' height.
_MIN_DISTANCE: Final = 0.9
# Components lower than this share of the digits' height do not tell where the digits end.
_SPECK_HEIGHT: Final = 0.15
# The thickness of a line from edge to edge, in strokes, is at most
_MAX_EDGE_WIDTH: Final = 0.9
# Digits are further from those edges than this share of the distance between them.
_MIN_EDGE_MARGIN: Final = 0.06


def remove_edge_lines(mask: ImageArray) -> ImageArray:
    """Remove lines from one edge of the image to the opposite one: the rest of a frame.

    The other ink must be away from those edges: a digit reaches them in an image that is cropped to
    its digits. The mask itself is returned if nothing else would be left.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    for one, thickness in ((labels, widths), (labels.T, heights)):
        is_line = np.zeros(len(stats), bool)
        is_line[np.intersect1d(one[0][one[0] > 0], one[-1])] = True
        rest = ((one > 0) & ~is_line[one]).view(np.uint8)
        rows = np.flatnonzero(rest.any(axis=1))
        margin = _MIN_EDGE_MARGIN * len(one)
        if len(rows) and rows[0] >= margin and rows[-1] < len(one) - margin:
            is_line &= thickness <= _MAX_EDGE_WIDTH * stroke_width(rest)
            one[is_line[one]] = 0
    return (labels > 0).view(np.uint8)


def remove_ruling(mask: ImageArray) -> ImageArray:
    """Remove boxes around digits, long horizontal lines, and vertical ones that connect those.

    Other vertical lines may be digits. The mask itself is returned if nothing else would be left.
    """
    rest = _remove_lines(remove_boxes(mask))
    return rest if rest.any() else mask


def _remove_lines(mask: ImageArray) -> ImageArray:
    """Remove long horizontal lines, and vertical ones from the first of them to the last."""
    lines = without_strokes(find_lines(mask, _LINE_THICKNESS * stroke_width(mask)), mask)
    if not lines:
        return mask
    min_length = _MIN_COLUMN_LENGTH * _extent(lines)
    turned = np.ascontiguousarray(without_lines(mask, lines).T)
    columns = [
        line.transpose()
        for line in without_strokes(find_lines(turned), turned)
        if line.end - line.start >= min_length
    ]
    digits = _without(mask, [*lines, *columns])
    if _extent(lines) <= _MIN_DISTANCE * _usual_height(digits):
        columns, digits = [], _without(mask, lines)
    height = _usual_height(digits)
    digits = _remove_specks(digits, height)
    lines = [one for one in lines if height and _is_ruled(one, mask, digits, height)]
    return _without(mask, [*lines, *columns]) if lines else mask


def _usual_height(mask: ImageArray) -> int:
    """Return the height of a component such that half of the ink is in higher ones."""
    stats = cv2.connectedComponentsWithStats(mask)[2][1:]
    stats = stats[np.argsort(stats[:, cv2.CC_STAT_HEIGHT], kind="stable")]
    area = np.cumsum(stats[:, cv2.CC_STAT_AREA])
    return int(stats[np.searchsorted(2 * area, area[-1]), cv2.CC_STAT_HEIGHT]) if len(area) else 0


def _extent(lines: list[RuledLine]) -> float:
    """Return the distance between the first and the last line."""
    positions = [line.position for line in lines]
    return max(positions) - min(positions)


def _without(mask: ImageArray, lines: list[RuledLine]) -> ImageArray:
    """Return a mask without lines and the fragments beside them."""
    return mask & ~add_fragments(mask - without_lines(mask, lines), mask)


def _is_ruled(line: RuledLine, mask: ImageArray, digits: ImageArray, height: int) -> bool:
    """Return whether a line is long, and sticks out beyond the digits or does not touch them.

    Digits with straight tops or feet side by side look like a line as well.
    """
    start, end = longest_run(line, mask, _LINE_GAP * height)
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
