"""Fit the steps that learn: components, scores, forest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from siffra.forest import LowLatencyRandomForest

from .feature_set import FeatureSet
from .model import build_forest, build_scorer


@dataclass(frozen=True)
class FittedScorer:
    """A fitted scorer, and the rows from which a forest learns."""

    scorer: Pipeline
    scores: NDArray[np.float32]  # (n, n_classes), by classifiers not fitted on a row's group
    labels: NDArray[np.int64]

    def fit_forest(self, seed: int, params: Mapping[str, int]) -> LowLatencyRandomForest:
        """Fit a forest on the scores. It predicts in one thread, with the same result each time."""
        forest = build_forest(seed, **params).fit(self.scores, self.labels)
        return forest.set_params(n_jobs=1)


def fit_scorer(rows: FeatureSet, seed: int, **params: Any) -> FittedScorer:
    """Fit the steps from features to scores."""
    scorer = build_scorer(len(rows), seed).set_params(**params)
    scores = scorer.fit_transform(
        rows.features, rows.labels, scores__groups=rows.groups, scores__sample_weight=rows.weights
    )
    kept = rows.forest_rows
    return FittedScorer(scorer, scores[kept], rows.labels[kept])


@dataclass(frozen=True)
class Predictions:
    """The outputs of a fitted model for rows of features."""

    probabilities: NDArray[np.float64]
    is_digit: NDArray[np.float64]


def predict(
    scorer: Pipeline, forest: LowLatencyRandomForest, features: NDArray[np.float32]
) -> Predictions:
    """Return the probabilities of rows of features (n, n_features)."""
    scores = scorer.transform(features)
    return Predictions(forest.predict_proba(scores), scorer[-1].is_digit(scores))
