"""Read a whole number: its digits, where they are, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..adaptation import Adaptation
from ..forest import LowLatencyRandomForest
from ..preprocessing import ImageArray
from .components import Line, find_components, find_lines_of_text
from .foreground import Foreground
from .lattice import CLEAR, Lattice, best_path, judge_line
from .segments import Budget, Segment
from .signals import IS_DIGIT, Known
from .strokes import Stroke, find_drawn_components

# A gap is a space if it passes all three of these. It is at least this wide, relative to the line's
# height,
_MIN_SPACE: Final = 0.6
# relative to the median gap of the line,
_MIN_GAP_RATIO: Final = 2.0
# and the centers of the digits beside it are this far apart, relative to the median distance:
# those in the boxes of a form are not.
_MIN_DISTANCE_RATIO: Final = 1.4
# Multiplying raw probabilities underestimates the confidence: segments are compared with their
# rivals, each digit with nine others. Calibrated on rows of validation writers.
_JUDGE_EXPONENT: Final = 0.02
_DIGIT_EXPONENT: Final = 0.25
_IS_DIGIT_EXPONENT: Final = 0.17
# An image that is not rejected counts as one digit above this probability of the judge.
_MIN_ONE_DIGIT: Final = 0.2
# A number with less confidence is doubtful.
_MIN_CONFIDENCE: Final = 0.6
# Instead of a doubtful number, any image counts as one digit above this probability.
_MIN_ONE_DIGIT_IN_DOUBT: Final = 0.04


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of a number.

    Parameters
    ----------
    label : int
        The most likely digit, 0 to 9.
    probabilities : ndarray of shape (10,), float64
        Of each digit, if this is one.
    box : tuple of float
        Left, top, width and height, in the pixels of the image as a person sees it.
    pixels : ndarray of shape (28, 28), uint8
        The digit after the preprocessing, for `siffra.adaptation.Examples`.
    """

    label: int
    probabilities: NDArray[np.float64]
    box: tuple[float, float, float, float]
    pixels: ImageArray


@dataclass(frozen=True, eq=False)
class LineReading:
    """The likeliest digits of one line of text.

    Parameters
    ----------
    digits : list of Digit
    text : str
    confidence : float
        Probability that all digits are right, from 0 to 1.
    one_digit : float
        Probability that the whole line is one digit.
    """

    digits: list[Digit]
    text: str
    confidence: float
    one_digit: float


def read_lines(
    pipeline: Pipeline,
    judge: LowLatencyRandomForest,
    foreground: Foreground,
    adaptation: Adaptation | None = None,
    strokes: Sequence[Stroke] | None = None,
) -> list[LineReading]:
    """Read each line of text, from top to bottom.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Reads a segment as a digit.
    judge : LowLatencyRandomForest
        Tells from the signals of a segment whether it is one whole digit.
    foreground : Foreground
    adaptation : Adaptation, optional
        What a visitor's corrections add.
    strokes : sequence of ndarray of shape (n, 2), optional
        Of the pen; see `siffra.numbers.strokes`.

    Raises
    ------
    TooManyError
        If the image has more parts than a number.
    """
    budget = Budget()
    if strokes is None:
        components = find_components(foreground.mask)
    else:
        components = find_drawn_components(foreground, strokes, budget)
    known: Known = {}
    readings = []
    for line in find_lines_of_text(components):
        best = -math.inf
        for order in line.orders:
            lattice, one_digit = judge_line(
                pipeline, judge, order, foreground, budget, adaptation, known
            )
            path, score = best_path(lattice, one_digit)
            if score > best:
                best, reading = score, _to_reading(lattice, one_digit, path, line, foreground)
            if (one_digit[path] >= CLEAR).all():
                break
        readings.append(reading)
    return readings


def _to_reading(
    lattice: Lattice,
    one_digit: NDArray[np.float64],
    path: list[int],
    line: Line,
    foreground: Foreground,
) -> LineReading:
    """Return the digits of a path, from left to right."""
    places = [2 * lattice.segments[k].left + lattice.segments[k].width for k in path]
    path = [path[k] for k in np.argsort(places, kind="stable")]
    segments = [lattice.segments[index] for index in path]
    probabilities = lattice.probabilities[path]
    digits = [
        Digit(
            int(row.argmax()),
            row,
            foreground.to_image(one.left, one.top, one.width, one.height),
            lattice.digits[index],
        )
        for index, one, row in zip(path, segments, probabilities, strict=True)
    ]
    whole = lattice.find(0, lattice.n_boundaries - 1)
    return LineReading(
        digits,
        _join(digits, segments, line.height),
        _confidence(one_digit[path], probabilities.max(axis=1), lattice.signals[path, IS_DIGIT]),
        0.0 if whole is None else float(one_digit[whole]),
    )


def _confidence(
    one_digit: NDArray[np.float64], best: NDArray[np.float64], is_digit: NDArray[np.float32]
) -> float:
    """Return the probability that a line is right, from those of its segments and digits."""
    return float(
        np.prod(one_digit**_JUDGE_EXPONENT * best**_DIGIT_EXPONENT * is_digit**_IS_DIGIT_EXPONENT)
    )


def is_one_digit(lines: Sequence[LineReading], is_unsure: bool) -> bool:
    """Return whether an image shows one digit.

    Parameters
    ----------
    lines : sequence of LineReading
        At least one.
    is_unsure : bool
        Whether the image, read as one digit, is rejected.
    """
    is_in_doubt = math.prod(line.confidence for line in lines) < _MIN_CONFIDENCE
    if len(lines) > 1:
        # A digit whose strokes do not meet may look like two lines.
        are_digits = all(len(line.digits) == 1 for line in lines)
        return not is_unsure and (are_digits or is_in_doubt)
    (line,) = lines
    if len(line.digits) == 1 or (is_in_doubt and line.one_digit >= _MIN_ONE_DIGIT_IN_DOUBT):
        return True
    return not is_unsure and line.one_digit >= _MIN_ONE_DIGIT


def _join(digits: Sequence[Digit], segments: Sequence[Segment], height: int) -> str:
    """Write digits as text, with a space where the gap is wide."""
    left, width = np.array([(one.left, one.width) for one in segments], np.float64).T / height
    gaps, distances = left[1:] - (left + width)[:-1], np.diff(left + width / 2)
    is_space = gaps > max(_MIN_SPACE, _MIN_GAP_RATIO * _usual(gaps))
    is_space &= distances > _MIN_DISTANCE_RATIO * _usual(distances)
    spaces = ["", *(" " if one else "" for one in is_space)]
    return "".join(f"{space}{one.label}" for space, one in zip(spaces, digits, strict=True))


def _usual(lengths: NDArray[np.float64]) -> float:
    """Return the lower median; 0 if there is none."""
    return float(np.quantile(lengths, 0.5, method="lower")) if len(lengths) else 0.0
