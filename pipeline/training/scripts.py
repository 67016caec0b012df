"""Digits of other scripts that do not look like one of 0 to 9, as pen strokes."""

from typing import Final

import numpy as np

from .strokes import Stroke

# Points (x, y) of each stroke; y grows downwards.
_DIGITS: Final[dict[str, list[list[tuple[float, float]]]]] = {
    # Arabic
    "٢": [[(0.9, 0), (0.8, 0.2), (0.5, 0.25), (0.2, 0), (0.25, 0.5), (0.4, 1)]],
    "٣": [[(1, 0), (0.9, 0.2), (0.7, 0.2), (0.6, 0), (0.5, 0.2), (0.3, 0.2), (0.1, 0), (0.3, 1)]],
    "٤": [[(0.8, 0), (0.3, 0.15), (0.25, 0.3), (0.6, 0.4), (0.1, 0.6), (0.2, 0.9), (0.9, 1)]],
    "٧": [[(0, 0), (0.25, 0.45), (0.45, 1), (0.65, 0.45), (0.9, 0)]],
    "٨": [[(0, 1), (0.25, 0.45), (0.45, 0), (0.65, 0.45), (0.9, 1)]],
    # Devanagari
    "६": [[(0.9, 0), (0.2, 0), (0.2, 0.3), (0.6, 0.4), (0.1, 0.5), (0.2, 1), (0.7, 0.8), (1, 1)]],
    # Chinese
    "四": [
        [(0, 0), (0.05, 1)],
        [(0, 0), (1.2, 0), (1.15, 1), (0.05, 1)],
        [(0.45, 0), (0.4, 0.4), (0.2, 0.6)],
        [(0.75, 0), (0.75, 0.5), (1.1, 0.5)],
    ],
    "五": [
        [(0.1, 0), (0.9, 0)],
        [(0.5, 0), (0.3, 1)],
        [(0.1, 0.45), (0.8, 0.45), (0.75, 1)],
        [(0, 1), (1, 1)],
    ],
    "六": [
        [(0.45, 0), (0.55, 0.2)],
        [(0, 0.35), (1, 0.35)],
        [(0.35, 0.5), (0.05, 1)],
        [(0.65, 0.5), (0.95, 1)],
    ],
    "八": [[(0.35, 0), (0.25, 0.5), (0, 1)], [(0.6, 0), (0.75, 0.5), (1, 1)]],
    "九": [
        [(0.4, 0), (0.35, 0.5), (0, 1)],
        [(0.1, 0.3), (0.7, 0.3), (0.65, 0.8), (0.75, 1), (1, 1), (1.05, 0.8)],
    ],
    "十": [[(0, 0.4), (1, 0.4)], [(0.5, 0), (0.5, 1)]],
}


def other_digit(rng: np.random.Generator) -> list[Stroke]:
    """Return a digit of another script, with round or with sharp corners."""
    strokes = list(_DIGITS.values())[rng.integers(len(_DIGITS))]
    is_round = rng.random() < 0.5
    return [_round(np.array(one)) if is_round else np.array(one) for one in strokes]


def _round(stroke: Stroke) -> Stroke:
    """Cut the corners of a stroke (Chaikin, 1974), twice."""
    for _ in range(2):
        cut = np.stack(
            [0.75 * stroke[:-1] + 0.25 * stroke[1:], 0.25 * stroke[:-1] + 0.75 * stroke[1:]], axis=1
        )
        stroke = np.concatenate([stroke[:1], cut.reshape(-1, 2), stroke[-1:]])
    return stroke
