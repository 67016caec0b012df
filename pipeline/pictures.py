"""Kinds of pictures that people make, drawn by a program from digits of writers held out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import cv2
import numpy as np

from siffra.exceptions import BlankImageError
from siffra.preprocessing import ImageArray
from siffra.reader import DigitReader

from .data import SUBSAMPLING
from .evaluation import wilson_interval
from .parallel import in_chunks
from .rows import render_digits
from .shapes import (
    Form,
    add_flag,
    cross_stem,
    curl_tail,
    move_bar,
    photograph,
    scan,
    slash,
    straighten_top,
)
from .strokes import CANVAS_SIZE, Trajectory, render

N_IMAGES: Final = 200  # of each kind
EMPTY: Final = ""  # what a cell without a digit shows
GAPS: Final = (0.15, 0.4)  # between the digits of a number, as shares of their height

Draw: TypeAlias = Callable[[Trajectory, np.random.Generator], ImageArray]
DrawRow: TypeAlias = Callable[[ImageArray, np.random.Generator], ImageArray]


@dataclass(frozen=True)
class PictureEvaluation:
    """The readings of one kind of picture; rates are from 0 to 1, intervals of 95 %."""

    kind: str
    n_images: int
    right: float  # the guess, all of a number; for an empty cell, that nothing is asserted
    right_interval: tuple[float, float]
    sure_and_wrong: float
    sure_and_wrong_interval: tuple[float, float]


def _draw(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Draw with a pen neither very thin nor very broad, dark on white."""
    return 255 - render(character.strokes, rng, brushes=(1 / 30, 1 / 14))


def _photo(side: int, character: Trajectory, rng: np.random.Generator) -> ImageArray:
    return photograph(render(character.strokes, rng, brushes=(1 / 20, 1 / 12)), rng, side)


def _form(form: Form, character: Trajectory, rng: np.random.Generator) -> ImageArray:
    return 255 - render(form(character.strokes, rng), rng)


def _underline(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Draw a line below the digit, which may touch it."""
    image = _draw(character, rng)
    left, top, width, height = cv2.boundingRect((image < 128).astype(np.uint8))
    y = min(top + height + int(rng.integers(-3, 15)), CANVAS_SIZE - 4)
    reach = rng.uniform(0.25, 0.6, 2) * max(width, height)
    ends = (int(left - reach[0]), y), (int(left + width + reach[1]), y + int(rng.integers(-4, 5)))
    return cv2.line(image, *ends, 0, int(rng.integers(3, 9)), cv2.LINE_AA)


def _frame(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Draw a frame around the digit."""
    image = np.pad(_draw(character, rng), 60, constant_values=255)
    low, high = rng.integers(15, 45, 2).tolist(), rng.integers(475, 505, 2).tolist()
    return cv2.rectangle(image, low, high, 0, int(rng.integers(2, 9)), cv2.LINE_AA)


def _ruled(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Draw on ruled paper."""
    image = _draw(character, rng)
    distance = int(rng.integers(60, 140))
    for y in range(int(rng.integers(distance)), CANVAS_SIZE, distance):
        cv2.line(image, (0, y), (CANVAS_SIZE, y), 110, int(rng.integers(1, 4)))
    return image


def _dark_edge(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Photograph a small digit on a page beside which a dark table shows."""
    drawing = render(character.strokes, rng, brushes=(1 / 20, 1 / 12))
    page = np.pad(drawing, rng.integers(70, 270, (2, 2)).tolist())
    side = round(300 * min(page.shape) / CANVAS_SIZE)
    return _beside_table(photograph(page, rng, side), rng)


def _beside_table(page: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Let a dark table show along the left edge of a page."""
    page[:, : rng.integers(8, 30)] = rng.integers(10, 60)
    return page


def _empty(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Photograph an empty cell with the trace of a line along its edge."""
    del character
    image = np.full((120, 120), 235, np.uint8)
    x = int(rng.integers(0, 3))
    cv2.line(image, (x, 0), (x + int(rng.integers(-1, 2)), 119), 70, int(rng.integers(1, 4)))
    noisy = image + rng.normal(0, 2, image.shape)
    return np.rot90(np.clip(noisy, 0, 255).astype(np.uint8), int(rng.integers(4))).copy()


def _scan(character: Trajectory, rng: np.random.Generator) -> ImageArray:
    """Scan a digit at 16 x 16 pixels."""
    return scan(render(character.strokes, rng, size=160, brushes=(1 / 18, 1 / 9)), rng)


def _page(row: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Photograph a number on a page beside which a dark table shows."""
    return _beside_table(photograph(np.pad(row, 40), rng, int(rng.integers(100, 300))), rng)


def _shadow(row: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Photograph a number on which a soft shadow falls, from one side."""
    photo = photograph(np.pad(row, 30), rng, int(rng.integers(100, 300)))
    x = np.linspace(0, 1, photo.shape[1])
    shade = np.clip((x - rng.uniform(0.3, 0.7)) * rng.uniform(4, 30) + 0.5, 0, 1)
    return (photo * (1 - rng.uniform(0.25, 0.55) * shade)).astype(np.uint8)


def _pattern(row: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Photograph a number on a strip with printed waves, as on a check."""
    photo = photograph(row, rng, 60)
    y, x = np.indices(photo.shape)
    waves = np.sin(2 * np.pi * (y + 3 * np.sin(x / rng.uniform(3, 10))) / rng.uniform(3, 9))
    return np.clip(photo + rng.uniform(5, 16) * waves, 0, 255).astype(np.uint8)


# How each kind is drawn, and the digits of which it is.
KINDS: Final[dict[str, tuple[Draw, str]]] = {
    "drawing": (_draw, "0123456789"),
    "photo of plain paper": (partial(_photo, 300), "0123456789"),
    "photo of 48 x 48 pixels": (partial(_photo, 48), "0123456789"),
    "photo with a dark edge": (_dark_edge, "0123456789"),
    "scan of 16 x 16 pixels": (_scan, "0123456789"),
    "underlined": (_underline, "0123456789"),
    "in a frame": (_frame, "0123456789"),
    "on ruled paper": (_ruled, "0123456789"),
    "0 with a slash": (partial(_form, slash), "0"),
    "1 with a flag, up to its foot": (partial(_form, add_flag), "1"),
    "5 whose bar is apart": (partial(_form, move_bar), "5"),
    "6 with a straight top": (partial(_form, straighten_top), "6"),
    "7 with a bar through its stem": (partial(_form, cross_stem), "7"),
    "9 with a curled tail": (partial(_form, curl_tail), "9"),
    "empty cell with a trace of a line": (_empty, ""),
}
NUMBER_KINDS: Final[dict[str, DrawRow]] = {
    "number beside a dark edge": _page,
    "number in a soft shadow": _shadow,
    "number on patterned paper": _pattern,
}


def evaluate_pictures(
    reader: DigitReader, characters: Sequence[Trajectory], seed: int, fast: bool = False
) -> list[PictureEvaluation]:
    """Read pictures of each kind, drawn from digits of writers that the reader was not fitted on.

    Kinds of digits that are not among the characters are left out. With `fast`, only a tenth of the
    pictures are read.
    """
    if not characters:
        return []
    evaluations = []
    n_images = N_IMAGES // SUBSAMPLING if fast else N_IMAGES
    for index, (kind, (draw, labels)) in enumerate(KINDS.items()):
        rng = np.random.default_rng([seed, index])
        chosen = [one for one in characters if not labels or one.label in labels]
        if chosen:
            images = _draw_all(draw, labels, chosen, n_images, rng)
            evaluations.append(_summarize(kind, in_chunks(partial(_read, reader=reader), images)))
    for index, (kind, draw_row) in enumerate(NUMBER_KINDS.items(), len(KINDS)):
        rng = np.random.default_rng([seed, index])
        numbers = _draw_numbers(draw_row, characters, n_images, rng)
        evaluations.append(_summarize(kind, in_chunks(partial(_read, reader=reader), numbers)))
    return evaluations


def _draw_all(
    draw: Draw,
    labels: str,
    characters: Sequence[Trajectory],
    n_images: int,
    rng: np.random.Generator,
) -> Iterator[tuple[ImageArray, str]]:
    """Yield pictures and the digits that they show."""
    for k in rng.integers(len(characters), size=n_images):
        yield draw(characters[k], rng), characters[k].label if labels else EMPTY


def _draw_numbers(
    draw: DrawRow, characters: Sequence[Trajectory], n_images: int, rng: np.random.Generator
) -> Iterator[tuple[ImageArray, str]]:
    """Yield pictures of two to five digits of one writer, and their labels."""
    for k in rng.integers(len(characters), size=n_images):
        digits = [one for one in characters if one.writer == characters[k].writer]
        chosen = [digits[i] for i in rng.integers(len(digits), size=rng.integers(2, 6))]
        row = render_digits(chosen, rng.uniform(*GAPS), rng)
        yield draw(255 - row.image, rng), "".join(one.label for one in chosen)


def _read(images: Sequence[tuple[ImageArray, str]], reader: DigitReader) -> list[tuple[bool, bool]]:
    """Return whether each picture is read right, and whether it is asserted to be another."""
    found = []
    for image, text in images:
        try:
            one = reader.read_number(image) if len(text) > 1 else reader.read(image)
        except BlankImageError:
            found.append((text == EMPTY, False))
            continue
        is_wrong = one.label is not None and str(one.label) != text
        is_right = not is_wrong if text == EMPTY else str(one.guess) == text
        found.append((is_right, is_wrong))
    return found


def _summarize(kind: str, found: Sequence[tuple[bool, bool]]) -> PictureEvaluation:
    right, wrong = np.mean(found, axis=0).tolist()
    n = len(found)
    return PictureEvaluation(
        kind, n, right, wilson_interval(right, n), wrong, wilson_interval(wrong, n)
    )
