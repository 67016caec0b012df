"""Hypotheses for one character: the ink of a line between two of its boundaries."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ImageArray
from ..preprocessing.foreground import ink_intensities
from ..preprocessing.normalization import resize_and_binarize
from .components import Component, Line, TooManyError
from .cuts import Cut, find_cuts
from .foreground import Foreground

# Shares of the line's height: narrower or lower components are not cut. No segment is wider, except
# for the whole line and a component; with a cut, it is no wider than the last one, and no lower.
_MIN_CUT_WIDTH: Final = 0.2
_MIN_HEIGHT: Final = 0.3
_MAX_WIDTH: Final = 1.75
_MAX_CUT_WIDTH: Final = 1.2
# Limits for all lines of an image together. The width searched for cuts is in heights of the line,
# the pixels are those of components and of segments.
_MAX_SEARCHED_WIDTH: Final = 80.0
_MAX_BOUNDARIES: Final = 600
_MAX_SEGMENTS: Final = 1500
_MAX_PIXELS: Final = 40_000_000


class Budget:
    """The work that is left for an image: a number has few parts, a pattern has many."""

    def __init__(self) -> None:
        self._searched_width = _MAX_SEARCHED_WIDTH
        self._boundaries = _MAX_BOUNDARIES
        self._segments = _MAX_SEGMENTS
        self._pixels = _MAX_PIXELS

    def spend(
        self, searched_width: float = 0, boundaries: int = 0, segments: int = 0, pixels: int = 0
    ) -> None:
        """Count work that is about to be done, or raise TooManyError."""
        self._searched_width -= searched_width
        self._boundaries -= boundaries
        self._segments -= segments
        self._pixels -= pixels
        if min(self._searched_width, self._boundaries, self._segments, self._pixels) < 0:
            raise TooManyError


class Boundary(NamedTuple):
    """Where a digit may begin or end: before a component, or at a cut in it."""

    component: int
    cut: Cut | None = None
    is_left: NDArray[np.bool_] | None = None  # which pixels of the component are left of the cut


@dataclass(frozen=True)
class Segment:
    """The ink between two boundaries."""

    first: int  # boundary, as last
    last: int
    mask: ImageArray
    left: int  # in the foreground, as top
    top: int
    components: range  # those of which it has ink

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.mask.shape[1]

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.mask.shape[0]


def find_boundaries(line: Line, is_cut: NDArray[np.bool_], budget: Budget) -> list[Boundary]:
    """Return the boundaries of a line in order; only components that are `is_cut` may be cut."""
    boundaries = []
    for index, component in enumerate(line.components):
        budget.spend(boundaries=1)
        boundaries.append(Boundary(index))
        width, height = component.width / line.height, component.height / line.height
        if width >= _MIN_CUT_WIDTH and height >= _MIN_HEIGHT and is_cut[index]:
            budget.spend(searched_width=width)
            columns = np.arange(component.width)
            for cut in find_cuts(component.mask, line.height):
                budget.spend(boundaries=1, pixels=component.mask.size)
                boundaries.append(Boundary(index, cut, columns <= cut.columns[:, None]))
    return [*boundaries, Boundary(len(line.components))]


def find_segments(line: Line, boundaries: list[Boundary], budget: Budget) -> list[Segment]:
    """Return candidates for one character: the line, its components, and ink of a digit's size."""
    segments = []
    end = len(boundaries) - 1
    for first in range(end):
        is_too_wide = False
        for last in range(first + 1, end + 1):
            is_line = first == 0 and last == end
            is_whole = is_line or _is_component(boundaries[first], boundaries[last])
            if is_too_wide and not is_whole:
                continue
            segment = _cut_out(line.components, first, last, boundaries[first], boundaries[last])
            if segment is None:
                continue
            budget.spend(pixels=segment.mask.size)
            width, height = segment.width / line.height, segment.height / line.height
            is_too_wide = width > _MAX_WIDTH
            if boundaries[first].cut or boundaries[last].cut:
                has_size = width <= _MAX_CUT_WIDTH and height >= _MIN_HEIGHT
            else:
                has_size = not is_too_wide
            if has_size or is_whole:
                budget.spend(segments=1)
                segments.append(segment)
    return segments


def _is_component(start: Boundary, end: Boundary) -> bool:
    """Return whether exactly one whole component is between two boundaries."""
    return not start.cut and not end.cut and end.component == start.component + 1


def _cut_out(
    components: list[Component], first: int, last: int, start: Boundary, end: Boundary
) -> Segment | None:
    """Return the ink between two boundaries; None if there is none."""
    stop = end.component + (end.cut is not None)
    parts = [component.mask for component in components[start.component : stop]]
    if start.is_left is not None:
        parts[0] = parts[0] & ~start.is_left
    if end.is_left is not None:
        parts[-1] = parts[-1] & end.is_left
    used = components[start.component : stop]
    left, top = min(one.left for one in used), min(one.top for one in used)
    right, bottom = max(one.right for one in used), max(one.bottom for one in used)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for part, one in zip(parts, used, strict=True):
        y, x = one.top - top, one.left - left
        mask[y : y + one.height, x : x + one.width] |= part
    x, y, width, height = cv2.boundingRect(mask)
    if width == 0:
        return None
    mask = mask[y : y + height, x : x + width]
    return Segment(first, last, mask, left + x, top + y, range(start.component, stop))


def binarize(segment: Segment, foreground: Foreground) -> ImageArray:
    """Resize a segment to the working size, with its soft edges but without its neighbors."""
    rows = slice(segment.top - 1, segment.top + segment.height + 1)
    columns = slice(segment.left - 1, segment.left + segment.width + 1)
    mask = cv2.copyMakeBorder(segment.mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    others = foreground.mask[rows, columns] & ~mask
    is_near = cv2.dilate(mask, np.ones((3, 3), np.uint8)) & ~others & 1
    dark = np.uint8(foreground.intensities[0])
    pixels = np.where(is_near, foreground.pixels[rows, columns], dark)
    # Of the segment alone, as for a single digit.
    return resize_and_binarize(pixels, *(ink_intensities(pixels) or foreground.intensities))
