"""Cuts between digits that touch: paths from top to bottom that cross little ink."""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ImageArray
from ..preprocessing.clutter import stroke_width

# Cuts are searched at this height of the line, and at least this height and width of the component
# (pixels).
_HEIGHT: Final = 48
_MIN_SIDE: Final = 4
# The cost of a path, relative to a pixel of ink: in the middle of two strokes side by side,
_DOUBLE_STROKE_COST: Final = 0.35
# of every pixel,
_PIXEL_COST: Final = 0.02
# of a pixel in a hole,
_HOLE_COST: Final = 0.15
# and of a step to the side.
_SIDE_COST: Final = 0.06
# Two strokes side by side are this many times as broad as one; their middle is up to this far from
# the center, as a share of a stroke's width.
_DOUBLE_STROKE: Final = (1.4, 2.7)
_MIDDLE: Final = 0.25
# Seams are the cheapest ones through a point at these shares of the height.
_SEAM_ROWS: Final = (0.5, 0.25, 0.75)
# Columns per row of straight cuts.
_SLOPES: Final = (-0.45, -0.3, -0.15, 0.0, 0.15, 0.3)
# Notches that a cut may connect are at most this far apart, as a share of the height.
_MAX_NOTCH_DISTANCE: Final = 0.35
# Costlier cuts are dropped; relative to the height.
_MAX_COST: Final = 0.45
# Either side of a cut has at least this share of the ink.
_MIN_SIDE_SHARE: Final = 0.08
# Two cuts are the same if their mean distance is smaller; relative to the height.
_MIN_DISTANCE: Final = 0.05
# At most this many cuts are in the same place: that close to each other.
_MAX_CUTS: Final = 3
_PLACE: Final = 0.12


class Cut(NamedTuple):
    """A path: its last column on the left side for each row, and the ink that it crosses."""

    columns: NDArray[np.float64]  # (height,)
    crossed: float  # as a share of the line's height


def find_cuts(mask: ImageArray, line_height: int) -> list[Cut]:
    """Find where a component may be cut, from left to right; the best cuts of each place."""
    height, width = mask.shape
    scale = _HEIGHT / line_height
    shape = max(_MIN_SIDE, round(height * scale)), max(_MIN_SIDE, round(width * scale))
    ink = _shrink(mask, shape)
    cost = _cost(ink)
    paths = np.concatenate([_seams(cost), _straight_cuts(cost), _notch_cuts(ink)])
    rows = np.minimum((np.arange(height) * shape[0] / height).astype(int), shape[0] - 1)
    return [
        Cut((path[rows] + 0.5) * width / shape[1], crossed)
        for path, crossed in _select(ink, cost, paths)
    ]


def _shrink(mask: ImageArray, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resize a mask: the share of ink in each pixel."""
    method = cv2.INTER_AREA if shape[0] < mask.shape[0] else cv2.INTER_LINEAR
    return cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=method)


def _cost(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cost of a cut through each pixel."""
    is_ink = (ink > 0.5).view(np.uint8)
    width = stroke_width(is_ink)
    cost = ink.copy()
    start, end = _runs(is_ink)
    length, center = end - start, (start + end - 1) / 2
    is_double = (length >= _DOUBLE_STROKE[0] * width) & (length <= _DOUBLE_STROKE[1] * width)
    in_middle = np.abs(np.arange(ink.shape[1]) - center) <= _MIDDLE * width
    cost[is_double & in_middle & (is_ink > 0)] = _DOUBLE_STROKE_COST
    return cost + _PIXEL_COST + _HOLE_COST * find_holes(is_ink).astype(np.float32)


def find_holes(mask: ImageArray) -> NDArray[np.bool_]:
    """Return a mask of the background that ink encloses."""
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    _, background = cv2.connectedComponents(1 - padded, connectivity=4)
    holes: NDArray[np.bool_] = (background[1:-1, 1:-1] != background[0, 0]) & (mask == 0)
    return holes


def _runs(is_ink: ImageArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first column of each pixel's run of ink in its row, and the one after it."""
    columns = np.broadcast_to(np.arange(is_ink.shape[1]), is_ink.shape)
    start = np.maximum.accumulate(np.where(is_ink, 0, columns + 1), axis=1)
    end = np.where(is_ink, is_ink.shape[1], columns)[:, ::-1]
    return start, np.minimum.accumulate(end, axis=1)[:, ::-1]


def _select(
    ink: NDArray[np.float32], cost: NDArray[np.float32], paths: NDArray[np.intp]
) -> list[tuple[NDArray[np.intp], float]]:
    """Return the paths that cross little ink and differ, and the ink they cross, left to right."""
    rows = np.arange(len(ink))
    crossed = ink[rows, paths].sum(axis=1) / _HEIGHT
    left = ink.cumsum(axis=1)[rows, paths].sum(axis=1) / ink.sum()
    total = cost[rows, paths].sum(axis=1) / _HEIGHT
    is_allowed = (total <= _MAX_COST) & (np.abs(left - 0.5) < 0.5 - _MIN_SIDE_SHARE)
    places = paths.mean(axis=1)
    chosen: list[int] = []
    for index in np.argsort(total, kind="stable"):
        if not is_allowed[index]:
            continue
        # Paths whose places are further apart are also further apart on average.
        is_near = np.abs(places[chosen] - places[index]) < _PLACE * _HEIGHT
        near = np.array(chosen, np.intp)[is_near]
        distances = np.abs(paths[near] - paths[index]).mean(axis=1)
        if len(near) < _MAX_CUTS and (distances >= _MIN_DISTANCE * _HEIGHT).all():
            chosen.append(int(index))
    chosen.sort(key=lambda index: float(places[index]))
    return [(paths[index], float(crossed[index])) for index in chosen]


def _seams(cost: NDArray[np.float32]) -> NDArray[np.intp]:
    """Find seams (Avidan and Shamir, 2007) that are cheaper than those beside them."""
    down, from_above = _accumulate(cost)
    up, from_below = (array[::-1] for array in _accumulate(cost[::-1]))
    height = len(cost)
    seams = []
    for share in _SEAM_ROWS:
        middle = int(height * share)
        total = down[middle] + up[middle] - cost[middle]
        inner = total[1:-1]
        columns = 1 + np.flatnonzero((inner < total[:-2]) & (inner <= total[2:]))
        path = np.empty((len(columns), height), np.intp)
        path[:, middle] = columns
        for row in range(middle, 0, -1):
            path[:, row - 1] = path[:, row] + from_above[row, path[:, row]]
        for row in range(middle, height - 1):
            path[:, row + 1] = path[:, row] + from_below[row, path[:, row]]
        seams.append(path)
    return np.concatenate(seams)


def _accumulate(cost: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Return the least cost of a path from the top to each pixel, and its last step."""
    total, step = cost.copy(), np.zeros(cost.shape, np.int8)
    padded = np.full(cost.shape[1] + 2, np.inf, np.float32)
    for row in range(1, len(cost)):
        padded[1:-1] = total[row - 1]
        ways = np.stack([padded[1:-1], padded[:-2] + _SIDE_COST, padded[2:] + _SIDE_COST])
        best = ways.argmin(axis=0)
        step[row] = np.array([0, -1, 1], np.int8)[best]
        total[row] += ways.min(axis=0)
    return total, step


def _straight_cuts(cost: NDArray[np.float32]) -> NDArray[np.intp]:
    """Find straight lines that are cheaper than those beside them."""
    height, width = cost.shape
    rows = np.arange(height)
    found = []
    for slope in _SLOPES:
        shift = np.rint(slope * (rows - height / 2)).astype(np.intp)
        lines = np.clip(np.arange(width)[:, None] - shift, 0, width - 1)
        total = cost[rows, lines].sum(axis=1)
        inner = total[1:-1]
        is_least = (inner < total[:-2]) & (inner <= total[2:])
        found.append(lines[1:-1][is_least])
    return np.concatenate(found)


def _notch_cuts(ink: NDArray[np.float32]) -> NDArray[np.intp]:
    """Connect notches of the upper and the lower contour that are close to each other."""
    height = len(ink)
    is_ink = ink > 0.5
    upper = np.where(is_ink.any(axis=0), is_ink.argmax(axis=0), height)
    lower = np.where(is_ink.any(axis=0), is_ink[::-1].argmax(axis=0), height)
    tops, bottoms = _notches(upper), _notches(lower)
    is_close = np.abs(tops[:, None] - bottoms) <= _MAX_NOTCH_DISTANCE * _HEIGHT
    upper_index, lower_index = is_close.nonzero()
    top, bottom = tops[upper_index], bottoms[lower_index]
    start = upper[top]
    n_rows = np.maximum(height - 1 - lower[bottom] - start, 1)
    slope = (bottom - top) / n_rows
    rows = np.clip(np.arange(height) - start[:, None], 0, n_rows[:, None])
    return np.rint(slope[:, None] * rows + top[:, None]).astype(np.intp)


def _notches(depth: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the middle of each run of columns that is deeper than what surrounds it."""
    starts = np.flatnonzero(np.diff(depth, prepend=-1))
    ends = np.append(starts[1:], len(depth)) - 1
    values = depth[starts].astype(float)
    before, after = np.r_[np.inf, values[:-1]], np.r_[values[1:], np.inf]
    return (starts + ends)[(values > before) & (values > after)] // 2
