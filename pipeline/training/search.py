"""Grid search over the forest's parameters, on scores that are computed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import ParameterGrid

from ..model import build_forest
from .feature_set import FeatureSet
from .progress import Steps
from .scorer import FittedScorer

Grid = Mapping[str, list[int]]

PARAM_GRID: Final[Grid] = {
    "n_estimators": [50, 100],
    "max_depth": [20, 30, 40],
    "min_samples_split": [2, 5, 10],
}
FAST_GRID: Final[Grid] = {"n_estimators": [50, 100]}


@dataclass(frozen=True)
class GridPoint:
    """One point of the grid, measured on the validation rows."""

    params: dict[str, int]
    validation_accuracy: float
    fit_seconds: float


@dataclass(frozen=True)
class SearchResult:
    """All points of a grid, and the parameters of the best."""

    param_grid: Grid
    results: list[GridPoint]
    best_params: dict[str, int]


def search(
    fitted: FittedScorer, validation: FeatureSet, grid: Grid, seed: int, step: Steps | None = None
) -> SearchResult:
    """Fit a forest for each point of a grid and measure its validation accuracy."""
    step = step or Steps()
    points = list(ParameterGrid(grid))
    scores = fitted.scorer.transform(validation.features)
    # One task for each point, not for each tree: fewer and larger tasks.
    measured = Parallel(n_jobs=-1, batch_size=1, return_as="generator")(
        delayed(_measure)(seed, params, fitted.scores, fitted.labels, scores, validation.labels)
        for params in points
    )
    results = []
    for number in range(1, len(points) + 1):
        with step(f"Search: point {number} of {len(points)}"):
            results.append(next(measured))
    best = max(results, key=lambda point: point.validation_accuracy)
    return SearchResult(grid, results, best.params)


def _measure(
    seed: int,
    params: dict[str, int],
    scores: NDArray[np.float32],
    labels: NDArray[np.int64],
    validation_scores: NDArray[np.float32],
    validation_labels: NDArray[np.int64],
) -> GridPoint:
    """Fit the forest of one point and measure it."""
    start = perf_counter()
    forest = build_forest(seed, **params).set_params(n_jobs=1).fit(scores, labels)
    seconds = round(perf_counter() - start, 1)
    return GridPoint(params, float(forest.score(validation_scores, validation_labels)), seconds)
