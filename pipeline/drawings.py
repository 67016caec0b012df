"""Drawings that are not digits, generated: scribbles, curves, shapes, dots, two digits."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from siffra.preprocessing import ImageArray

from .augmentation import distort_strokes
from .shapes import bend
from .strokes import CANVAS_SIZE, Stroke, render

# Characters that look like a digit, or are hardly more than a dot: not used for training.
LOOKALIKES: Final = "OoDQlIiJjSsZzBbqgG|/\\()[]{}!1.,:;'`\"-_~"
FONTS: Final = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)
_ROTATION: Final = 8.0
_BEND: Final = 0.03

Drawing = Callable[[np.random.Generator], ImageArray]


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
    """Draw a dot, as a tap of the brush makes it."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    center = rng.integers(60, CANVAS_SIZE - 60, 2).tolist()
    return cv2.circle(canvas, center, int(rng.integers(5, 21)), 255, -1, cv2.LINE_AA)


def pair(rng: np.random.Generator) -> ImageArray:
    """Write two digits side by side."""
    canvas = np.zeros((CANVAS_SIZE, CANVAS_SIZE), dtype=np.uint8)
    text, font = f"{rng.integers(10, 100)}", FONTS[rng.integers(2)]
    scale, thickness = rng.uniform(5, 7), int(rng.integers(10, 35))
    return cv2.putText(canvas, text, (60, 280), font, scale, 255, thickness, cv2.LINE_AA)


def _ellipse(x: float, y: float, width: float, height: float) -> Stroke:
    time = np.linspace(0, 2 * np.pi, 40)
    return np.stack([x + width * np.cos(time), y + height * np.sin(time)], axis=1)


def smiley(rng: np.random.Generator) -> list[Stroke]:
    """Return a face."""
    time = np.linspace(0.15 * np.pi, 0.85 * np.pi, 15)
    mouth = np.stack([0.6 * np.cos(time), rng.uniform(0.4, 0.6) * np.sin(time)], axis=1)
    eyes = [_ellipse(x, -0.3, 0.08, 0.1) for x in (-0.35, 0.35)]
    return [_ellipse(0, 0, 1, rng.uniform(0.85, 1.15)), *eyes, mouth]


def heart(rng: np.random.Generator) -> list[Stroke]:
    """Return a heart."""
    time = np.linspace(0, 2 * np.pi, 50)
    y = 13 * np.cos(time) - 5 * np.cos(2 * time) - 2 * np.cos(3 * time) - np.cos(4 * time)
    return [np.stack([16 * np.sin(time) ** 3, -y * rng.uniform(0.8, 1.2)], axis=1)]


def zigzag(rng: np.random.Generator) -> list[Stroke]:
    """Return a zigzag line."""
    n = int(rng.integers(4, 8))
    x, y = np.arange(n), np.arange(n) % 2 * rng.uniform(0.6, 3)
    return [np.stack([x, y], axis=1) + rng.normal(0, 0.1, (n, 2))]


def cross(rng: np.random.Generator) -> list[Stroke]:
    """Return two crossing lines."""
    lean = rng.uniform(-0.3, 0.3)
    return [np.array([[-1, lean - 1], [1, 1]]), np.array([[-1, 1], [1, lean - 1]])]


def arrow(rng: np.random.Generator) -> list[Stroke]:
    """Return an arrow in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return [
        np.array([[-1.0, 0], [1, 0]]) @ turn,
        np.array([[0.5, -0.4], [1, 0], [0.5, 0.4]]) @ turn,
    ]


def polygon(rng: np.random.Generator) -> list[Stroke]:
    """Return a triangle, a rectangle or a star."""
    n, step = ((3, 1), (4, 1), (5, 2))[rng.integers(3)]
    angles = np.arange(n + 1) * step * 2 * np.pi / n - np.pi / 2 + (n == 4) * np.pi / 4
    corners = np.stack([np.cos(angles), np.sin(angles) * rng.uniform(0.7, 1.3)], axis=1)
    corners[:-1] += rng.normal(0, 0.06, (n, 2))
    return [np.concatenate([corners[:-1], corners[:1]])]


def lines(rng: np.random.Generator) -> list[Stroke]:
    """Return two to four parallel lines, upright or level."""
    shifts = 0.45 * np.arange(rng.integers(2, 5))
    strokes = [np.array([[x, 0], [x + rng.uniform(-0.1, 0.1), 1]]) for x in shifts]
    return strokes if rng.random() < 0.5 else [stroke[:, ::-1] for stroke in strokes]


def spiral(rng: np.random.Generator) -> list[Stroke]:
    """Return a spiral of two to four turns."""
    time = np.linspace(0, rng.uniform(2, 4) * 2 * np.pi, 60)
    return [np.stack([time * np.cos(time), time * np.sin(time)], axis=1)]


def wave(rng: np.random.Generator) -> list[Stroke]:
    """Return a sine wave."""
    time = np.linspace(0, rng.uniform(1.5, 4) * 2 * np.pi, 50)
    return [np.stack([time, np.sin(time) * rng.uniform(0.5, 2)], axis=1)]


def _shaped(shape: Callable[[np.random.Generator], list[Stroke]]) -> Drawing:
    """Draw a shape as shaky and crooked as people do."""
    return lambda rng: render(distort_strokes(bend(shape(rng), rng, _BEND), rng, _ROTATION), rng)


DRAWINGS: Final[dict[str, Drawing]] = {
    "scribbles": scribble,
    "curves": curve,
    "dots": dot,
    "two digits": pair,
    "smileys": _shaped(smiley),
    "hearts": _shaped(heart),
    "zigzags": _shaped(zigzag),
    "crosses": _shaped(cross),
    "arrows": _shaped(arrow),
    "polygons": _shaped(polygon),
    "lines": _shaped(lines),
    "spirals": _shaped(spiral),
    "waves": _shaped(wave),
}
