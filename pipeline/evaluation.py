"""Accuracy, calibration and rejection of a fitted model on rows that it was not fitted on."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

N_BINS: Final = 15
_Z: Final = 1.959964  # two-sided 95 % quantile of the normal distribution


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of similar confidence; the means of an empty bin are 0."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class ClassReport:
    """Precision and recall of one digit, and the number of its rows."""

    label: int
    precision: float
    recall: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """The quality of predictions; all rates are from 0 to 1."""

    n_digits: int  # distinct digits: a trajectory that was rendered twice counts once
    accuracy: float
    error: float
    accuracy_interval: tuple[float, float]  # 95 %, for independent digits
    expected_calibration_error: float
    rejection_rate: float
    accepted_error_rate: float  # accepted and misread, relative to all
    reliability: list[ReliabilityBin]
    confusion_matrix: list[list[int]]  # rows are true digits, columns predictions
    per_class: list[ClassReport]
    n_writers: int | None = None  # None if the writers are unknown
    mean_writer_accuracy: float | None = None
    worst_tenth_accuracy: float | None = None


def evaluate(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    rejected: NDArray[np.bool_],
    *,
    writers: NDArray[np.int64] | None = None,
    n_renderings: int = 1,
) -> Evaluation:
    """Compare probabilities (n, n_classes), whose columns are the labels 0, 1, ..., with labels.

    `rejected` and `writers` have one value for each row, and each digit has `n_renderings` rows.
    """
    classes = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    correct = predicted == labels
    accuracy, n_digits = float(correct.mean()), len(labels) // n_renderings
    bins = reliability(correct, probabilities.max(axis=1))
    precision, recall, _, support = precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0.0
    )
    by_writer = None if writers is None else writer_accuracies(correct, writers)
    return Evaluation(
        n_digits=n_digits,
        accuracy=accuracy,
        error=1 - accuracy,
        accuracy_interval=wilson_interval(accuracy, n_digits),
        expected_calibration_error=expected_calibration_error(bins),
        rejection_rate=float(rejected.mean()),
        accepted_error_rate=float((~rejected & ~correct).mean()),
        reliability=bins,
        confusion_matrix=confusion_matrix(labels, predicted, labels=classes).tolist(),
        per_class=[
            ClassReport(int(k), float(p), float(r), int(n))
            for k, p, r, n in zip(classes, precision, recall, support, strict=True)
        ],
        n_writers=None if by_writer is None else len(by_writer),
        mean_writer_accuracy=None if by_writer is None else float(by_writer.mean()),
        worst_tenth_accuracy=None if by_writer is None else worst_tenth(by_writer),
    )


def wilson_interval(accuracy: float, n: int) -> tuple[float, float]:
    """Return the 95 % score interval (Wilson 1927) of an accuracy measured on `n` digits."""
    center = (accuracy + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    margin = _Z * math.sqrt(accuracy * (1 - accuracy) / n + (_Z / (2 * n)) ** 2) / (1 + _Z**2 / n)
    return max(center - margin, 0.0), min(center + margin, 1.0)


def writer_accuracies(
    correct: NDArray[np.bool_], writers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the accuracy of each writer, shape (n_writers,)."""
    _, codes, counts = np.unique(writers, return_inverse=True, return_counts=True)
    return np.bincount(codes, weights=correct) / counts


def worst_tenth(accuracies: NDArray[np.float64]) -> float:
    """Return the mean accuracy of the worst tenth of the writers, at least one."""
    return float(np.sort(accuracies)[: math.ceil(len(accuracies) / 10)].mean())


def reliability(
    correct: NDArray[np.bool_], confidence: NDArray[np.float64], n_bins: int = N_BINS
) -> list[ReliabilityBin]:
    """Compare confidence (n,), from 0 to 1, with accuracy in bins of equal width."""
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    n = np.bincount(bins, minlength=n_bins)
    means = (
        np.bincount(bins, weights=values, minlength=n_bins) / np.maximum(n, 1)
        for values in (confidence, correct)
    )
    columns = (n.tolist(), *(mean.tolist() for mean in means))
    return [ReliabilityBin(*row) for row in zip(*columns, strict=True)]


def expected_calibration_error(bins: list[ReliabilityBin]) -> float:
    """Return the mean gap between confidence and accuracy (Guo et al., ICML 2017)."""
    return sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / sum(b.n for b in bins)
