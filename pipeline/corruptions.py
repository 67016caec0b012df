"""Corruptions of MNIST's images, one moderate severity each."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import cv2
import numpy as np

from siffra.preprocessing import ImageArray

_SIDE: Final = 28
_SHIFT_SIDE: Final = 40
_SCALE: Final = 4  # strokes and lines are drawn at this many times MNIST's size

# From an image (28, 28), uint8, bright on black, to a corrupted one of this or a larger size.
Corruption: TypeAlias = Callable[[ImageArray, np.random.Generator], ImageArray]


def shift(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Place the image at random on a larger canvas."""
    canvas = np.zeros((_SHIFT_SIDE, _SHIFT_SIDE), dtype=np.uint8)
    top, left = rng.integers(0, _SHIFT_SIDE - _SIDE + 1, 2)
    canvas[top : top + _SIDE, left : left + _SIDE] = image
    return canvas


def rotate(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Rotate the digit to one side or the other."""
    angle = np.radians(25) * rng.choice([-1, 1])
    return _warp(image, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _warp(image: ImageArray, matrix: Any) -> ImageArray:
    """Apply a linear map (2, 2) around the center."""
    matrix, center = np.asarray(matrix), np.full(2, (_SIDE - 1) / 2)
    affine = np.column_stack([matrix, center - matrix @ center])
    return cv2.warpAffine(image, affine, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)


def thin(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Make strokes about one pixel narrower."""
    return cv2.erode(_enlarge(image), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))


def thicken(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Make strokes about two pixels wider."""
    return cv2.dilate(_enlarge(image), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))


def _enlarge(image: ImageArray) -> ImageArray:
    """Enlarge the image, so that fractions of its pixels can be drawn."""
    size = (_SIDE * _SCALE, _SIDE * _SCALE)
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)


def add_noise(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Add Gaussian noise."""
    return np.clip(image + rng.normal(0, 40, image.shape), 0, 255).astype(np.uint8)


def draw_rules(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Draw the lines of ruled paper, half a pixel wide and paler than the digit."""
    canvas, spacing = _enlarge(image), 9 * _SCALE
    for y in range(int(rng.integers(spacing)), len(canvas), spacing):
        lines = canvas[y : y + _SCALE // 2]
        np.maximum(lines, 150, out=lines)
    return canvas


def draw_line(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Draw a line one pixel wide from the left edge to the right one."""
    canvas = _enlarge(image)
    left, right = rng.integers(0, len(canvas), 2).tolist()
    ends = (0, left), (len(canvas) - 1, right)
    return cv2.line(canvas, *ends, 255, _SCALE, cv2.LINE_AA)


def spatter(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Draw ten drops of up to two pixels in diameter."""
    canvas = _enlarge(image)
    for x, y in rng.integers(0, len(canvas), (10, 2)).tolist():
        cv2.circle(canvas, (x, y), int(rng.integers(1, _SCALE + 1)), 255, -1, cv2.LINE_AA)
    return canvas


def compress(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Compress the image as JPEG of a low quality."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 10])
    decoded: Any = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    return decoded


CORRUPTIONS: Final[dict[str, Corruption]] = {
    "none": lambda image, rng: image,
    "shift on a canvas of 40 x 40": shift,
    "scale by 0.6": lambda image, rng: _warp(image, [[0.6, 0], [0, 0.6]]),
    "rotation by 25 degrees": rotate,
    "shear by 0.4": lambda image, rng: _warp(image, [[1, 0.4 * rng.choice([-1, 1])], [0, 1]]),
    "strokes about 1 pixel thinner": thin,
    "strokes about 2 pixels thicker": thicken,
    "blur, sigma 1.5 pixels": lambda image, rng: cv2.GaussianBlur(image, (0, 0), 1.5),
    "noise, sigma 40 of 255": add_noise,
    "a fifth of the contrast": lambda image, rng: 100 + image // 5,
    "inversion": lambda image, rng: 255 - image,
    "ruled lines": draw_rules,
    "line across": draw_line,
    "spatter": spatter,
    "JPEG, quality 10": compress,
}
