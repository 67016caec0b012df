"""Characters of a number, at the size and the height at which people write them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from siffra.numbers import kinds

from .augmentation import distort_strokes
from .strokes import Stroke, Trajectory

# Standard deviations of a digit's height and of its vertical position, relative to the height.
_SIZE_VARIATION: Final = 0.05
_SHIFT: Final = 0.08
# A wide character is lower: its width counts as this share of a height.
_WIDTH_SHARE: Final = 0.55
_ROTATION: Final = 4.0  # degrees; standard deviation
_GENERATED_SHARE: Final = 0.3  # of the signs, the others are drawn by people
_MAX_DOT: Final = 0.1  # of a height


class Glyph(NamedTuple):
    """A character: strokes in heights of a digit, y from 0 at the top to the base line at 1."""

    strokes: list[Stroke]
    kind: int  # see `siffra.numbers.kinds`
    text: str
    brush: float = 1.0  # width of its strokes, relative to the others


class Place(NamedTuple):
    """How long the longer side of a character is, and where its top (0) or bottom (1) is."""

    sizes: tuple[float, float]
    anchor: float
    positions: tuple[float, float]


_SIGNS: Final = {
    "-": Place((0.18, 0.6), 0.5, (0.38, 0.7)),
    ".": Place((0.0, _MAX_DOT), 1.0, (0.9, 1.06)),
    ",": Place((0.14, 0.4), 0.0, (0.78, 1.0)),
    "/": Place((0.9, 1.5), 0.5, (0.4, 0.6)),
    ":": Place((0.3, 0.7), 0.5, (0.5, 0.72)),
}
_LOW: Final = Place((0.35, 0.75), 0.5, (0.42, 0.65))
_TALL: Final = Place((1.0, 1.5), 0.5, (0.45, 0.6))
_CAPITAL: Final = Place((0.8, 1.2), 1.0, (0.95, 1.05))
_SMALL: Final = Place((0.45, 0.75), 1.0, (0.95, 1.05))
OTHERS: Final = (
    dict.fromkeys("+=*<>", _LOW)
    | dict.fromkeys("()[]{}", _TALL)
    | dict.fromkeys("%#&$?@ACEFHKLMNPRTUVWXY", _CAPITAL)
    | dict.fromkeys("aceknruvwx", _SMALL)
    | dict.fromkeys("dfhty", _CAPITAL)
)


def digit_glyph(digit: Trajectory, rng: np.random.Generator, size: float = 1.0) -> Glyph:
    """Place a digit on the base line; `size` is its height, about."""
    points = np.concatenate(digit.strokes)
    low, (width, tall) = points.min(axis=0), np.ptp(points, axis=0)
    scale = size * np.exp(rng.normal(0, _SIZE_VARIATION)) / max(tall, _WIDTH_SHARE * width, 1e-9)
    top = 1 - scale * tall + rng.normal(0, _SHIFT * size)
    strokes = [(stroke - low) * scale + (0.0, top) for stroke in digit.strokes]
    return Glyph(strokes, kinds.DIGIT, digit.label)


def character_glyph(
    character: str, drawn: Mapping[str, Sequence[Trajectory]], rng: np.random.Generator
) -> Glyph:
    """Place a sign or another character, drawn by people if there are such drawings."""
    known = drawn.get(character, ())
    if character in _SIGNS:
        place, kind, text = _SIGNS[character], kinds.FIRST_SIGN, character
        kind += kinds.SIGNS.index(character)
    else:
        place, kind, text = OTHERS[character], kinds.OTHER, kinds.UNREAD
    is_drawn = known and (kind == kinds.OTHER or rng.random() >= _GENERATED_SHARE)
    strokes = (
        known[int(rng.integers(len(known)))].strokes if is_drawn else _generate(character, rng)
    )
    strokes = distort_strokes(strokes, rng, _ROTATION)
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(*place.sizes) / max(extent.max(), 1e-9)
    top = rng.uniform(*place.positions) - place.anchor * scale * extent[1]
    return Glyph([(one - low) * scale + (0.0, top) for one in strokes], kind, text)


def _generate(character: str, rng: np.random.Generator) -> list[Stroke]:
    """Draw a sign with straight lines; a cross for any other character."""
    if character == ".":
        return [_dot(0.0, 0.0, rng)]
    if character == ":":
        size = rng.uniform(0.0, 0.2)
        return [size * _dot(0.0, 0.0, rng), size * _dot(0.0, 0.0, rng) + (rng.normal(0, 0.08), 1.0)]
    if character == "-":
        return [_line((0, 0), (1, rng.normal(0, 0.1)))]
    if character == "/":
        return [_line((rng.uniform(0.15, 0.8), 0), (0, 1))]
    if character == ",":
        return [_line((rng.uniform(0.1, 0.6), 0), (0, 1))]
    if character == "=":
        return [_line((0, 0), (1, rng.normal(0, 0.05))), _line((0, 0.4), (1, 0.4))]
    return [_line((0, 0.5), (1, 0.5)), _line((0.5, 0), (0.5, 1))]


def _line(start: tuple[float, float], end: tuple[float, float]) -> Stroke:
    return np.linspace(start, end, 6)


def _dot(x: float, y: float, rng: np.random.Generator) -> Stroke:
    """Draw what a pen leaves that is put down: a point, or a small arc."""
    angles = np.linspace(0, rng.uniform(0, 2 * np.pi), 6)
    return np.stack([x + np.cos(angles), y + np.sin(angles)], axis=1) - (1.0, 0.0)


def join_zeros(glyphs: Sequence[Glyph], rng: np.random.Generator) -> list[Glyph]:
    """Connect neighbors of one stroke that are both 0, as a pen that is not lifted does."""
    joined = list(glyphs)
    for k, (one, other) in enumerate(pairwise(glyphs)):
        if one.text == other.text == "0":
            start, end = one.strokes[-1][-1], other.strokes[0][0]
            joined[k + 1] = joined[k + 1]._replace(
                strokes=[_link(start, end, rng), *joined[k + 1].strokes]
            )
    return joined


def _link(start: NDArray[np.float64], end: NDArray[np.float64], rng: np.random.Generator) -> Stroke:
    middle = (start + end) / 2 + (0.0, rng.uniform(-0.05, 0.1))
    return np.stack([start, middle, end])


def cell_lines(width: float, rng: np.random.Generator) -> Glyph:
    """Draw the lines of a table's cell around digits of a width: one side, or two."""
    far = 10.0 if rng.random() < 0.5 else rng.uniform(0.1, 0.6)  # beyond the image's edge, or not
    top, bottom = -rng.uniform(0.12, 0.5), 1 + rng.uniform(0.12, 0.5)
    left, right = -rng.uniform(0.1, 0.6), width + rng.uniform(0.1, 0.6)
    sides = [
        _line((left, top - far), (left, bottom + far)),
        _line((right, top - far), (right, bottom + far)),
        _line((left - far, top), (right + far, top)),
        _line((left - far, bottom), (right + far, bottom)),
    ]
    first = int(rng.integers(4))
    chosen = [sides[first]]
    if rng.random() < 0.3:
        chosen.append(sides[(first + 2) % 4 if rng.random() < 0.3 else (first // 2 * 2 + 2) % 4])
    slope = rng.normal(0, 0.01)
    tilted = [one + np.stack([-slope * one[:, 1], slope * one[:, 0]], axis=1) for one in chosen]
    return Glyph(tilted, kinds.CLUTTER, "", rng.uniform(0.3, 1.1))


def speck(width: float, rng: np.random.Generator) -> Glyph:
    """Draw a speck above, between or below the digits, not where a point is."""
    x = rng.uniform(-0.3, width + 0.3)
    y = rng.uniform(-0.3, 0.7) if rng.random() < 0.75 else rng.uniform(1.2, 1.45)
    size = rng.uniform(0.005, 0.05)
    return Glyph([_dot(0.0, 0.0, rng) * size + (x, y)], kinds.CLUTTER, "", rng.uniform(0.3, 0.8))
