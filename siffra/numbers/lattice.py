"""The likeliest division of a line into digits: a path through a lattice of segments."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..adaptation import Adaptation
from ..forest import LowLatencyRandomForest
from ..preprocessing import ImageArray
from .components import Line
from .foreground import Foreground
from .kinds import DIGIT, PART
from .segments import Boundary, Budget, Segment, find_boundaries, find_segments
from .signals import Known, measure, read_segments

# A component that is one character with this probability is not cut.
CLEAR: Final = 0.9
_MIN_PROBABILITY: Final = 1e-4
# More than 1: two narrow digits are likelier than a wide one.
_WIDTH_EXPONENT: Final = 1.5
# Strokes that cross belong to both digits: the next digit may begin at a cut to the left of where
# the last one ended, at most this share of the height away. That costs as much as a segment as wide
# as the line is high, with a probability of exp(-0.05).
_MAX_SHARED_WIDTH: Final = 0.25
_SHARED_COST: Final = 0.05


class Lattice(NamedTuple):
    """The segments of a line, and their readings by the model."""

    n_boundaries: int
    ends: list[list[int]]  # for each boundary, others at which a digit that shares ink may end
    shared_cost: float  # the cost of shared ink
    segments: list[Segment]
    signals: NDArray[np.float32]  # (n, n_signals): see `siffra.numbers.signals.SIGNALS`
    probabilities: NDArray[np.float64]  # (n, 10), of each digit
    digits: ImageArray  # (n, 28, 28), preprocessed

    def find(self, first: int, last: int) -> int | None:
        """Return the index of the segment between two boundaries, if there is one."""
        spans = [(one.first, one.last) for one in self.segments]
        return spans.index((first, last)) if (first, last) in spans else None


def build_lattice(
    pipeline: Pipeline,
    line: Line,
    foreground: Foreground,
    is_cut: NDArray[np.bool_],
    budget: Budget,
    adaptation: Adaptation | None = None,
    known: Known | None = None,
) -> Lattice:
    """Find the segments of a line, read and measure them.

    Only components that are `is_cut` may be cut. Earlier readings of the same image are `known`,
    and new ones are added to them. TooManyError is raised if the budget does not suffice.
    """
    boundaries = find_boundaries(line, is_cut, budget)
    segments = find_segments(line, boundaries, budget)
    readings = read_segments(pipeline, segments, foreground, adaptation, known)
    shapes = np.array([measure(line, boundaries, one, foreground) for one in segments], np.float32)
    signals = np.concatenate([readings.signals, shapes], axis=1)
    ends = [_find_ends(boundaries, index, line.height) for index in range(len(boundaries))]
    cost = _SHARED_COST * line.height**_WIDTH_EXPONENT
    return Lattice(
        *(len(boundaries), ends, cost, segments, signals),
        *(readings.probabilities, readings.digits),
    )


def _find_ends(boundaries: list[Boundary], index: int, height: int) -> list[int]:
    """Return the cuts to the right of a cut, in the same component and close to it."""
    start = boundaries[index]
    return [
        later
        for later, end in enumerate(boundaries)
        if later > index
        and start.cut
        and end.cut
        and start.component == end.component
        and abs((end.cut.columns - start.cut.columns).mean()) <= _MAX_SHARED_WIDTH * height
    ]


def judge_line(
    pipeline: Pipeline,
    judge: LowLatencyRandomForest,
    line: Line,
    foreground: Foreground,
    budget: Budget,
    adaptation: Adaptation | None = None,
    known: Known | None = None,
) -> tuple[Lattice, NDArray[np.float64]]:
    """Build the lattice of a line without cutting what is clearly one character or its parts.

    Return it with the probability (n_segments, n_kinds) of each kind: see `siffra.numbers.kinds`.
    """
    known = {} if known is None else known
    is_cut = np.zeros(len(line.components), bool)
    lattice = build_lattice(pipeline, line, foreground, is_cut, budget, adaptation, known)
    kinds = judge.predict_proba(lattice.signals)
    is_cut[:] = True
    for one, probability in zip(lattice.segments, kinds[:, DIGIT:].max(axis=1), strict=True):
        if probability >= CLEAR:
            is_cut[one.components] = False
    if is_cut.any():
        lattice = build_lattice(pipeline, line, foreground, is_cut, budget, adaptation, known)
        kinds = judge.predict_proba(lattice.signals)
    return lattice, kinds


def choose_kinds(
    kinds: NDArray[np.float64], probabilities: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the likeliest kind of each segment, if it is one character, and its probability.

    They follow from the probabilities of the kinds (n, n_kinds) and of the digits (n, 10).
    """
    likelihoods = kinds.copy()
    likelihoods[:, PART] = -1  # also if nothing else is likely
    likelihoods[:, DIGIT] *= probabilities.max(axis=1)
    return likelihoods.argmax(axis=1), likelihoods.max(axis=1)


def best_path(lattice: Lattice, likelihoods: NDArray[np.float64]) -> tuple[list[int], float]:
    """Return the segments of the likeliest path from the first boundary to the last, and its score.

    Each segment counts with its likelihood, the probability that it is its likeliest character, and
    with its width, so that paths of few and of many segments are comparable. Neighbors may share
    ink.
    """
    best = [0.0] + [-math.inf] * (lattice.n_boundaries - 1)
    # The segments that end there, at most one, and where the last one ended.
    via: list[tuple[list[int], int]] = [([], 0)] * lattice.n_boundaries
    segments = lattice.segments
    probabilities = np.maximum(likelihoods, _MIN_PROBABILITY)
    for last in range(1, lattice.n_boundaries):
        best[last], via[last] = -math.inf, ([], last - 1)
        for index, one in enumerate(segments):
            if one.last != last:
                continue
            cost = one.width**_WIDTH_EXPONENT * -math.log(float(probabilities[index]))
            before, start = best[one.first], one.first
            for end in lattice.ends[one.first]:
                if end < last and best[end] - lattice.shared_cost > before:
                    before, start = best[end] - lattice.shared_cost, end
            if before - cost > best[last]:
                best[last], via[last] = before - cost, ([index], start)
    path, boundary = list[int](), lattice.n_boundaries - 1
    while boundary > 0:
        found, boundary = via[boundary]
        path += found
    return path[::-1], best[-1]
