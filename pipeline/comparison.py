"""Baselines: four standard classifiers on the 784 pixels of MNIST."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix

from .data import Digits
from .progress import Display


@dataclass(frozen=True)
class ComparisonResult:
    """One classifier on the validation images; rows of the matrix are true digits."""

    model: str
    validation_accuracy: float
    fit_seconds: float
    confusion_matrix: list[list[int]]


def compare(
    train: Digits, validation: Digits, seed: int, step: Display = nullcontext
) -> list[ComparisonResult]:
    """Fit each of the four classifiers on raw pixels and measure its validation accuracy."""
    results = []
    for model in _classifiers(seed):
        name = type(model).__name__
        with step(f"Comparison: {name}"):
            start = perf_counter()
            model.fit(_pixels(train), train.labels)
            seconds = round(perf_counter() - start, 1)
            predicted = model.predict(_pixels(validation))
        accuracy = float(accuracy_score(validation.labels, predicted))
        matrix = confusion_matrix(validation.labels, predicted).tolist()
        results.append(ComparisonResult(name, accuracy, seconds, matrix))
    return results


def _classifiers(seed: int) -> Iterator[Any]:
    """Yield the four classifiers, unfitted; the last one votes over the first three."""
    build: list[Callable[[], ClassifierMixin]] = [
        # The default tolerance takes ten times as long for the same accuracy.
        lambda: LogisticRegression(tol=5e-4, max_iter=1000),
        lambda: RandomForestClassifier(random_state=seed, n_jobs=-1),
        lambda: ExtraTreesClassifier(random_state=seed, n_jobs=-1),
    ]
    yield from (one() for one in build)
    voters = [(type(model).__name__, model) for model in (one() for one in build)]
    yield VotingClassifier(voters, n_jobs=1)  # each voter is parallel in itself


def _pixels(digits: Digits) -> NDArray[np.float64]:
    """Return the pixels (n, 784), from 0 to 1."""
    return digits.images.reshape(len(digits), -1) / 255
