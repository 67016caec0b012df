"""Choose the limits of doubt on validation digits; try them on what is no digit."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from ..doubt import Limits
from ..image import ImageArray
from .fitting import Fit
from .pool import Kind, Part, Pool
from .strokes import CANVAS_SIZE, render

# Letters that nobody takes for a digit; O, l, S, Z and the like are left out.
LETTERS: Final = "ACEFGHJKMNPRTUVWXYabdefhkmnprtuwxy"
FONTS: Final = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)
N_OF_EACH: Final = 500
LEAST_PASSED: Final = 0.99

Signals = tuple[NDArray[np.float64], NDArray[np.float32]]


def signals(scorer: Pipeline, forest: RandomForestClassifier, features: Any) -> Signals:
    """Return the probabilities and the familiarity of rows of features.

    Parameters
    ----------
    scorer : sklearn.pipeline.Pipeline
    forest : RandomForestClassifier
    features : ndarray of shape (n, n_features), float32

    Returns
    -------
    tuple of ndarray of shape (n, 10) and ndarray of shape (n,)
    """
    components = scorer[:-1].transform(features)
    probabilities = forest.predict_proba(scorer[-1].transform(components))
    blocks = np.array_split(components, len(components) // 1000 + 1)
    familiarity = [scorer[-1].similarity(block).max(axis=1) for block in blocks if len(block)]
    return probabilities, np.concatenate(familiarity)


def find_limits(fit: Fit, forest: RandomForestClassifier, pool: Pool) -> Limits:
    """Choose the limits on the validation digits of a pool.

    Parameters
    ----------
    fit : Fit
    forest : RandomForestClassifier
    pool : Pool

    Returns
    -------
    pipeline.doubt.Limits
    """
    sources = (pool.originals(Part.VALIDATION, kind) for kind in (Kind.MNIST, Kind.DRAWING))
    return choose_limits([signals(fit.scorer, forest, one.features) for one in sources if len(one)])


def choose_limits(sets: list[Signals]) -> Limits:
    """Set both limits as high as lets enough digits of every set pass.

    Parameters
    ----------
    sets : list of tuple
        The signals of validation digits, one tuple a source.

    Returns
    -------
    pipeline.doubt.Limits
    """
    for quantile in np.linspace(1 - LEAST_PASSED, 0, 41):
        limits = Limits(
            *(
                float(min(np.quantile(values, quantile) for values in kind))
                for kind in ([s[0].max(axis=1) for s in sets], [s[1] for s in sets])
            )
        )
        if all(1 - limits.unsure(*one).mean() >= LEAST_PASSED for one in sets):
            break
    return limits


def try_limits(
    limits: Limits,
    extractor: Pipeline,
    scorer: Pipeline,
    forest: RandomForestClassifier,
    pool: Pool,
    seed: int,
) -> dict[str, Any]:
    """Report how many digits pass and how many non-digits are stopped.

    Parameters
    ----------
    limits : pipeline.doubt.Limits
    extractor, scorer : sklearn.pipeline.Pipeline
    forest : RandomForestClassifier
    pool : Pool
        Its test digits took no part in the fit.
    seed : int

    Returns
    -------
    dict
        `limits`; `digits_passed` and `non_digits_stopped`, shares by kind; `n_of_each`.
    """
    passed = {}
    for name, kind in (("mnist", Kind.MNIST), ("drawings", Kind.DRAWING)):
        digits = pool.originals(Part.TEST, kind)
        if len(digits):
            unsure = limits.unsure(*signals(scorer, forest, digits.features))
            passed[name] = float(1 - unsure.mean())
    rng = np.random.default_rng(seed)
    stopped = {}
    for name, draw in NON_DIGITS.items():
        images = [draw(rng) for _ in range(N_OF_EACH)]
        unsure = limits.unsure(*signals(scorer, forest, extractor.transform(images)))
        stopped[name] = float(unsure.mean())
    return {
        "limits": asdict(limits),
        "digits_passed": passed,
        "non_digits_stopped": stopped,
        "n_of_each": N_OF_EACH,
    }


def letter(rng: np.random.Generator) -> ImageArray:
    """Draw a letter that no digit looks like."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    text, font = rng.choice(list(LETTERS)), FONTS[rng.integers(len(FONTS))]
    scale, thickness = rng.uniform(5, 7), int(rng.integers(10, 35))
    return cv2.putText(canvas, text, (100, 280), font, scale, 255, thickness, cv2.LINE_AA)


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
    """Draw a tap of the brush."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    centre = rng.integers(60, CANVAS_SIZE - 60, 2).tolist()
    return cv2.circle(canvas, centre, int(rng.integers(5, 21)), 255, -1, cv2.LINE_AA)


def pair(rng: np.random.Generator) -> ImageArray:
    """Write two digits side by side."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    text, font = f"{rng.integers(10, 100)}", FONTS[rng.integers(2)]
    scale, thickness = rng.uniform(5, 7), int(rng.integers(10, 35))
    return cv2.putText(canvas, text, (60, 280), font, scale, 255, thickness, cv2.LINE_AA)


NON_DIGITS: Final[dict[str, Callable[[np.random.Generator], ImageArray]]] = {
    "letters": letter,
    "scribbles": scribble,
    "curves": curve,
    "dots": dot,
    "two digits": pair,
}
