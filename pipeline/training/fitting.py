"""One fit of all that learns: components, scores, forest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from ..classifier import make_forest, make_scorer
from .evaluation import evaluate
from .pool import Pool


@dataclass(frozen=True)
class Fit:
    """A fitted scorer, and the scores that a forest may learn from.

    Parameters
    ----------
    scorer : sklearn.pipeline.Pipeline
    scores : ndarray of shape (n, 10), float32
        Out of fold: no row was scored by what had seen its group.
    labels : ndarray of shape (n,), int64
    """

    scorer: Pipeline
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]

    def forest(self, seed: int, params: dict[str, int]) -> RandomForestClassifier:
        """Fit a forest on the scores; it predicts in one thread.

        Threads add the trees' probabilities up in whatever order they finish, and the last digit
        changes from run to run.
        """
        forest = make_forest(seed, **params).fit(self.scores, self.labels)
        return forest.set_params(n_jobs=1)


def fit_scorer(pool: Pool, seed: int) -> Fit:
    """Fit the steps from features to scores.

    Distorted images of MNIST help the machines but not the forest, which does not get them.

    Parameters
    ----------
    pool : Pool
    seed : int

    Returns
    -------
    Fit
    """
    scorer = make_scorer(len(pool), seed)
    scores = scorer.fit_transform(
        pool.features, pool.labels, scores__groups=pool.groups, scores__sample_weight=pool.weights
    )
    return Fit(scorer, scores[pool.plain], pool.labels[pool.plain])


def judge(scorer: Pipeline, forest: RandomForestClassifier, pool: Pool) -> dict[str, Any] | None:
    """Evaluate on rows that took no part in the fit.

    Parameters
    ----------
    scorer : sklearn.pipeline.Pipeline
    forest : RandomForestClassifier
    pool : Pool

    Returns
    -------
    dict or None
        As `evaluate` returns it; None for no rows.
    """
    if len(pool) == 0:
        return None
    probabilities = forest.predict_proba(scorer.transform(pool.features))
    return evaluate(pool.labels, probabilities, forest.classes_)
