"""Grid search over the forest, on scores that are computed once."""

from time import perf_counter
from typing import Any, Final

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from rich.progress import Progress
from sklearn.model_selection import ParameterGrid

from ..classifier import make_forest
from .fitting import Fit
from .pool import Pool
from .progress import console

PARAM_GRID: Final[dict[str, list[int]]] = {
    "n_estimators": [50, 100],
    "max_depth": [20, 30, 40],
    "min_samples_split": [2, 5, 10],
}
FAST_GRID: Final[dict[str, list[int]]] = {"n_estimators": [50, 100]}


def search(fit: Fit, validation: Pool, grid: dict[str, list[int]], seed: int) -> dict[str, Any]:
    """Try every point of a grid and score it on the validation rows.

    The steps before the forest are fitted once, without the validation rows, and serve all
    points.

    Parameters
    ----------
    fit : Fit
        What the forests learn from.
    validation : Pool
        Rows that took no part in it.
    grid : dict of str to list
    seed : int

    Returns
    -------
    dict
        `param_grid`; `results`, a list of `params`, `validation_accuracy` and `fit_seconds`;
        `best_params`.
    """
    points = list(ParameterGrid(grid))
    rows = validation.labels, fit.scorer.transform(validation.features)
    # Points side by side rather than trees: fewer and larger tasks.
    tries = Parallel(n_jobs=-1, batch_size=1, return_as="generator")(
        delayed(_try)(seed, params, fit.scores, fit.labels, *rows) for params in points
    )
    results = []
    with Progress(console=console) as progress:
        for params, (accuracy, seconds) in zip(
            points, progress.track(tries, len(points), description="Grid search"), strict=True
        ):
            results.append(
                {"params": params, "validation_accuracy": accuracy, "fit_seconds": seconds}
            )
    best = max(results, key=lambda result: result["validation_accuracy"])
    return {"param_grid": grid, "results": results, "best_params": best["params"]}


def _try(
    seed: int,
    params: dict[str, int],
    scores: NDArray[np.float32],
    labels: NDArray[np.int64],
    validation_labels: NDArray[np.int64],
    validation_scores: NDArray[np.float32],
) -> tuple[float, float]:
    """Fit one point's forest; return its accuracy on the validation rows, and the seconds."""
    start = perf_counter()
    forest = make_forest(seed, **params).set_params(n_jobs=1).fit(scores, labels)
    seconds = perf_counter() - start
    return float(forest.score(validation_scores, validation_labels)), round(seconds, 1)
