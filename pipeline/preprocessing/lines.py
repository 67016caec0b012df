"""Find straight lines in a binary image, and remove them."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .grayscale import ImageArray

# Up to this slope (rows per column). A line covers at least this share of the foreground's extent
# and is at most this thick, as a share of the image's longest side.
_MAX_SLOPE = 0.05
_MIN_COVERAGE = 0.6
_MAX_THICKNESS = 0.05


class Line(NamedTuple):
    """A straight line: its pixels, its ends along its direction, its position across it."""

    pixels: NDArray[np.bool_]
    start: int
    end: int
    position: float
    thickness: int

    def transpose(self) -> "Line":
        """Return the line in the transposed image."""
        return self._replace(pixels=self.pixels.T)


def find_lines(
    mask: ImageArray,
    max_thickness: float = 0,
    min_coverage: float = _MIN_COVERAGE,
    max_slope: float = _MAX_SLOPE,
) -> list[Line]:
    """Find nearly horizontal lines: rows of the sheared mask that are nearly full.

    A row is full if this share of the foreground's extent is. The slope is in rows per column.
    Lines that are thicker than `max_thickness`, 3 pixels and a share of the longest side are left
    out.
    """
    y, x = np.nonzero(mask)
    if not len(x):
        return []
    height, width = mask.shape
    extent = int(x.max() - x.min()) + 1
    steps = round(max_slope * extent)
    best, rows = np.zeros(1, np.intp), y
    for step in range(-steps, steps + 1):
        shift = np.rint(np.arange(width) * (step / extent)).astype(np.intp) - width
        sheared = y - shift[x]
        counts = np.bincount(sheared, minlength=height + 2 * width)
        if counts.max() > best.max():
            best, rows = counts, sheared
    crossings: dict[int, ImageArray] = {}
    lines = []
    for start, end in _runs(best, min_coverage * extent):
        thickness = end - start + 1
        if thickness > max(3, max_thickness, _MAX_THICKNESS * max(mask.shape)):
            continue
        if thickness not in crossings:
            kernel = np.ones((2 * thickness + 3, 1), np.uint8)
            crossings[thickness] = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
        near = (rows >= start - 1) & (rows <= end + 1)
        inside = (rows >= start) & (rows <= end)
        pixels = np.zeros(mask.shape, bool)
        pixels[y[near], x[near]] = True
        pixels &= crossings[thickness] == 0
        ends = int(x[inside].min()), int(x[inside].max())
        lines.append(Line(pixels, *ends, float(y[inside].mean()), thickness))
    return lines


def find_ruling(
    mask: ImageArray,
    max_thickness: float = 0,
    min_coverage: float = _MIN_COVERAGE,
    max_slope: float = _MAX_SLOPE,
) -> list[Line]:
    """Find lines as `find_lines` does, without strokes that lie on one and are thicker."""
    lines = []
    for line in find_lines(mask, max_thickness, min_coverage, max_slope):
        thickness = np.count_nonzero(line.pixels, axis=0)
        usual = int(np.median(thickness[thickness > 0])) if thickness.any() else 0
        strokes = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((usual + 3, 1), np.uint8))
        lines.append(line._replace(pixels=line.pixels & (strokes == 0)))
    return lines


def find_columns(mask: ImageArray) -> list[Line]:
    """Find nearly vertical lines."""
    return [line.transpose() for line in find_lines(np.ascontiguousarray(mask.T))]


def _runs(counts: NDArray[np.intp], threshold: float) -> list[tuple[int, int]]:
    """Return first and last of the rows above a threshold, and of up to 3 above half of it."""
    full, half = counts >= threshold, counts >= threshold / 2
    for _ in range(3):
        full[1:-1] |= half[1:-1] & (full[2:] | full[:-2])
    edges = np.flatnonzero(np.diff(np.r_[0, full, 0]))
    return [(int(start), int(end) - 1) for start, end in edges.reshape(-1, 2)]


def without_lines(mask: ImageArray, lines: list[Line]) -> ImageArray:
    """Return a mask without the pixels of lines."""
    rest = mask.copy()
    for line in lines:
        rest[line.pixels] = 0
    return rest


def add_fragments(lines: ImageArray, mask: ImageArray) -> ImageArray:
    """Add to removed lines (H, W), uint8, the components of a mask that they leave beside them."""
    n, labels = cv2.connectedComponents(mask & ~lines & 1)
    band = cv2.dilate(lines, np.ones((7, 7), np.uint8)) > 0
    area = np.bincount(labels.ravel(), minlength=n)
    inside = np.bincount(labels[band], minlength=n) >= 0.8 * area
    inside[0] = False
    inside &= area < 0.3 * area[1:].max(initial=0)
    return lines | inside[labels].astype(np.uint8)


def longest_run(line: Line, mask: ImageArray, max_gap: float) -> tuple[int, int]:
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
