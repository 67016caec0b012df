"""Four plain models on MNIST's 784 values, as a baseline to measure against."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sklearn.base import ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix

from .data import Digits
from .progress import step


def plain_models(seed: int) -> dict[str, ClassifierMixin]:
    """Return the four models, unfitted.

    Parameters
    ----------
    seed : int

    Returns
    -------
    dict of str to classifier
        By class name; the VotingClassifier votes over the other three.
    """
    make: list[Callable[[], ClassifierMixin]] = [
        # The default tolerance takes ten times as long for the same accuracy.
        lambda: LogisticRegression(tol=5e-4, max_iter=1000),
        lambda: RandomForestClassifier(random_state=seed, n_jobs=-1),
        lambda: ExtraTreesClassifier(random_state=seed, n_jobs=-1),
    ]
    voters = [(type(model).__name__, model) for model in (build() for build in make)]
    return {type(build()).__name__: build() for build in make} | {
        # One voter after the other: each is parallel in itself.
        "VotingClassifier": VotingClassifier(voters, n_jobs=1)
    }


def compare(train: Digits, validation: Digits, seed: int) -> list[dict[str, Any]]:
    """Fit each of the four on raw pixels and score it on the validation set.

    Parameters
    ----------
    train, validation : Digits
    seed : int

    Returns
    -------
    list of dict
        `model`, `validation_accuracy`, `fit_seconds` and `confusion_matrix` (rows: truth).
    """
    return [_score(name, model, train, validation) for name, model in plain_models(seed).items()]


def _score(name: str, model: Any, train: Digits, validation: Digits) -> dict[str, Any]:
    with step(f"Comparison: {name}"):
        start = perf_counter()
        model.fit(_pixels(train), train.labels)
        seconds = perf_counter() - start
        predicted = model.predict(_pixels(validation))
    return {
        "model": name,
        "validation_accuracy": accuracy_score(validation.labels, predicted),
        "fit_seconds": round(seconds, 1),
        "confusion_matrix": confusion_matrix(validation.labels, predicted).tolist(),
    }


def _pixels(digits: Digits) -> Any:
    return digits.images.reshape(len(digits), -1) / 255
