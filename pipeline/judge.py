"""Fit the judge of numbers, which tells whether a segment is one whole digit."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from siffra.forest import LowLatencyRandomForest
from siffra.numbers.components import TooManyError, find_components, find_lines_of_text
from siffra.numbers.foreground import Foreground, find_foreground
from siffra.numbers.lattice import build_lattice
from siffra.numbers.segments import Budget, Segment

from .data import SUBSAMPLING
from .parallel import in_chunks
from .rows import Row, RowSampler

N_ROWS: Final = 1200
# Shares of the rows: of one digit, of MNIST's images, of strokes that are close or overlap.
_SINGLE_SHARE: Final = 1 / 3
_MNIST_SHARE: Final = 0.15
_CLOSE_SHARE: Final = 0.6
_MAX_DIGITS: Final = 6
_CLOSE_GAPS: Final = (-0.15, 0.05)
_WIDE_GAPS: Final = (0.05, 0.4)
_MAX_MNIST_GAP: Final = 5  # pixels
# A segment that shares less than the first with a digit is none, more than the second is one.
_SHARES: Final = (0.6, 0.9)
_FOREST_PARAMS: Final = {
    "n_estimators": 60,
    "min_samples_leaf": 30,
    "max_features": 6,
    "max_samples": 80_000,
}


def number_of_rows(fast: bool) -> int:
    """Return how many rows to draw; a tenth if it has to be fast."""
    return N_ROWS // SUBSAMPLING if fast else N_ROWS


def fit_judge(
    pipeline: Pipeline, sampler: RowSampler, seed: int, n_rows: int
) -> LowLatencyRandomForest:
    """Fit the judge on rows of writers and images that the Pipeline was not fitted on.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
    sampler : RowSampler
    seed : int
    n_rows : int

    Returns
    -------
    LowLatencyRandomForest
        Classes 0 and 1 (one whole digit), on `siffra.numbers.signals.SIGNALS`.
    """
    rng = np.random.default_rng(seed)
    rows = (draw_row(sampler, rng) for _ in range(n_rows))
    measured = in_chunks(partial(_measure, pipeline=pipeline), rows)
    signals, shares = map(np.concatenate, zip(*measured, strict=True))
    low, high = _SHARES
    # In between, some are called a digit: the mean of the trees is then a matter of degree.
    labels = (rng.random(len(shares)) < (shares - low) / (high - low)).astype(np.int64)
    params = _FOREST_PARAMS | {"max_samples": min(_FOREST_PARAMS["max_samples"], len(labels))}
    return LowLatencyRandomForest(**params, random_state=seed).fit(signals, labels)


def draw_row(sampler: RowSampler, rng: np.random.Generator) -> Row:
    """Draw a row as it may come: a third of them have one digit."""
    n_digits = 1 if rng.random() < _SINGLE_SHARE else int(rng.integers(2, _MAX_DIGITS + 1))
    if rng.random() < _MNIST_SHARE or not sampler.sources:
        return sampler.draw_mnist(n_digits, int(rng.integers(_MAX_MNIST_GAP + 1)), rng)
    gaps = _CLOSE_GAPS if rng.random() < _CLOSE_SHARE else _WIDE_GAPS
    source = sampler.sources[rng.integers(len(sampler.sources))]
    return sampler.draw_strokes(source, n_digits, float(rng.uniform(*gaps)), rng)


def _measure(
    rows: Sequence[Row], pipeline: Pipeline
) -> list[tuple[NDArray[np.float32], NDArray[np.float64]]]:
    """Return the signals of all segments of rows, and what each shares with a digit."""
    measured = []
    for row in rows:
        foreground = find_foreground(row.image)
        if foreground is None:
            continue
        for line in find_lines_of_text(find_components(foreground.mask)):
            # As the components are judged first, and then with their cuts.
            for may_cut in (False, True):
                is_cut = np.full(len(line.components), may_cut)
                try:
                    lattice = build_lattice(pipeline, line, foreground, is_cut, Budget())
                except TooManyError:
                    continue  # a long row may be cut in more places than a reader looks at
                shares = shares_with_digits(row, foreground, lattice.segments)
                measured.append((lattice.signals, shares))
    return measured


def shares_with_digits(
    row: Row, foreground: Foreground, segments: list[Segment]
) -> NDArray[np.float64]:
    """Return how well each segment matches a digit of a row, from 0 to 1, shape (n,).

    It is the lower of two shares: of the digit's ink that is in the segment, and of the
    segment's ink that is the digit's.
    """
    rows, columns = (
        np.clip((start + foreground.scale * (np.arange(n) + 0.5)).astype(np.intp), 0, limit - 1)
        for start, n, limit in zip(
            (foreground.top, foreground.left), foreground.mask.shape, row.image.shape, strict=True
        )
    )
    masks = row.masks[:, rows[:, None], columns] & (foreground.mask > 0)
    sizes = np.maximum(masks.sum(axis=(1, 2)), 1)
    shares = []
    for one in segments:
        box = np.s_[:, one.top : one.top + one.height, one.left : one.left + one.width]
        shared = (masks[box] & (one.mask > 0)).sum(axis=(1, 2))
        shares.append(np.minimum(shared / sizes, shared / one.mask.sum()).max())
    return np.array(shares)
