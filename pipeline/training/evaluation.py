"""What a fitted classifier is worth on images it has not seen."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

N_BINS: Final = 15


def evaluate(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], classes: NDArray[np.int64]
) -> dict[str, Any]:
    """Score probabilities against the truth.

    Parameters
    ----------
    labels : ndarray of shape (n,), int64
    probabilities : ndarray of shape (n, n_classes), float64
    classes : ndarray of shape (n_classes,), int64
        What the columns stand for.

    Returns
    -------
    dict
        `accuracy`, `error` and `expected_calibration_error` from 0 to 1; `reliability`, see
        there; `confusion_matrix` (rows: truth); `per_class`, a list of `label`, `precision`,
        `recall` and `support`.
    """
    predicted = classes[probabilities.argmax(axis=1)]
    accuracy = accuracy_score(labels, predicted)
    bins = reliability(predicted == labels, probabilities.max(axis=1))
    precision, recall, _, support = precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0.0
    )
    return {
        "accuracy": accuracy,
        "error": 1 - accuracy,
        "expected_calibration_error": expected_calibration_error(bins),
        "reliability": bins,
        "confusion_matrix": confusion_matrix(labels, predicted, labels=classes).tolist(),
        "per_class": [
            {"label": int(k), "precision": float(p), "recall": float(r), "support": int(n)}
            for k, p, r, n in zip(classes, precision, recall, support, strict=True)
        ],
    }


def reliability(
    correct: NDArray[np.bool_], confidence: NDArray[np.float64], n_bins: int = N_BINS
) -> list[dict[str, float]]:
    """Compare confidence with accuracy in bins of equal width.

    Parameters
    ----------
    correct : ndarray of shape (n,), bool
    confidence : ndarray of shape (n,), float64
        Probability of the predicted class, from 0 to 1.
    n_bins : int, default=15

    Returns
    -------
    list of dict
        `n`, mean `confidence` and `accuracy` of each bin; the means are 0 in an empty one.
    """
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    n = np.bincount(bins, minlength=n_bins)
    means = (
        np.bincount(bins, weights=values, minlength=n_bins) / np.maximum(n, 1)
        for values in (confidence, correct)
    )
    return [
        {"n": int(count), "confidence": float(mean), "accuracy": float(share)}
        for count, mean, share in zip(n, *means, strict=True)
    ]


def expected_calibration_error(bins: list[dict[str, float]]) -> float:
    """Mean gap between confidence and accuracy over the bins of `reliability` [1]_.

    Parameters
    ----------
    bins : list of dict

    Returns
    -------
    float
        From 0 (means what it says) to 1.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017, section 2.
    """
    gaps = sum(one["n"] * abs(one["accuracy"] - one["confidence"]) for one in bins)
    return gaps / sum(one["n"] for one in bins)
