"""Choose the thresholds on validation writers; measure the rejection on test rows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from siffra.forest import LowLatencyRandomForest
from siffra.rejection import Thresholds, confidence

from .drawings import DRAWINGS, LOOKALIKES
from .feature_set import FIRST_DRAWING_LABEL, FeatureSet, Split
from .scorer import Predictions, predict

ACCEPTANCE_RATES: Final = (0.98, 0.99)  # of digits
MIN_DIGIT_THRESHOLD: Final = 0.5  # what is asserted is more likely than not
MAX_DIGIT_ERROR: Final = 0.005  # share of the digits that are asserted and wrong
MAX_NUMBER_ERROR: Final = 0.01  # share of the asserted numbers that are wrong


@dataclass(frozen=True)
class RejectionReport:
    """The thresholds, and the share of each kind of image that is accepted or rejected."""

    thresholds: dict[str, float]
    acceptance_rates: dict[str, float]
    rejection_rates: dict[str, float]
    n_images: dict[str, int]


def choose_digit_threshold(
    predictions: Sequence[Predictions], labels: Sequence[NDArray[np.int64]]
) -> float:
    """Return the confidence from which digits are asserted, from validation digits by source.

    At most 0.5 % of each source's digits are asserted and wrong, and 98 to 99 % of the digits are
    asserted, as the mean of the sources; where not both are possible, the latter. It is at least
    0.5.
    """
    confidences = [confidence(one.probabilities, one.is_digit) for one in predictions]
    shares = np.concatenate([np.full(len(one), 1 / len(one)) for one in confidences])
    is_wrong = [
        one.probabilities.argmax(axis=1) != truth
        for one, truth in zip(predictions, labels, strict=True)
    ]
    sure = max(map(_least_confidence, confidences, is_wrong))
    low, high = (
        _share_below(np.concatenate(confidences), shares, (1 - rate) * len(confidences))
        for rate in ACCEPTANCE_RATES[::-1]
    )
    return max(min(max(low, sure), high), MIN_DIGIT_THRESHOLD)


def _least_confidence(confidences: NDArray[np.float64], is_wrong: NDArray[np.bool_]) -> float:
    """Return the confidence from which at most 0.5 % of all digits are asserted and wrong."""
    wrong = np.sort(confidences[is_wrong])[::-1]
    allowed = int(MAX_DIGIT_ERROR * len(confidences))
    return float(np.nextafter(wrong[allowed], 1)) if len(wrong) > allowed else 0.0


def _share_below(values: NDArray[np.float64], shares: NDArray[np.float64], allowed: float) -> float:
    """Return the highest value below which there is at most this share in all."""
    order = values.argsort()
    return float(values[order][np.cumsum(shares[order]) > allowed][0])


def choose_number_threshold(confidences: NDArray[np.float64], is_right: NDArray[np.bool_]) -> float:
    """Return the lowest confidence from which at most 1 % of the numbers are wrong, or 1."""
    order = np.argsort(-confidences, kind="stable")
    errors = np.cumsum(~is_right[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(errors <= MAX_NUMBER_ERROR)
    return float(confidences[order][allowed[-1]]) if len(allowed) else 1.0


def measure_rejection(
    thresholds: Thresholds,
    acceptance_rates: dict[str, float],
    scorer: Pipeline,
    forest: LowLatencyRandomForest,
    non_digits: FeatureSet,
) -> RejectionReport:
    """Measure which share of test images that are not digits is rejected, by kind."""
    rates, counts = {}, {}
    for kind, features in _by_kind(non_digits).items():
        predictions = predict(scorer, forest, features)
        rejected = thresholds.reject(predictions.probabilities, predictions.is_digit)
        rates[kind], counts[kind] = float(rejected.mean()), len(rejected)
    return RejectionReport(asdict(thresholds), acceptance_rates, rates, counts)


def _by_kind(non_digits: FeatureSet) -> dict[str, NDArray[np.float32]]:
    """Group the test rows: generated kinds, letters, symbols, and what looks like a digit."""
    rows = non_digits.select(Split.TEST)
    is_character = rows.labels < FIRST_DRAWING_LABEL
    names = np.array([chr(label) if label < FIRST_DRAWING_LABEL else "" for label in rows.labels])
    is_lookalike = is_character & np.isin(names, list(LOOKALIKES))
    is_letter = np.char.isalpha(names) & ~is_lookalike
    kinds = {
        kind: rows.labels == FIRST_DRAWING_LABEL + index for index, kind in enumerate(DRAWINGS)
    } | {
        "letters, drawn by people": is_letter,
        "symbols, drawn by people": is_character & ~is_letter & ~is_lookalike,
        "characters that look like a digit or a dot, drawn by people": is_lookalike,
    }
    return {kind: rows.features[chosen] for kind, chosen in kinds.items() if chosen.any()}
