"""The connected components of a number, grouped into lines of text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ImageArray

# An image with more components or lines of text is treated as noise.
MAX_COMPONENTS: Final = 100
MAX_LINES: Final = 10
_MAX_SPECKS: Final = 2000
# Components with less ink than this share of the square of the tallest one's height are specks.
_SPECK_AREA: Final = 0.0025
# A few down to this share may be dots, as a thin pen makes them; more are dust.
_DOT_AREA: Final = 0.0004
_MAX_DOTS: Final = 12
# Components lower than the first share of the usual height, or taller than the second and straight,
# may be signs or ruled lines: they belong to the nearest line of text, but do not tell where it is.
_MIN_HEIGHT: Final = 0.45
_MAX_HEIGHT: Final = 1.25
_STRAIGHT: Final = 0.15  # ratio of a straight component's thickness to its length, at most
_MIN_MOMENT: Final = 1e-9
# A component belongs to a line if it shares this much of the lower height with it.
_MIN_SHARED_HEIGHT: Final = 0.35


class TooManyError(Exception):
    """An image of more parts than a number has: to read it would take too long."""


@dataclass(frozen=True)
class Component:
    """Connected pixels of ink, or those of one stroke."""

    mask: ImageArray  # 1 for the ink, else 0
    left: int  # in the foreground, as top
    top: int
    area: int
    label: int  # the same for strokes that are connected
    time: int = 0  # the index of the stroke; 0 without strokes

    @property
    def right(self) -> int:
        """The first column to the right."""
        return self.left + self.mask.shape[1]

    @property
    def bottom(self) -> int:
        """The first row below."""
        return self.top + self.mask.shape[0]

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.mask.shape[0]

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.mask.shape[1]

    def cut_out(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return a view of the component's place in an image of the foreground."""
        return image[self.top : self.bottom, self.left : self.right]

    @cached_property
    def slant(self) -> float:
        """See `slant_of`."""
        return slant_of(self.mask)


@dataclass(frozen=True)
class Line:
    """The components of one line of text, from left to right, and its extent in rows.

    It has at least one component.
    """

    components: list[Component]
    top: int
    bottom: int

    @property
    def height(self) -> int:
        """The number of rows, the unit of all lengths in this package."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """The number of columns."""
        left = min(one.left for one in self.components)
        return max(one.right for one in self.components) - left

    @property
    def orders(self) -> list["Line"]:
        """The line itself, and the same with its components as they were drawn, if that differs.

        Digits that overlap are one after the other in time; a bar that was added last is beside its
        digit in space.
        """
        drawn = sorted(self.components, key=lambda one: one.time)
        if all(one is other for one, other in zip(drawn, self.components, strict=True)):
            return [self]
        return [self, replace(self, components=drawn)]


def find_lines_of_text(components: Sequence[Component]) -> list[Line]:
    """Group components into lines, from top to bottom.

    A TooManyError is raised for an image that is no number.
    """
    usual = median_of_ink(components, [one.height for one in components])
    large = [one for one in components if _is_large(one, usual)]
    lines: list[list[Component]] = []
    for component in sorted(large, key=lambda one: one.top):
        shared = [(_shared_height(component, line), line) for line in lines]
        best, line = max(shared, key=lambda pair: pair[0], default=(0.0, []))
        if best > _MIN_SHARED_HEIGHT:
            line.append(component)
        else:
            lines.append([component])
    if len(lines) > MAX_LINES:
        raise TooManyError
    extents = [_extent(line) for line in lines]
    for component in components:
        if not any(component is one for one in large):
            lines[_nearest(component, extents)].append(component)
    found = [
        Line(sorted(line, key=lambda one: one.left + one.right), *extent)
        for line, extent in zip(lines, extents, strict=True)
    ]
    return sorted(found, key=lambda line: line.top)


def main_axis(mask: ImageArray) -> tuple[float, float, float]:
    """Return how long ink is along its main axis, how thick across it, and its angle.

    As if it were a bar. The angle is between -0.5 and 0.5 half turns: 0 for a level bar, positive
    if its right end is up.
    """
    moments = cv2.moments(mask, binaryImage=True)
    xx, xy, yy = (moments[name] / moments["m00"] for name in ("mu20", "mu11", "mu02"))
    middle, spread = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    # A bar of length l has the second moment l² / 12.
    return (
        math.sqrt(12 * (middle + spread)),
        math.sqrt(12 * max(middle - spread, 0.0)),
        math.atan2(-2 * xy, xx - yy) / (2 * math.pi),
    )


def slant_of(mask: ImageArray) -> float:
    """Return how many columns ink moves to the left from one row to the next."""
    moments = cv2.moments(mask, binaryImage=True)
    return -moments["mu11"] / max(moments["mu02"], _MIN_MOMENT)


def median_of_ink(components: Sequence[Component], values: Sequence[float]) -> float:
    """Return the value such that half of the ink is in components of lower ones; 1 if none."""
    pairs = sorted(zip(values, (one.area for one in components), strict=True))
    rest = sum(area for _, area in pairs) / 2
    for value, area in pairs:
        rest -= area
        if rest <= 0:
            return value
    return 1.0


def _is_large(component: Component, usual_height: float) -> bool:
    """Return whether a component tells where a line of text is."""
    height = component.height / usual_height
    if height <= _MAX_HEIGHT:
        return height >= _MIN_HEIGHT
    length, thickness, _ = main_axis(component.mask)
    return thickness > _STRAIGHT * length


def find_components(mask: ImageArray) -> list[Component]:
    """Find the connected components of a mask (h, w), uint8, without specks.

    A TooManyError is raised for an image that is no number.
    """
    n_labels, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if n_labels > _MAX_SPECKS:
        raise TooManyError
    is_large = _are_large(stats[1:, cv2.CC_STAT_AREA], stats[1:, cv2.CC_STAT_HEIGHT])
    components = []
    for label in (1 + np.flatnonzero(is_large)).tolist():
        left, top, width, height, area = stats[label].tolist()
        part = labels[top : top + height, left : left + width] == label
        components.append(Component(part.view(np.uint8), left, top, area, label))
    return components


def without_specks(components: Sequence[Component]) -> list[Component]:
    """Leave out components that are specks compared with the tallest."""
    sizes = np.array([(one.area, one.height) for one in components], np.intp).reshape(-1, 2)
    is_large = _are_large(*sizes.T)
    return [one for one, kept in zip(components, is_large, strict=True) if kept]


def _are_large(areas: NDArray[Any], heights: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which components are not specks."""
    unit = int(heights.max(initial=0)) ** 2
    is_large, may_be_dot = areas >= _SPECK_AREA * unit, areas >= _DOT_AREA * unit
    if np.count_nonzero(may_be_dot & ~is_large) <= _MAX_DOTS:
        is_large = may_be_dot
    if np.count_nonzero(is_large) > MAX_COMPONENTS:
        raise TooManyError
    found: NDArray[np.bool_] = is_large
    return found


def _extent(line: Sequence[Component]) -> tuple[int, int]:
    return min(one.top for one in line), max(one.bottom for one in line)


def _shared_height(component: Component, line: Sequence[Component]) -> float:
    """Return the rows that a component shares with a line, relative to the lower of both."""
    top, bottom = _extent(line)
    shared = min(component.bottom, bottom) - max(component.top, top)
    return shared / min(component.height, bottom - top)


def _nearest(component: Component, extents: Sequence[tuple[int, int]]) -> int:
    """Return the index of the line whose rows are nearest to the middle of a component."""
    center = (component.top + component.bottom) / 2
    distances = [max(top - center, center - bottom, 0) for top, bottom in extents]
    return distances.index(min(distances))
