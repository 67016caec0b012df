"""Grid search over the forest's parameters, on scores that are computed once."""

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import ParameterGrid

from .feature_set import FeatureSet
from .model import build_forest
from .progress import Display
from .scorer import FittedScorer

Grid = Mapping[str, list[int]]

PARAM_GRID: Final[Grid] = {
    "n_estimators": [50, 100],
    "max_depth": [15, 20, 30],
    "min_samples_leaf": [2, 10, 20],
}
FAST_GRID: Final[Grid] = {"n_estimators": [50, 100]}


@dataclass(frozen=True)
class GridPoint:
    """One point of the grid, measured on the validation rows."""

    params: dict[str, int]
    validation_accuracy: float
    n_nodes: int
    fit_seconds: float


@dataclass(frozen=True)
class SearchResult:
    """All points of a grid, and the parameters of the chosen one."""

    param_grid: Grid
    results: list[GridPoint]
    best_params: dict[str, int]


def search(
    fitted: FittedScorer, validation: FeatureSet, grid: Grid, seed: int, step: Display = nullcontext
) -> SearchResult:
    """Fit a forest for each point of a grid and choose one by its validation accuracy.

    The forest with the fewest nodes is chosen among those within one standard error of the best:
    L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and regression trees", 1984.
    """
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
    return SearchResult(grid, results, choose_point(results, len(validation)).params)


def choose_point(points: Sequence[GridPoint], n_rows: int) -> GridPoint:
    """Return the point with the fewest nodes within one standard error of the best."""
    best = max(point.validation_accuracy for point in points)
    lowest = best - math.sqrt(best * (1 - best) / n_rows)
    return min(
        (point for point in points if point.validation_accuracy >= lowest),
        key=lambda point: point.n_nodes,
    )


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
    accuracy = float(forest.score(validation_scores, validation_labels))
    n_nodes = sum(tree.tree_.node_count for tree in forest.estimators_)
    return GridPoint(params, accuracy, n_nodes, seconds)
