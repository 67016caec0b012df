"""Rows of digits of one writer each, as people write numbers: for training and for tests."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra.numbers import kinds
from siffra.preprocessing import ImageArray

from .data import Digits
from .feature_set import Source, Split, Strokes
from .glyphs import Glyph, digit_glyph
from .strokes import BRUSH_SIZES, Stroke, Trajectory

HEIGHTS: Final = (48, 192)  # of the digits of a row, pixels
_MARGIN: Final = 0.12  # of the height
_MAX_CLUTTER_DISTANCE: Final = 0.6  # from the characters, of the height
_MNIST_INK: Final = 80  # intensity from which a pixel of MNIST is part of its digit
_FRACTION_BITS: Final = 4  # OpenCV takes coordinates in 16ths of a pixel

Clutter = Callable[[float, np.random.Generator], Glyph]


@dataclass(frozen=True)
class Row:
    """An image of dark characters on white."""

    image: ImageArray
    text: str  # "?" for a character that is neither a digit nor a sign
    kinds: list[int]  # of each character or mark: see `siffra.numbers.kinds`
    masks: NDArray[np.bool_]  # (n, H, W)
    strokes: list[Stroke] | None = None  # of the pen, in pixels


class RowSampler:
    """Draw rows of random digits, each of one writer, from the writers of one split.

    The images of MNIST and the writers of the other characters are of the same split.
    """

    def __init__(
        self,
        strokes: Strokes,
        splits: Mapping[int, Split],
        split: Split,
        digits: Digits,
        others: Sequence[Trajectory] = (),
    ) -> None:
        self._digits = digits
        self.others = _group_by_label(others)
        self._writers: dict[Source, list[list[Trajectory]]] = {}
        for source, characters in strokes.items():
            by_writer: dict[int, list[Trajectory]] = {}
            for one in characters:
                if splits[one.writer] == split:
                    by_writer.setdefault(one.writer, []).append(one)
            if by_writer:
                self._writers[source] = list(by_writer.values())

    def halve(self) -> "tuple[RowSampler, RowSampler]":
        """Return two samplers, each with every other writer and image."""
        halves = copy.copy(self), copy.copy(self)
        for start, half in enumerate(halves):
            half._digits = self._digits[start::2]
            half._writers = {
                source: writers[start::2] or writers for source, writers in self._writers.items()
            }
        return halves

    @property
    def sources(self) -> list[Source]:
        """The sources of strokes."""
        return list(self._writers)

    def draw_strokes(
        self, source: Source, n_digits: int, gap: float, rng: np.random.Generator
    ) -> Row:
        """Draw a row of digits; see `render_digits`."""
        digits = self.draw_writer(source, rng)
        chosen = [digits[k] for k in rng.integers(len(digits), size=n_digits)]
        return render_digits(chosen, gap, rng)

    def draw_writer(self, source: Source, rng: np.random.Generator) -> list[Trajectory]:
        """Return the digits of a writer."""
        writers = self._writers[source]
        return writers[rng.integers(len(writers))]

    def draw_mnist(self, n_digits: int, gap: int, rng: np.random.Generator) -> Row:
        """Draw a row of MNIST's images; see `join_images`."""
        chosen = rng.integers(len(self._digits), size=n_digits)
        return join_images(self._digits.images[chosen], self._digits.labels[chosen].tolist(), gap)


def _group_by_label(characters: Sequence[Trajectory]) -> dict[str, list[Trajectory]]:
    groups: dict[str, list[Trajectory]] = {}
    for one in characters:
        groups.setdefault(one.label, []).append(one)
    return groups


def _every_other_writer(characters: list[Trajectory], start: int) -> list[Trajectory]:
    writers = sorted({one.writer for one in characters})[start::2]
    return [one for one in characters if one.writer in writers] or characters


def render_digits(digits: Sequence[Trajectory], gap: float, rng: np.random.Generator) -> Row:
    """Draw digits with the same gap, a share of the height, between them; see `render_row`."""
    return render_row([digit_glyph(one, rng) for one in digits], [gap] * len(digits), rng)


def render_row(
    glyphs: Sequence[Glyph],
    gaps: Sequence[float],
    rng: np.random.Generator,
    clutter: Sequence[Clutter] = (),
) -> Row:
    """Draw characters side by side with one brush.

    A gap is between the boxes around the ink of a character and of the one before it, as a share of
    the height; the first does not matter, and boxes overlap by a negative one. Each clutter returns
    a mark, given the width of the row in heights; the row begins at x = 0. The image ends near the
    characters.
    """
    height = float(np.exp(rng.uniform(*np.log(HEIGHTS))))
    brush = max(height * float(np.exp(rng.uniform(*np.log(BRUSH_SIZES)))), 1.0)
    placed: list[list[Stroke]] = []
    right = 0.0
    for glyph, gap in zip(glyphs, gaps, strict=True):
        start, end = (f(np.concatenate(glyph.strokes)[:, 0]) for f in (np.min, np.max))
        left = right + gap * height + brush if placed else 0.0
        placed.append([stroke * height + (left - start * height, 0.0) for stroke in glyph.strokes])
        right = left + (end - start) * height
    low, high = _extent(placed)
    marks = [draw(float(right / height), rng) for draw in clutter]
    placed += [[stroke * height for stroke in mark.strokes] for mark in marks]
    distance = _MAX_CLUTTER_DISTANCE * height
    near, far = _extent(placed)
    margin = brush / 2 + _MARGIN * height
    low = np.maximum(near, low - distance) - margin
    n_columns, n_rows = np.ceil(np.minimum(far, high + distance) + margin - low).astype(int)
    everything = [*glyphs, *marks]
    canvases = [
        _draw(strokes, low, (n_rows, n_columns), one.brush * brush)
        for strokes, one in zip(placed, everything, strict=True)
    ]
    return Row(
        255 - np.max(canvases, axis=0),
        "".join(one.text for one in glyphs),
        [one.kind for one in everything],
        np.stack(canvases) > 127,
        [stroke - low + 0.5 for strokes in placed for stroke in strokes],
    )


def _extent(placed: Sequence[Sequence[Stroke]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest x and y."""
    points = np.concatenate([stroke for strokes in placed for stroke in strokes])
    return points.min(axis=0), points.max(axis=0)


def _draw(
    strokes: Sequence[Stroke], low: NDArray[np.float64], shape: tuple[int, int], brush: float
) -> ImageArray:
    canvas = np.zeros(shape, np.uint8)
    for stroke in strokes:
        line = np.rint((stroke - low) * 2**_FRACTION_BITS).astype(np.int32)
        if len(line) == 1:
            line = np.concatenate([line, line + 1])  # OpenCV does not draw a line of one point
        cv2.polylines(canvas, [line], False, 255, max(1, round(brush)), cv2.LINE_AA, _FRACTION_BITS)
    return canvas


def join_images(images: ImageArray, labels: Sequence[int], gap: int) -> Row:
    """Put MNIST images side by side, `gap` pixels between their ink."""
    parts = []
    for image in images:
        left, _, width, _ = cv2.boundingRect((image > 0).view(np.uint8))
        parts.append(image[:, left : left + width])
    width = sum(part.shape[1] for part in parts) + gap * (len(parts) - 1)
    masks = np.zeros((len(parts), images.shape[1] + 8, width + 8), np.uint8)
    left = 4
    for mask, part in zip(masks, parts, strict=True):
        mask[4:-4, left : left + part.shape[1]] = part
        left += part.shape[1] + gap
    text = "".join(map(str, labels))
    return Row(255 - masks.max(axis=0), text, [kinds.DIGIT] * len(text), masks > _MNIST_INK)
