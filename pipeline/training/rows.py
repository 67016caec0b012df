"""Rows of digits of one writer each, as people write numbers: for training and for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ImageArray
from .strokes import BRUSH_SIZES, Stroke, Trajectory

HEIGHTS: Final = (48, 192)  # of the digits of a row, pixels
# Standard deviations of a digit's height and of its vertical position, relative to the height.
_SIZE_VARIATION: Final = 0.05
_SHIFT: Final = 0.08
# A wide character is lower: its width counts as this share of a height.
_WIDTH_SHARE: Final = 0.55
_MARGIN: Final = 0.12  # of the height
_FRACTION_BITS: Final = 4  # OpenCV takes coordinates in 16ths of a pixel


@dataclass(frozen=True)
class Row:
    """An image (H, W) of dark digits on white, and the digits' labels and masks (n, H, W)."""

    image: ImageArray
    labels: list[int]
    masks: NDArray[np.bool_]


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
    return Row(255 - masks.max(axis=0), list(labels), masks > 127)
