"""Grid search over the forest, on scores that are computed once."""

from typing import Any, Final

import numpy as np
from sklearn.callback import ProgressBar
from sklearn.model_selection import GridSearchCV, PredefinedSplit

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
    console.print("Grid search")
    scores = np.concatenate([fit.scores, fit.scorer.transform(validation.features)])
    labels = np.concatenate([fit.labels, validation.labels])
    fold = np.zeros(len(labels), dtype=int)
    fold[: len(fit.labels)] = -1
    grid_search = GridSearchCV(
        # Points side by side rather than trees: fewer and larger tasks.
        make_forest(seed).set_params(n_jobs=1),
        grid,
        n_jobs=-1,
        cv=PredefinedSplit(fold),
        refit=False,
        error_score="raise",
    )
    grid_search.set_callbacks(ProgressBar(max_propagation_depth=0))
    grid_search.fit(scores, labels)
    results = grid_search.cv_results_
    columns = zip(
        results["params"], results["mean_test_score"], results["mean_fit_time"], strict=True
    )
    return {
        "param_grid": grid,
        "results": [
            {"params": params, "validation_accuracy": float(score), "fit_seconds": round(time, 1)}
            for params, score, time in columns
        ],
        "best_params": grid_search.best_params_,
    }
