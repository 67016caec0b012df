"""Change the shapes of drawn digits as people do: hooks, flags, loops, closed fours, scans."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from siffra.preprocessing import ImageArray

from .strokes import Stroke, render

BEND: Final = 0.025  # standard deviation of each wave, relative to the size
# Shares of the copies: scanned at 16 x 16 pixels, drawn with a hairline.
SCAN_SHARE, HAIRLINE_SHARE = 0.07, 0.12
HAIRLINES: Final = (1 / 300, 1 / 60)
_SCAN_SIDE: Final = 16


def vary_shape(strokes: Sequence[Stroke], label: str, rng: np.random.Generator) -> list[Stroke]:
    """Bend a digit, and now and then give it another form that people write."""
    strokes, chance = bend(strokes, rng), rng.random()
    if label == "1" and chance < 0.25:
        return add_flag(strokes, rng)
    if label == "4" and chance < 0.35:
        return close_four(strokes, rng)
    if label in "237" and chance < 0.25:
        return add_loop(strokes, rng)
    if (label in "236" and chance < 0.45) or (label == "9" and chance < 0.3):
        return add_hook(strokes, rng)
    return strokes


def render_copy(strokes: Sequence[Stroke], rng: np.random.Generator) -> ImageArray:
    """Draw a copy with a common brush, a hairline, or as a small scan."""
    chance = rng.random()
    if chance < SCAN_SHARE:
        return scan(render(strokes, rng, size=160, brushes=(1 / 18, 1 / 9)), rng)
    if chance < SCAN_SHARE + HAIRLINE_SHARE:
        return render(strokes, rng, brushes=HAIRLINES)
    return render(strokes, rng)


def scan(canvas: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Crop a drawing to a square and shrink it to 16 x 16 pixels, half of them in two levels."""
    left, top, width, height = cv2.boundingRect((canvas > 100).astype(np.uint8))
    side = max(width, height)
    square = np.zeros((side, side), dtype=np.uint8)
    y, x = (side - height) // 2, (side - width) // 2
    square[y : y + height, x : x + width] = canvas[top : top + height, left : left + width]
    small = cv2.resize(square, (_SCAN_SIDE, _SCAN_SIDE), interpolation=cv2.INTER_AREA)
    return small if rng.random() < 0.5 else (255 * (small > 110)).astype(np.uint8)


def bend(
    strokes: Sequence[Stroke], rng: np.random.Generator, strength: float = BEND
) -> list[Stroke]:
    """Shift the points by two waves in each direction."""
    low, size = np.concatenate(strokes).min(axis=0), _size(strokes)
    frequencies = rng.uniform(0.4, 1.2, (2, 2, 2))
    phases = rng.uniform(0, 2 * np.pi, (2, 2))
    amplitudes = rng.normal(0, strength, (2, 2))
    bent = []
    for stroke in strokes:
        angles = 2 * np.pi * (frequencies @ ((stroke - low) / size).T) + phases[:, :, None]
        bent.append(stroke + size * (amplitudes[:, :, None] * np.sin(angles)).sum(axis=1).T)
    return bent


def add_hook(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Start the first stroke with an arc: a hook or a curl."""
    first = strokes[0]
    if len(first) < 4:
        return list(strokes)
    direction = first[0] - first[max(2, len(first) // 10)]
    angles = np.arctan2(direction[1], direction[0])
    angles = angles + np.linspace(0, rng.choice([-1, 1]) * rng.uniform(0.5, 3.6), 12)
    step = _size(strokes) * rng.uniform(0.08, 0.3) / len(angles)
    arc = first[0] + np.cumsum(step * np.stack([np.cos(angles), np.sin(angles)], axis=1), axis=0)
    return [np.concatenate([arc[::-1], first]), *strokes[1:]]


def add_flag(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Give a 1 of one narrow stroke a flag from its top to the lower left."""
    stem = strokes[0]
    width, height = np.ptp(stem, axis=0)
    if len(strokes) > 1 or len(stem) < 3 or width > 0.35 * height:
        return list(strokes)
    top = int(stem[:, 1].argmin())
    stem = stem[top:] if 2 * top < len(stem) else stem[: top + 1][::-1]
    angle, length = np.radians(rng.uniform(25, 65)), height * rng.uniform(0.25, 0.6)
    tip = stem[0] + length * np.array([-np.cos(angle), np.sin(angle)])
    return [np.concatenate([np.linspace(tip, stem[0], 10), stem])]


def close_four(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Move the top of the left stroke of a 4 to the top of its stem."""
    if len(strokes) != 2 or min(map(len, strokes)) < 3:
        return list(strokes)
    left, stem = strokes
    shift = stem[int(stem[:, 1].argmin())] - left[0]
    weight = np.linspace(1, 0, len(left))[:, None] ** rng.uniform(0.7, 1.5)
    return [left + weight * shift * rng.uniform(0.8, 1.05), stem]


def add_loop(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw a small loop at the sharpest corner of the longest stroke."""
    longest = int(np.argmax([len(stroke) for stroke in strokes]))
    stroke = strokes[longest]
    if len(stroke) < 12:
        return list(strokes)
    reach = max(2, len(stroke) // 12)
    before = stroke[reach:-reach] - stroke[: -2 * reach]
    after = stroke[2 * reach :] - stroke[reach:-reach]
    lengths = np.hypot(*before.T) * np.hypot(*after.T)
    corner = int(((before * after).sum(axis=1) / np.maximum(lengths, 1e-9)).argmin())
    (ux, uy), (vx, vy) = before[corner], after[corner]
    along = before[corner] / max(float(np.hypot(ux, uy)), 1e-9)
    outwards = np.array([-along[1], along[0]]) * (-1 if ux * vy - uy * vx > 0 else 1)
    radius, time = _size(strokes) * rng.uniform(0.03, 0.09), np.linspace(0, 2 * np.pi, 14)[:, None]
    place = stroke[corner + reach]
    loop = place + radius * (outwards * (1 - np.cos(time)) + along * np.sin(time))
    changed = np.concatenate([stroke[: corner + reach], loop, stroke[corner + reach :]])
    return [*strokes[:longest], changed, *strokes[longest + 1 :]]


def _size(strokes: Sequence[Stroke]) -> float:
    """Return the longer side of a character."""
    return max(float(np.ptp(np.concatenate(strokes), axis=0).max()), 1e-9)
