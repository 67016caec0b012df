"""Choose the rejection thresholds on validation digits; measure them on test rows."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np
from sklearn.pipeline import Pipeline

from ..forest import LowLatencyRandomForest
from ..preprocessing import ImageArray
from ..rejection import RejectionThresholds
from .feature_set import FeatureSet, Split
from .scorer import Predictions, predict
from .strokes import CANVAS_SIZE, render

MIN_ACCEPTANCE_RATE: Final = 0.99
N_EACH: Final = 500
# Letters that do not resemble a digit, for drawing with fonts.
LETTERS: Final = "ACEFGHJKMNPRTUVWXYabdefhkmnprtuwxy"
# Characters that look like a digit, or are hardly more than a dot, are reported apart.
LOOKALIKES: Final = "OoDQlIiJjSsZzBbqgG|/\\()[]{}!1.,:;'`\"-_~"
FONTS: Final = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)


@dataclass(frozen=True)
class RejectionReport:
    """The thresholds, and the share of each kind of image that is accepted or rejected."""

    thresholds: dict[str, float]
    acceptance_rates: dict[str, float]
    rejection_rates: dict[str, float]
    n_images: dict[str, int]


def choose_thresholds(predictions: Sequence[Predictions]) -> RejectionThresholds:
    """Set both thresholds as high as they can be while enough digits are accepted."""
    thresholds = RejectionThresholds()
    for quantile in np.linspace(1 - MIN_ACCEPTANCE_RATE, 0, 41):
        thresholds = RejectionThresholds(
            min(float(np.quantile(p.probabilities.max(axis=1), quantile)) for p in predictions),
            min(float(np.quantile(p.similarity, quantile)) for p in predictions),
        )
        rejected = [thresholds.reject(p.probabilities, p.similarity) for p in predictions]
        if all(1 - one.mean() >= MIN_ACCEPTANCE_RATE for one in rejected):
            break
    return thresholds


def measure_rejection(
    thresholds: RejectionThresholds,
    acceptance_rates: dict[str, float],
    extractor: Pipeline,
    scorer: Pipeline,
    forest: LowLatencyRandomForest,
    non_digits: FeatureSet | None,
    seed: int,
) -> RejectionReport:
    """Measure which share of images that are not digits is rejected."""
    rng = np.random.default_rng(seed)
    features: dict[str, Any] = {
        kind: extractor.transform([draw(rng) for _ in range(N_EACH)])
        for kind, draw in NON_DIGITS.items()
    }
    if non_digits is not None:
        features |= _by_kind(non_digits.select(Split.TEST))
    rates = {}
    for kind, rows in features.items():
        predictions = predict(scorer, forest, rows)
        rejected = thresholds.reject(predictions.probabilities, predictions.similarity)
        rates[kind] = float(rejected.mean())
    counts = {kind: len(rows) for kind, rows in features.items()}
    return RejectionReport(asdict(thresholds), acceptance_rates, rates, counts)


def _by_kind(characters: FeatureSet) -> dict[str, Any]:
    """Group drawn characters into letters, symbols, and those that look like a digit."""
    names = np.array([chr(label) for label in characters.labels])
    is_lookalike = np.isin(names, list(LOOKALIKES))
    is_letter = np.char.isalpha(names) & ~is_lookalike
    kinds = {
        "letters, drawn by people": is_letter,
        "symbols, drawn by people": ~is_letter & ~is_lookalike,
        "characters that look like a digit or a dot, drawn by people": is_lookalike,
    }
    return {kind: characters.features[rows] for kind, rows in kinds.items() if rows.any()}


def _write(text: str, font: int, left: int, rng: np.random.Generator) -> ImageArray:
    """Write a text in one of OpenCV's fonts."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    scale, thickness = rng.uniform(5, 7), int(rng.integers(10, 35))
    return cv2.putText(canvas, text, (left, 280), font, scale, 255, thickness, cv2.LINE_AA)


def letter(rng: np.random.Generator) -> ImageArray:
    """Write a letter that does not resemble a digit."""
    text, font = rng.choice(list(LETTERS)), FONTS[rng.integers(len(FONTS))]
    return _write(text, font, 100, rng)


def scribble(rng: np.random.Generator) -> ImageArray:
    """Draw a random walk."""
    return render([np.cumsum(rng.normal(0, 1, (rng.integers(15, 60), 2)), axis=0)], rng)


def curve(rng: np.random.Generator) -> ImageArray:
    """Draw a smooth closed curve: a few random harmonics."""
    time = np.linspace(0, 2 * np.pi, 60)
    harmonics = np.arange(1, 6)
    phase, height = rng.uniform(0, 2 * np.pi, (2, 5, 1)), rng.normal(0, 1, (2, 5, 1))
    wave = np.sin(harmonics[:, None] * time + phase) * height / harmonics[:, None]
    return render([wave.sum(axis=1).T], rng)


def dot(rng: np.random.Generator) -> ImageArray:
    """Draw a dot, as a tap of the brush makes it."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    center = rng.integers(60, CANVAS_SIZE - 60, 2).tolist()
    return cv2.circle(canvas, center, int(rng.integers(5, 21)), 255, -1, cv2.LINE_AA)


def pair(rng: np.random.Generator) -> ImageArray:
    """Write two digits side by side."""
    text, font = f"{rng.integers(10, 100)}", FONTS[rng.integers(2)]
    return _write(text, font, 60, rng)


NON_DIGITS: Final[dict[str, Callable[[np.random.Generator], ImageArray]]] = {
    "letters": letter,
    "scribbles": scribble,
    "curves": curve,
    "dots": dot,
    "two digits": pair,
}
