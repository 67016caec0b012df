"""Images of every kind that somebody may give to the page."""

import cases
import cv2
import numpy as np
from polylines import LABELS, N_WRITERS, blend, write

from pipeline.pictures import KINDS
from pipeline.shapes import render_copy
from pipeline.strokes import Trajectory


def on_canvas(digit, rng):
    """Put a digit, bright on black, anywhere on a canvas in any colors."""
    side = int(28 * rng.uniform(1, 9))
    interpolation = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    height, width = (side + int(room) for room in rng.integers(0, 150, 2))
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    canvas = np.zeros((height, width), np.uint8)
    canvas[top : top + side, left : left + side] = cv2.resize(
        digit, (side, side), interpolation=interpolation
    )
    return colored(canvas, rng)


def colored(canvas, rng):
    """Paint coverage as gray, inverted, in two colors, or as opacity."""
    kind = rng.integers(5)
    if kind < 2:
        return canvas if kind else 255 - canvas
    if kind == 2:
        dark, bright = rng.integers(0, 60), rng.integers(120, 256)
        return cases.to_uint8(dark + canvas / 255 * (bright - dark))
    ink, paper = rng.integers(0, 100, 3), rng.integers(160, 256, 3)
    if kind == 3:
        return cases.to_uint8(blend(canvas, paper, ink))
    return with_alpha(canvas, rng)


def with_alpha(coverage, rng):
    """Return strokes of a varying color and of this opacity, on some background or none."""
    color = rng.integers(0, 256, 3) + rng.integers(-5, 6, (*coverage.shape, 3))
    opacity = np.maximum(coverage, rng.choice([0, 0, 40, 120]))
    return cases.to_uint8(np.dstack([color, opacity]))


def half_drawn(rng):
    """A half-drawn digit: the first points of its strokes."""
    strokes = write(rng.choice(LABELS), int(rng.integers(N_WRITERS)))
    n = max(2, int(sum(map(len, strokes)) * rng.uniform(0.2, 0.95)))
    image, pen = np.zeros((400, 400), np.uint8), int(rng.integers(8, 30))
    for stroke in strokes:
        points = np.rint((stroke[: max(n, 0)] * 280 + 60) * 16).astype(np.int32)
        cv2.polylines(image, [points], False, 255, pen, cv2.LINE_AA, 4)
        n -= len(stroke)
    return 255 - image


def odd(rng):
    """Blurred noise of any shape, some of it black and white."""
    noise = rng.integers(0, 256, rng.integers(1, 70, 2), dtype=np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.5, 4)).reshape(noise.shape)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX).reshape(noise.shape)
    return image if rng.random() < 0.5 else (image > rng.integers(50, 200)).astype(np.uint8) * 255


def shapes(rng):
    """Lines, frames and circles of any colors and opacities, which look like clutter."""
    height, width = rng.integers(1, 200, 2)
    is_opaque = rng.random() < 0.6
    image = np.empty((height, width, 4), np.uint8)
    image[:] = rng.integers(0, 256, 4)
    for _ in range(rng.integers(1, 9)):
        color = rng.integers(0, 256, 4).tolist()
        pen, line = int(rng.integers(1, 7)), int(rng.choice([cv2.LINE_8, cv2.LINE_AA]))
        (left, top), (right, bottom) = (rng.random((2, 2)) * [width, height]).astype(int).tolist()
        kind = rng.integers(5)
        if kind == 0:
            cv2.line(image, (left, top), (right, bottom), color, pen, line)
        elif kind == 1:
            cv2.rectangle(image, (left, top), (right, bottom), color, pen)
        elif kind == 2:
            cv2.circle(image, (left, top), int(rng.integers(1, 40)), color, pen, line)
        elif kind == 3:
            cv2.line(image, (0, top), (int(width), top + 2), color, pen, line)
        else:
            cv2.line(image, (left, 0), (left + 2, int(height)), color, pen, line)
    if is_opaque:
        image[:, :, 3] = 255
    return image


def collect(scans, rng):
    """Return lists of images by kind; `scans` are small digits (n, h, w), bright on black."""
    enlarged = [cv2.resize(one, (20, 20), interpolation=cv2.INTER_CUBIC) for one in scans]
    raw = [np.pad(one, 4) for one in enlarged[:50]]
    written = [
        Trajectory(one, k % N_WRITERS, write(one, k % N_WRITERS)) for k, one in enumerate(LABELS)
    ]
    images = {
        "28 x 28": raw,
        "on a canvas": [on_canvas(np.pad(one, 4), rng) for one in enlarged[50:]],
        "half drawn": [half_drawn(rng) for _ in range(50)],
        "odd size": [odd(rng) for _ in range(40)],
        "shapes": [shapes(rng) for _ in range(50)],
        "copies": [colored(render_copy(one.strokes, rng), rng) for one in 4 * written],
    }
    for name, (draw, labels) in KINDS.items():
        images[name] = [draw(one, rng) for one in written if not labels or one.label in labels]
    for name, kind in cases.KINDS.items():
        images[name] = [kind(one.strokes, rng)[0] for one in written[::2]]
    return images
