"""Read a whole number: its digits, where they are, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..adaptation import Adaptation
from ..forest import LowLatencyRandomForest
from ..preprocessing import ImageArray
from .components import Line, find_components, find_lines_of_text
from .foreground import Foreground
from .kinds import DIGIT, SLASH, is_lone_slash, possible_kinds, text_of
from .lattice import CLEAR, Lattice, best_path, choose_kinds, judge_line
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
# Of a digit: that it is whole, that it is no other character, which one, and that it is one at all.
_DIGIT_EXPONENTS: Final = (0.08, 0.2, 0.4, 0.25)
# Of a sign, ruled line or speck: that it is whole, and that it is no other character.
_OTHER_EXPONENTS: Final = (0.02, 0.65)
_MIN_PROBABILITY: Final = 1e-4
# An image that is not rejected counts as one digit above this probability of the judge.
_MIN_ONE_DIGIT: Final = 0.2
# A number with less confidence is doubtful.
_MIN_CONFIDENCE: Final = 0.4
# Instead of a doubtful number, any image counts as one digit above this probability.
_MIN_ONE_DIGIT_IN_DOUBT: Final = 0.1


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
class Mark:
    """What is beside the digits of a number.

    Parameters
    ----------
    text : str
        A sign; "?" for another character; nothing for ink that was left out, such as a ruled line.
    box : tuple of float
        See `Digit`.
    """

    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class LineReading:
    """The likeliest digits of one line of text, and the signs between them."""

    digits: list[Digit]
    marks: list[Mark]
    text: str  # digits and signs, "?" for a character that is neither, and spaces
    confidence: float  # probability that all of it is right
    one_digit: float  # probability that the whole line is one digit


def read_lines(
    pipeline: Pipeline,
    judge: LowLatencyRandomForest,
    foreground: Foreground,
    adaptation: Adaptation | None = None,
    strokes: Sequence[Stroke] | None = None,
) -> list[LineReading]:
    """Read each line of text that has a digit, from top to bottom.

    The Pipeline reads a segment as a digit, and the judge tells from its signals whether it is one
    whole digit. A TooManyError is raised if the image has more parts than a number.
    """
    budget = Budget()
    if strokes is None:
        components = find_components(foreground.mask)
    else:
        components = find_drawn_components(foreground, strokes, budget)
    known: Known = {}
    readings = []
    for line in find_lines_of_text(components):
        best, reading = -math.inf, None
        for order in line.orders:
            lattice, judged = judge_line(
                pipeline, judge, order, foreground, budget, adaptation, known
            )
            kinds, likelihoods = choose_kinds(judged, lattice.probabilities)
            path, score = best_path(lattice, likelihoods)
            if reading is None or score > best:
                best = score
                reading = _to_reading(
                    lattice, judged, kinds, path, line, foreground, strokes is not None
                )
            if (judged[path, kinds[path]] >= CLEAR).all():
                break
        if reading and reading.digits:
            readings.append(reading)
    return readings


def _to_reading(
    lattice: Lattice,
    judged: NDArray[np.float64],
    kinds: NDArray[np.intp],
    path: list[int],
    line: Line,
    foreground: Foreground,
    is_drawn: bool,
) -> LineReading:
    """Return the characters of a path, from left to right."""
    places = [2 * lattice.segments[k].left + lattice.segments[k].width for k in path]
    ordered = np.array(path, np.intp)[np.argsort(places, kind="stable")]
    # A line beside a number is no slash, whatever it looks like.
    lone = ordered[is_lone_slash(kinds[ordered])]
    judged, kinds = judged.copy(), kinds.copy()
    judged[lone, SLASH] = 0
    kinds[lone] = choose_kinds(judged[lone], lattice.probabilities[lone])[0]
    # What another character would have to be at its place counts against none.
    chances_of_kinds = judged[ordered] * possible_kinds(kinds[ordered], is_drawn)
    chances_of_kinds /= np.maximum(chances_of_kinds.sum(axis=1, keepdims=True), _MIN_PROBABILITY)
    digits, marks, characters, confidence = [], [], [], 1.0
    for index, of_kinds in zip(ordered, chances_of_kinds, strict=True):
        kind, segment, row = (
            int(kinds[index]),
            lattice.segments[index],
            lattice.probabilities[index],
        )
        digit, whole = int(row.argmax()), of_kinds[kind]
        chances = [whole, whole / max(of_kinds[DIGIT:].sum(), _MIN_PROBABILITY)]
        if text := text_of(kind, digit):
            characters.append((text, segment))
        box = foreground.to_image(segment.left, segment.top, segment.width, segment.height)
        if kind != DIGIT:
            marks.append(Mark(text, box))
        else:
            digits.append(Digit(digit, row, box, lattice.digits[index]))
            chances += [row[digit], lattice.signals[index, IS_DIGIT]]
        exponents = _DIGIT_EXPONENTS if kind == DIGIT else _OTHER_EXPONENTS
        confidence *= float(np.prod(np.power(chances, exponents)))
    all_of_it = lattice.find(0, lattice.n_boundaries - 1)
    one_digit = 0.0 if all_of_it is None else float(judged[all_of_it, DIGIT])
    return LineReading(digits, marks, _join(characters, line.height), confidence, one_digit)


def is_one_digit(lines: Sequence[LineReading], is_unsure: bool) -> bool:
    """Return whether an image of these lines, at least one, shows one digit.

    It is unsure if the image, read as one digit, is rejected.
    """
    is_in_doubt = math.prod(line.confidence for line in lines) < _MIN_CONFIDENCE
    if len(lines) > 1:
        # A digit whose strokes do not meet may look like two lines.
        are_digits = all(len(line.text) == 1 for line in lines)
        return not is_unsure and (are_digits or is_in_doubt)
    (line,) = lines
    if len(line.text) == 1 or (is_in_doubt and line.one_digit >= _MIN_ONE_DIGIT_IN_DOUBT):
        return True
    return not is_unsure and line.one_digit >= _MIN_ONE_DIGIT


def _join(characters: Sequence[tuple[str, Segment]], height: int) -> str:
    """Write a text, with a space between digits where the gap is wide."""
    is_pair = np.array([(a + b).isdigit() for (a, _), (b, _) in pairwise(characters)], bool)
    boxes = [(one.left, one.width) for _, one in characters]
    left, width = np.array(boxes, np.float64).reshape(-1, 2).T / height
    gaps, distances = left[1:] - (left + width)[:-1], np.diff(left + width / 2)
    is_space = gaps > max(_MIN_SPACE, _MIN_GAP_RATIO * _usual(gaps[is_pair]))
    is_space &= is_pair & (distances > _MIN_DISTANCE_RATIO * _usual(distances[is_pair]))
    spaces = ["", *(" " if one else "" for one in is_space)]
    return "".join(space + text for space, (text, _) in zip(spaces, characters, strict=False))


def _usual(lengths: NDArray[np.float64]) -> float:
    """Return the lower median; 0 if there is none."""
    return float(np.quantile(lengths, 0.5, method="lower")) if len(lengths) else 0.0
