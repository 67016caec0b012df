"""The connected components of a number, grouped into lines of text."""

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
# Shares of the height of the tallest component, or of its square: smaller ones are specks.
_SPECK_AREA: Final = 0.0025
# Components that are lower than this share of the line's height are no digits of their own. Those
# as far from all others as the second share are minus signs and specks; those that are smaller
# than the third, beside the others and below the fourth are decimal points.
_MIN_HEIGHT: Final = 0.3
_FAR: Final = 0.12
_POINT: Final = 0.2
_POINT_TOP: Final = 0.65
# A component belongs to a line if it shares this much of the lower height with it.
_MIN_SHARED_HEIGHT: Final = 0.35
# A component lower than this share of the tallest one of its line is not a digit.
_MIN_DIGIT_HEIGHT: Final = 0.4


class TooManyError(Exception):
    """An image of more parts than a number has: to read it would take too long."""


@dataclass(frozen=True)
class Component:
    """Connected pixels of ink, or those of one stroke.

    Parameters
    ----------
    mask : ndarray of shape (height, width), uint8
        1 for the ink, else 0.
    left, top : int
        In the foreground.
    area : int
    label : int
        Strokes that are connected have the same.
    time : int
        The index of the stroke; 0 without strokes.
    """

    mask: ImageArray
    left: int
    top: int
    area: int
    label: int
    time: int = 0

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


@dataclass(frozen=True)
class Line:
    """The components of one line of text, from left to right, and its extent in rows."""

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

    @cached_property
    def is_low(self) -> list[bool]:
        """Which components are too low for a digit: they are a part of one, a sign or a speck."""
        tallest = max(one.height for one in self.components)
        return [one.height < _MIN_DIGIT_HEIGHT * tallest for one in self.components]

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
    tallest = max((one.height for one in components), default=0)
    large = [one for one in components if one.height >= _MIN_HEIGHT * tallest]
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
    for component in components:
        if component.height < _MIN_HEIGHT * tallest:
            _nearest(component, lines).append(component)
    found = [_line(line) for line in lines]
    return sorted(found, key=lambda line: line.top)


def find_components(mask: ImageArray) -> list[Component]:
    """Find the connected components of a mask (h, w), uint8, without specks.

    A TooManyError is raised for an image that is no number.
    """
    n_labels, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if n_labels > _MAX_SPECKS:
        raise TooManyError
    heights, areas = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_AREA]
    large = 1 + np.flatnonzero(areas >= _SPECK_AREA * heights.max(initial=0) ** 2)
    if len(large) > MAX_COMPONENTS:
        raise TooManyError
    components = []
    for label in large.tolist():
        left, top, width, height, area = stats[label].tolist()
        part = labels[top : top + height, left : left + width] == label
        components.append(Component(part.view(np.uint8), left, top, area, label))
    return components


def without_specks(components: Sequence[Component]) -> list[Component]:
    """Leave out components that are specks compared with the tallest."""
    tallest = max((one.height for one in components), default=0)
    large = [one for one in components if one.area >= _SPECK_AREA * tallest**2]
    if len(large) > MAX_COMPONENTS:
        raise TooManyError
    return large


def _extent(line: Sequence[Component]) -> tuple[int, int]:
    return min(one.top for one in line), max(one.bottom for one in line)


def _shared_height(component: Component, line: Sequence[Component]) -> float:
    """Return the rows that a component shares with a line, relative to the lower of both."""
    top, bottom = _extent(line)
    shared = min(component.bottom, bottom) - max(component.top, top)
    return shared / min(component.height, bottom - top)


def _nearest(component: Component, lines: list[list[Component]]) -> list[Component]:
    center = (component.top + component.bottom) / 2

    def distance(line: list[Component]) -> float:
        top, bottom = _extent(line)
        return max(top - center, center - bottom, 0)

    return min(lines, key=distance)


def _line(components: list[Component]) -> Line:
    """Sort a line, and leave out what is no part of a digit."""
    tallest = max((one.height for one in components), default=0)
    large = [one for one in components if one.height >= _MIN_HEIGHT * tallest]
    top, bottom = _extent(large)
    kept = [
        one
        for one in components
        if any(one is other for other in large) or _is_part(one, large, top, bottom)
    ]
    return Line(sorted(kept, key=lambda one: one.left + one.right), top, bottom)


def _is_part(component: Component, large: list[Component], top: int, bottom: int) -> bool:
    """Return whether a low component belongs to a digit, because it is near enough."""
    height = bottom - top
    gap = min(max(one.left - component.right, component.left - one.right) for one in large)
    is_point = max(component.width, component.height) < _POINT * height
    is_point &= component.top - top > _POINT_TOP * height
    return gap < (0 if is_point else _FAR * height)
