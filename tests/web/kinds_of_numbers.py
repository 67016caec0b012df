"""Images of every kind in which somebody may look for a number."""

import cases
import cv2
import numpy as np
from kinds import colored
from polylines import LABELS, N_WRITERS, photo_of, write

from pipeline import number_kinds
from pipeline.data import Digits
from pipeline.drawings import scribble
from pipeline.feature_set import Source, Split
from pipeline.pictures import NUMBER_KINDS
from pipeline.rows import RowSampler, join_images, render_digits
from pipeline.strokes import Trajectory

WRITTEN = [
    Trajectory(label, writer, [100 * stroke for stroke in write(label, writer)])
    for writer in range(N_WRITERS)
    for label in LABELS
]


def row(rng, gaps=(0.05, 0.4), n_digits=(2, 5)):
    """Draw digits of one writer side by side, dark on white; gaps are shares of their height."""
    writer = rng.integers(N_WRITERS)
    digits = [one for one in WRITTEN if one.writer == writer]
    chosen = [digits[k] for k in rng.integers(len(digits), size=rng.integers(*n_digits))]
    return render_digits(chosen, rng.uniform(*gaps), rng).image


def apart(rng):
    return colored(255 - row(rng), rng)


def touching(rng):
    return row(rng, gaps=(-0.12, 0.0), n_digits=(2, 4))


def words(rng):
    """Groups of digits on two lines, with wide gaps."""
    first, second, third, last = (
        cv2.resize(row(rng, n_digits=(1, 3)), (200, 120)) for _ in range(4)
    )
    space = np.full((120, rng.integers(90)), 255, np.uint8)
    return np.block([[first, space, second], [third, space, last]])


def form(rng):
    """A box for each digit, side by side or apart, and perhaps rotated: drawn, or photographed."""
    n, side = int(rng.integers(2, 6)), int(rng.integers(60, 120))
    distance = side + int(rng.choice([0, side // 4]))
    canvas = np.zeros((2 * side, distance * (n + 1)), np.uint8)
    for k in range(n):
        left = side // 2 + k * distance
        digit = 255 - cv2.resize(row(rng, n_digits=(1, 2)), (side * 3 // 5, side * 4 // 5))
        canvas[side * 3 // 5 :, left + side // 5 :][: digit.shape[0], : digit.shape[1]] = digit
        cv2.rectangle(canvas, (left, side // 2), (left + side, 3 * side // 2), 255, 2)
    middle = canvas.shape[1] / 2, canvas.shape[0] / 2
    rotation = cv2.getRotationMatrix2D(middle, float(rng.choice([0, rng.uniform(-4, 4)])), 1)
    canvas = cv2.warpAffine(canvas, rotation, canvas.shape[::-1])
    return photo_of(canvas, rng) if rng.random() < 0.5 else 255 - canvas


def ruled(rng):
    """On ruled or squared paper, cut to the digits or not: drawn, or photographed."""
    image = 255 - row(rng)
    if rng.random() < 0.5:
        left, top, width, height = cv2.boundingRect(image)
        image = image[top : top + height, left : left + width]
    distance = int(rng.integers(30, 90))
    image[int(rng.integers(distance)) :: distance] = 255
    if rng.random() < 0.5:
        image[:, int(rng.integers(distance)) :: distance] = 255
    return photo_of(image, rng) if rng.random() < 0.5 else 255 - image


def endless(rng):
    """More components, lines, cuts or segments than a number has."""
    kind = rng.integers(4)
    if kind == 0:
        return rng.choice([0, 255], (300, 300), p=[0.05, 0.95]).astype(np.uint8)
    if kind == 1:
        return np.tile(np.uint8([[255] * 7 + [0] * 5]), (60, int(rng.integers(20, 110))))
    if kind == 2:
        image = np.full((400, 60), 255, np.uint8)
        for y in range(10, 390, int(rng.integers(25, 40))):
            cv2.circle(image, (30, y), 9, 0, 2)
        return image
    blobs = cv2.GaussianBlur(rng.integers(0, 256, (80, 1200)).astype(np.float32), (0, 0), 3)
    return np.where(blobs > blobs.mean(), 255, 0).astype(np.uint8)


KINDS = {
    **{"apart": (apart, 20), "touching": (touching, 8), "words": (words, 3), "form": (form, 10)},
    **{"ruled": (ruled, 8), "endless": (endless, 4)},
    "scribble": (lambda rng: 255 - scribble(rng), 5),
    "single": (lambda rng: row(rng, n_digits=(1, 2)), 10),
}


def collect(scans, rng):
    """Return lists of images by kind; `scans` are small digits (n, h, w), bright on black."""
    images = {name: [kind(rng) for _ in range(n)] for name, (kind, n) in KINDS.items()}
    for name, photograph in NUMBER_KINDS.items():
        images[name] = [photograph(255 - row(rng), rng) for _ in range(8)]
    enlarged = np.stack([cv2.resize(one, (28, 28)) for one in scans[:32]])
    splits = dict.fromkeys(range(N_WRITERS), Split.TEST)
    digits = Digits(enlarged, np.zeros(32, int))
    sampler = RowSampler({Source.UNIPEN: WRITTEN}, splits, Split.TEST, digits)
    for name in number_kinds.KINDS:
        images[f"row of {name}"] = [
            number_kinds.draw_kind(name, sampler, rng).image for _ in range(6)
        ]
    images["scans side by side"] = [
        join_images(enlarged[k : k + 4], [0] * 4, 2).image for k in range(0, 32, 4)
    ]
    for name, kind in cases.KINDS.items():
        images[name] = [kind(write(label, k % N_WRITERS), rng)[0] for k, label in enumerate("59")]
    return images
