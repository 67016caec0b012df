"""The likeliest division of a line into digits, as a path through a lattice of segments."""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from .components import Line
from .foreground import Foreground
from .segments import Segment, find_boundaries, find_segments
from .signals import measure, read_segments

# A component that is one digit with this probability is not cut.
_CLEAR: Final = 0.97
_MIN_PROBABILITY: Final = 1e-4


class Lattice(NamedTuple):
    """All segments of a line, and what is known of each.

    Parameters
    ----------
    line : Line
    n_boundaries : int
    segments : list of Segment
    signals : ndarray of shape (n, n_signals), float32
        See `pipeline.numbers.signals.SIGNALS`.
    probabilities : ndarray of shape (n, 10), float64
        Of each digit.
    """

    line: Line
    n_boundaries: int
    segments: list[Segment]
    signals: NDArray[np.float32]
    probabilities: NDArray[np.float64]


def build_lattice(pipeline: Pipeline, judge: Any, line: Line, foreground: Foreground) -> Lattice:
    """Find the segments of a line; components that the judge is sure of are not cut.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
    judge : LowLatencyRandomForest or None
        Without it, all components are cut.
    line : Line
    foreground : Foreground
    """
    n = len(line.components)
    is_whole = np.zeros(n, bool)
    if judge is not None:
        lattice = _measure(pipeline, line, ~is_whole, foreground)
        singles = [k for k, one in enumerate(lattice.segments) if one.last == one.first + 1]
        is_whole = is_one_digit(judge, lattice.signals)[singles] >= _CLEAR
        if is_whole.all():
            return lattice
    return _measure(pipeline, line, is_whole, foreground)


def _measure(
    pipeline: Pipeline, line: Line, is_whole: NDArray[np.bool_], foreground: Foreground
) -> Lattice:
    boundaries = find_boundaries(line, is_whole)
    segments = find_segments(line, boundaries)
    readings = read_segments(pipeline, segments, foreground)
    shapes = np.array([measure(line, boundaries, one) for one in segments], np.float32)
    signals = np.concatenate([readings.signals, shapes], axis=1)
    return Lattice(line, len(boundaries), segments, signals, readings.probabilities)


def is_one_digit(judge: Any, signals: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability that each segment is one whole digit, shape (n,)."""
    probabilities: NDArray[np.float64] = judge.predict_proba(signals)[:, 1]
    return probabilities


def best_path(
    segments: Sequence[Segment], n_boundaries: int, probabilities: NDArray[np.float64]
) -> list[int]:
    """Return the segments of the likeliest path from the first boundary to the last.

    Each segment counts with its ink, so that paths of few and of many segments are comparable.

    Parameters
    ----------
    segments : sequence of Segment
    n_boundaries : int
    probabilities : ndarray of shape (n,), float64
        That a segment is one whole digit.
    """
    best = [0.0] + [-math.inf] * (n_boundaries - 1)
    via = [-1] * n_boundaries
    order = sorted(range(len(segments)), key=lambda index: segments[index].last)
    for index in order:
        segment = segments[index]
        weight = float(segment.mask.sum())
        log_probability = math.log(max(float(probabilities[index]), _MIN_PROBABILITY))
        total = best[segment.first] + weight * log_probability
        if total > best[segment.last]:
            best[segment.last], via[segment.last] = total, index
    path, boundary = [], n_boundaries - 1
    while boundary > 0:
        path.append(via[boundary])
        boundary = segments[via[boundary]].first
    return path[::-1]
