"""The components of a drawn number: the ink of each stroke of the pen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..exceptions import DataError
from ..preprocessing import ImageArray
from .components import Component, TooManyError, find_components, without_specks
from .foreground import Foreground
from .segments import Budget

Stroke: TypeAlias = NDArray[np.float64]

# More than anybody draws.
MAX_STROKES: Final = 1000
MAX_POINTS: Final = 10_000
MAX_COORDINATE: Final = 100_000
# Pixels of the foreground that all strokes may pass, and components that an eraser may leave.
_MAX_LENGTH: Final = 1_000_000
_MAX_PARTS: Final = 2000
# Ink that is further from its stroke than half of the width, but not this many times as far, is the
# edge of the stroke.
_EDGE: Final = 2.0
# A stroke was drawn twice if others have this share of its ink.
_DOUBLE: Final = 0.95


class _Trace(NamedTuple):
    """The pixels around the remains of a stroke, in a box of the foreground."""

    time: int  # the index of the stroke
    left: int
    top: int
    near: ImageArray  # 1 up to half of the stroke's width from its path, else 0
    beside: ImageArray  # 1 a little further, else 0

    def cut_out(self, image: ImageArray) -> ImageArray:
        """Return a view of the box in an image of the foreground."""
        height, width = self.near.shape
        return image[self.top : self.top + height, self.left : self.left + width]


def check_strokes(strokes: Any) -> list[Stroke]:
    """Return strokes as arrays (n, 2) of x and y, float64.

    Anybody may send them: each limit is checked before the work that it limits. A DataError is
    raised if they are anything else, not finite, or too large.
    """
    if not _is_list(strokes) or len(strokes) > MAX_STROKES:
        raise DataError(
            f"Got no usable strokes. Expected a list of at most {MAX_STROKES}, each a list of "
            "points [x, y]."
        )
    if sum(len(one) for one in strokes if _is_list(one)) > MAX_POINTS:
        raise DataError(f"Got strokes of too many points. Expected at most {MAX_POINTS} in all.")
    return [_check_stroke(index, one) for index, one in enumerate(strokes)]


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _check_stroke(index: int, stroke: Any) -> Stroke:
    is_flat = isinstance(stroke, np.ndarray) or (
        _is_list(stroke) and all(_is_list(point) and len(point) == 2 for point in stroke)
    )
    try:
        points = np.array(stroke if is_flat else None)
    except (ValueError, OverflowError):  # lists of different lengths
        points = np.array(None)
    is_valid = points.dtype.kind in "iuf" and points.ndim == 2 and points.shape[1] == 2
    # The least integer has no absolute value, and a comparison with NaN is false.
    limit = MAX_COORDINATE
    if not is_valid or not len(points) or not ((-limit <= points) & (points <= limit)).all():
        raise DataError(
            f"Stroke {index} is unusable. Expected a list of points [x, y], numbers of at most "
            f"{MAX_COORDINATE}."
        )
    return points.astype(np.float64)


def find_drawn_components(
    foreground: Foreground, strokes: Sequence[Stroke], budget: Budget
) -> list[Component]:
    """Find the ink of each stroke, and the ink that no stroke explains.

    The strokes are in the image's pixels, in the order drawn. The image is the truth: a stroke has
    the ink that is still there, and the ink that an eraser has left may be several components. A
    TooManyError is raised if the budget does not suffice.
    """
    traces = _trace(foreground, strokes, budget)
    rest = foreground.mask.copy()
    for one in traces:
        one.cut_out(rest)[one.near > 0] = 0
    edges = _find_edges(rest, traces)
    drawn = list[Component]()
    for one in traces:
        drawn += _find_parts(one, foreground.mask, edges)
        if len(drawn) > _MAX_PARTS:
            raise TooManyError
    drawn = _without_doubles(drawn, foreground.mask.shape)
    others = [_add_time(one, drawn) for one in find_components(rest & ~edges)]
    _, labels = cv2.connectedComponents(foreground.mask)
    return [
        replace(one, label=int(one.cut_out(labels)[one.mask > 0][0]))
        for one in without_specks([*drawn, *others])
    ]


def _trace(foreground: Foreground, strokes: Sequence[Stroke], budget: Budget) -> list[_Trace]:
    """Find the pixels around what is left of each stroke."""
    depth = cv2.distanceTransform(foreground.mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    origin = np.array([foreground.left, foreground.top])
    lines = [(points - origin) / foreground.scale - 0.5 for points in strokes]
    if sum(map(_count_steps, lines)) > _MAX_LENGTH:
        raise TooManyError
    traces = []
    for index, line in enumerate(lines):
        x, y = _follow(line, foreground.mask)
        if not len(x):
            continue
        radius = float(np.median(depth[y, x]))
        margin = int(_EDGE * radius) + 1
        left, top = max(x.min() - margin, 0), max(y.min() - margin, 0)
        outside = np.ones_like(
            foreground.mask[top : y.max() + margin + 1, left : x.max() + margin + 1]
        )
        budget.spend(pixels=outside.size)
        outside[y - top, x - left] = 0
        distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
        near, beside = ((distance <= limit).view(np.uint8) for limit in (radius, _EDGE * radius))
        traces.append(_Trace(index, int(left), int(top), near, beside))
    return traces


def _count_steps(points: Stroke) -> int:
    return int(np.ceil(np.abs(np.diff(points, axis=0)).max(axis=1, initial=0)).sum())


def _follow(points: Stroke, mask: ImageArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return x and y of the ink on the way from point to point."""
    steps = np.diff(points, axis=0)
    n = np.ceil(np.abs(steps).max(axis=1, initial=0)).astype(np.intp)
    start = np.repeat(np.arange(len(n)), n)
    share = (np.arange(len(start)) - np.repeat(np.cumsum(n) - n, n)) / n[start]
    path = np.rint(np.vstack([points[start] + share[:, None] * steps[start], points[-1:]]))
    height, width = mask.shape
    is_inside = ((path >= 0) & (path < (width, height))).all(axis=1)
    x, y = path[is_inside].astype(np.intp).T
    is_ink = mask[y, x] > 0
    return x[is_ink], y[is_ink]


def _find_edges(rest: ImageArray, traces: Sequence[_Trace]) -> ImageArray:
    """Return a mask of the unexplained ink that is only the edge of strokes."""
    far = rest.copy()
    for one in traces:
        one.cut_out(far)[one.beside > 0] = 0
    n_labels, labels = cv2.connectedComponents(rest)
    is_edge = np.ones(n_labels, bool)
    is_edge[labels[far > 0]] = False
    is_edge[0] = False  # the background
    return is_edge.view(np.uint8)[labels]


def _find_parts(trace: _Trace, mask: ImageArray, edges: ImageArray) -> list[Component]:
    """Return the connected components of a stroke's ink."""
    ink = trace.cut_out(mask) & (trace.near | (trace.beside & trace.cut_out(edges)))
    return [
        replace(one, left=one.left + trace.left, top=one.top + trace.top, time=trace.time)
        for one in find_components(ink)
    ]


def _without_doubles(components: Sequence[Component], shape: tuple[int, ...]) -> list[Component]:
    """Leave out components whose ink others have as well, the smallest first."""
    counts = np.zeros(shape, np.int32)
    for one in components:
        one.cut_out(counts)[...] += one.mask
    kept = []
    for one in sorted(components, key=lambda one: one.area):
        own = one.cut_out(counts)
        if np.count_nonzero(own[one.mask > 0] > 1) >= _DOUBLE * one.area:
            own -= one.mask
        else:
            kept.append(one)
    return sorted(kept, key=lambda one: one.time)


def _add_time(component: Component, drawn: Sequence[Component]) -> Component:
    """Return a component that was not drawn, with the time of the nearest one that was."""
    if not drawn:
        return component
    middle = component.left + component.right
    nearest = min(drawn, key=lambda one: abs(one.left + one.right - middle))
    return replace(component, time=nearest.time)
