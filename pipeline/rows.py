"""Rows of digits of one writer each, as people write numbers: for training and for tests."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra.preprocessing import ImageArray

from .data import Digits
from .feature_set import Source, Split, Strokes
from .strokes import BRUSH_SIZES, Stroke, Trajectory

HEIGHTS: Final = (48, 192)  # of the digits of a row, pixels
# Standard deviations of a digit's height and of its vertical position, relative to the height.
_SIZE_VARIATION: Final = 0.05
_SHIFT: Final = 0.08
# A wide character is lower: its width counts as this share of a height.
_WIDTH_SHARE: Final = 0.55
_MARGIN: Final = 0.12  # of the height
_MNIST_INK: Final = 80  # intensity from which a pixel of MNIST is part of its digit
_FRACTION_BITS: Final = 4  # OpenCV takes coordinates in 16ths of a pixel


@dataclass(frozen=True)
class Row:
    """An image (H, W) of dark digits on white, and the digits' labels and masks (n, H, W)."""

    image: ImageArray
    labels: list[int]
    masks: NDArray[np.bool_]


class RowSampler:
    """Draw rows of random digits, each of one writer, from the writers of one split.

    Parameters
    ----------
    strokes : mapping of Source to sequence of Trajectory
    splits : mapping of int to Split
        Of each writer.
    split : Split
    digits : Digits
        MNIST's images of the same split.
    """

    def __init__(
        self, strokes: Strokes, splits: Mapping[int, Split], split: Split, digits: Digits
    ) -> None:
        self._digits = digits
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
        """Draw a row of strokes; see `render_row`."""
        writers = self._writers[source]
        digits = writers[rng.integers(len(writers))]
        return render_row([digits[k] for k in rng.integers(len(digits), size=n_digits)], gap, rng)

    def draw_mnist(self, n_digits: int, gap: int, rng: np.random.Generator) -> Row:
        """Draw a row of MNIST's images; see `join_images`."""
        chosen = rng.integers(len(self._digits), size=n_digits)
        return join_images(self._digits.images[chosen], self._digits.labels[chosen].tolist(), gap)


def render_row(digits: Sequence[Trajectory], gap: float, rng: np.random.Generator) -> Row:
    """Draw digits side by side with one brush.

    Parameters
    ----------
    digits : sequence of Trajectory
    gap : float
        Between the boxes around the ink of neighbors, as a share of the height. If it is
        negative, the boxes overlap.
    rng : numpy.random.Generator
    """
    height = float(np.exp(rng.uniform(*np.log(HEIGHTS))))
    brush = max(height * float(np.exp(rng.uniform(*np.log(BRUSH_SIZES)))), 1.0)
    placed: list[list[Stroke]] = []
    right = 0.0
    for digit in digits:
        strokes = _resize(digit.strokes, height * float(np.exp(rng.normal(0, _SIZE_VARIATION))))
        size = np.concatenate(strokes).max(axis=0)
        top = height - size[1] + rng.normal(0, _SHIFT) * height
        left = right + gap * height + brush if placed else 0.0
        placed.append([stroke + np.array([left, top]) for stroke in strokes])
        right = left + size[0]
    points = np.concatenate([stroke for strokes in placed for stroke in strokes])
    margin = brush / 2 + _MARGIN * height
    low = points.min(axis=0) - margin
    n_columns, n_rows = np.ceil(points.max(axis=0) + margin - low).astype(int)
    canvases = [_draw(strokes, low, (n_rows, n_columns), brush) for strokes in placed]
    image = 255 - np.max(canvases, axis=0)
    return Row(image, [int(digit.label) for digit in digits], np.stack(canvases) > 127)


def _resize(strokes: Sequence[Stroke], height: float) -> list[Stroke]:
    """Scale a character to a height, with its top left corner at the origin."""
    points = np.concatenate(strokes)
    low, (width, tall) = points.min(axis=0), np.ptp(points, axis=0)
    scale = height / max(tall, _WIDTH_SHARE * width, 1e-9)
    return [(stroke - low) * scale for stroke in strokes]


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
    """Put MNIST images side by side, `gap` pixels between their ink.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Bright digits on black.
    labels : sequence of int
    gap : int
    """
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
    return Row(255 - masks.max(axis=0), list(labels), masks > _MNIST_INK)
