"""Find straight lines in a binary image, and remove them."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .grayscale import ImageArray

# Steepest slope of a line (rows per column).
_MAX_SLOPE = 0.05
# A line covers at least this share of the foreground's extent.
_MIN_COVERAGE = 0.6
# Thickness of a line, as a share of the image's longest side.
_MAX_THICKNESS = 0.05
# More lines than this are a pattern.
_MAX_LINES = 128
# With more pixels times slopes than this, only some pixels are counted.
_MAX_WORK = 10_000_000
# Lines of up to this thickness are thin at any size of the image (pixels).
_THIN = 3
# A stroke that crosses a line is this much longer than once or twice its thickness (pixels).
_CROSSING = 3
# Up to this many rows beside the full ones of a line are half full.
_SOFT_ROWS = 3
# Side of the square that makes a removed line into the band that holds its fragments (pixels).
_BAND_SIZE = 7
# A fragment has at least this share of its area in the band.
_MIN_FRAGMENT_SHARE = 0.8
# A fragment is smaller than this share of the largest component.
_MAX_FRAGMENT = 0.3


class RuledLine(NamedTuple):
    """A straight line: rows and columns of its pixels, ends along it, position across it."""

    pixels: tuple[NDArray[np.intp], NDArray[np.intp]]
    start: int
    end: int
    position: float
    thickness: int

    def transpose(self) -> "RuledLine":
        """Return the line in the transposed image."""
        return self._replace(pixels=self.pixels[::-1])


def find_lines(
    mask: ImageArray,
    max_thickness: float = 0,
    min_coverage: float = _MIN_COVERAGE,
    max_slope: float = _MAX_SLOPE,
) -> list[RuledLine]:
    """Find nearly horizontal lines: rows of the sheared mask that are nearly full.

    A row is full if this share of the foreground's extent is. The slope is in rows per column.
    Lines that are thicker than `max_thickness`, a few pixels and a share of the longest side are
    left out.
    """
    y, x = np.nonzero(mask)
    if not len(x):
        return []
    height, width = mask.shape
    extent = int(x.max() - x.min()) + 1
    rows = y + _best_shift(y, x, mask.shape, extent, round(max_slope * extent))[x]
    runs = _runs(np.bincount(rows, minlength=height + 2 * width), min_coverage * extent)
    if len(runs) > _MAX_LINES:
        return []
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    crossings: dict[int, ImageArray] = {}
    lines = []
    for start, end in runs:
        thickness = end - start + 1
        if thickness > max(_THIN, max_thickness, _MAX_THICKNESS * max(mask.shape)):
            continue
        if thickness not in crossings:
            kernel = np.ones((2 * thickness + _CROSSING, 1), np.uint8)
            crossings[thickness] = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
        low, first, last, high = np.searchsorted(ordered, [start - 1, start, end + 1, end + 2])
        near, inside = np.sort(order[low:high]), order[first:last]
        near = near[crossings[thickness][y[near], x[near]] == 0]
        pixels = y[near], x[near]
        ends = int(x[inside].min()), int(x[inside].max())
        lines.append(RuledLine(pixels, *ends, float(y[inside].mean()), thickness))
    return lines


def _best_shift(
    y: NDArray[np.intp], x: NDArray[np.intp], shape: tuple[int, int], extent: int, steps: int
) -> NDArray[np.intp]:
    """Return how far down to shift each column, more than 0, so that one row is the fullest.

    The pixels are at y and x. The shifts are lines, of up to `steps` rows over the extent.
    """
    height, width = shape
    some = np.s_[:: 1 + (2 * steps + 1) * len(x) // _MAX_WORK]
    # Row c: the pixels in each row of the image that are left of column c.
    before = np.zeros((width + 1, height), np.int32)
    before[x[some] + 1, y[some]] = 1
    np.cumsum(before, axis=0, out=before)
    most, best = 0, np.zeros(width, np.intp)
    for step in range(-steps, steps + 1):
        shift = width - np.rint(np.arange(width) * (step / extent)).astype(np.intp)
        counts = np.zeros(height + 2 * width, np.int32)
        ends = [*(np.flatnonzero(np.diff(shift)) + 1).tolist(), width]
        start = 0
        for end in ends:  # columns of the same shift
            down = int(shift[start])
            counts[down : down + height] += before[end] - before[start]
            start = end
        fullest = int(counts.max())
        if fullest > most:
            most, best = fullest, shift
    return best


def without_strokes(lines: list[RuledLine], mask: ImageArray) -> list[RuledLine]:
    """Return horizontal lines without the strokes that lie on one of them and are thicker."""
    thin = []
    strokes: dict[int, ImageArray] = {}
    for line in lines:
        y, x = line.pixels
        thickness = np.bincount(x)
        usual = int(np.median(thickness[thickness > 0])) if len(x) else 0
        if usual not in strokes:
            kernel = np.ones((usual + _CROSSING, 1), np.uint8)
            strokes[usual] = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
        is_line = strokes[usual][y, x] == 0
        thin.append(line._replace(pixels=(y[is_line], x[is_line])))
    return thin


def find_columns(mask: ImageArray) -> list[RuledLine]:
    """Find nearly vertical lines."""
    return [line.transpose() for line in find_lines(np.ascontiguousarray(mask.T))]


def _runs(counts: NDArray[np.intp], threshold: float) -> list[tuple[int, int]]:
    """Return first and last of the rows above a threshold, and of a few above half of it."""
    full, half = counts >= threshold, counts >= threshold / 2
    for _ in range(_SOFT_ROWS):
        full[1:-1] |= half[1:-1] & (full[2:] | full[:-2])
    edges = np.flatnonzero(np.diff(np.r_[0, full, 0]))
    return [(int(start), int(end) - 1) for start, end in edges.reshape(-1, 2)]


def without_lines(mask: ImageArray, lines: list[RuledLine]) -> ImageArray:
    """Return a mask without the pixels of lines."""
    rest = mask.copy()
    for line in lines:
        rest[line.pixels] = 0
    return rest


def add_fragments(lines: ImageArray, mask: ImageArray) -> ImageArray:
    """Add to removed lines (H, W), uint8, the components of a mask that they leave beside them."""
    n, labels = cv2.connectedComponents(mask & ~lines & 1)
    band = cv2.dilate(lines, np.ones((_BAND_SIZE, _BAND_SIZE), np.uint8)) > 0
    area = np.bincount(labels.ravel(), minlength=n)
    inside = np.bincount(labels[band], minlength=n) >= _MIN_FRAGMENT_SHARE * area
    inside[0] = False
    inside &= area < _MAX_FRAGMENT * area[1:].max(initial=0)
    return lines | inside[labels].astype(np.uint8)


def longest_run(line: RuledLine, mask: ImageArray, max_gap: float) -> tuple[int, int]:
    """Return the start and end of the longest part of a line with no gap over max_gap.

    Strokes that cross the line fill its gaps.
    """
    rows, _ = line.pixels
    if not len(rows):
        return 0, 0
    columns = np.flatnonzero(mask[rows.min() : rows.max() + 1].any(axis=0))
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > max_gap + 1) + 1)
    longest = max(parts, key=np.ptp)
    return int(longest[0]), int(longest[-1]) + 1
