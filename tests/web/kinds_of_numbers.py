"""Images of every kind in which somebody may look for a number."""

import cases
import cv2
import numpy as np
from kinds import colored
from polylines import (
    LABELS,
    N_WRITERS,
    blend,
    draw,
    lit_paper,
    photo_of,
    photograph,
    write,
)

from pipeline.rows import join_images


def write_row(text, writer, height, gap, pen, rng):
    """Draw digits side by side, bright on black; `gap` is between their ink, in pixels."""
    parts = []
    for label in text:
        side = int(height * rng.uniform(0.9, 1.05))
        digit = draw(write(label, writer), (2 * height, 2 * height), side, pen)
        left, _, width, _ = cv2.boundingRect(digit)
        parts.append(digit[:, left : left + width])
    width = sum(part.shape[1] for part in parts) + max(gap, 0) * len(parts)
    canvas, left = np.zeros((2 * height, width + 2 * height), np.uint8), height // 2
    for part in parts:
        area = canvas[:, left : left + part.shape[1]]
        np.maximum(area, part, out=area)
        left += part.shape[1] + gap
    return canvas[:, : left + height // 2]


def random_row(rng, gaps=(0.05, 0.4), heights=(30, 180), n_digits=(2, 6), pens=(0.05, 0.12)):
    text = "".join(rng.choice(LABELS, rng.integers(*n_digits, endpoint=True)))
    height = int(rng.integers(*heights))
    pen = max(1, round(height * rng.uniform(*pens)))
    gap = round(height * rng.uniform(*gaps))
    return write_row(text, int(rng.integers(N_WRITERS)), height, gap, pen, rng)


def apart(rng):
    return colored(random_row(rng), rng)


def touching(rng):
    return 255 - random_row(rng, gaps=(-0.02, 0.0), n_digits=(2, 4))


def overlapping(rng):
    return 255 - random_row(rng, gaps=(-0.12, -0.03), n_digits=(2, 4))


def hairlines(rng):
    return 255 - random_row(rng, heights=(150, 400), pens=(0.002, 0.02), n_digits=(2, 3))


def words(rng):
    """Groups of digits on two lines, with wide gaps."""
    lines = []
    for _ in range(2):
        parts = [random_row(rng, heights=(60, 61), n_digits=(1, 3)) for _ in range(2)]
        lines.append(np.hstack([parts[0], np.zeros((120, rng.integers(90)), np.uint8), parts[1]]))
    width = max(line.shape[1] for line in lines)
    return 255 - np.vstack([np.pad(one, ((0, 0), (0, width - one.shape[1]))) for one in lines])


def shaded_photo(rng):
    row = random_row(rng, heights=(60, 150), n_digits=(2, 4))
    return photo_of(row, rng, rng.uniform(30, 110))


def plain_paper(rng):
    """A photograph without anything beside the digits: some as small as a strip of a cheque."""
    row = random_row(rng, heights=(20, 150), n_digits=(2, 4))
    return photo_of(row, rng, rng.uniform(30, 110))


def patterned(rng):
    """A strip of paper with a pattern of waves, and noise."""
    row = random_row(rng, heights=(25, 40), n_digits=(3, 5))
    y, x = np.mgrid[: row.shape[0], : row.shape[1]]
    angle, frequency = rng.uniform(0, np.pi), rng.uniform(0.5, 1.5)
    waves = np.sin((x * np.cos(angle) + y * np.sin(angle)) * frequency)
    paper = lit_paper(row.shape, rng) - rng.uniform(5, 20) * (1 + waves)
    return photograph(blend(row, paper, 60.0), rng)


def table_edge(rng):
    """A photograph with a dark table on one or two sides."""
    row = random_row(rng, heights=(60, 120), n_digits=(2, 4))
    paper = lit_paper(row.shape, rng)
    paper[:, : rng.integers(3, 20)] = rng.uniform(40, 90)
    paper[: rng.integers(20)] = rng.uniform(40, 90)
    return photograph(blend(row, paper, 55.0), rng)


def faint(rng):
    """Digits of which some are faint."""
    row = random_row(rng, heights=(30, 100), n_digits=(2, 4))
    row[:, row.shape[1] // 2 :] //= 3
    return 255 - row


def form(rng):
    """A box for each digit, side by side or apart, and perhaps rotated: drawn, or photographed."""
    n, side = int(rng.integers(2, 6)), int(rng.integers(60, 120))
    distance = side + int(rng.choice([0, side // 4]))
    canvas = np.zeros((2 * side, distance * (n + 1)), np.uint8)
    for k, label in enumerate(rng.choice(LABELS, n)):
        center = (side + distance * k, side)
        strokes = write(label, int(rng.integers(N_WRITERS)))
        digit = draw(strokes, canvas.shape, side * 0.6, max(2, side // 14), center)
        canvas = np.maximum(canvas, digit)
        left = side // 2 + k * distance
        cv2.rectangle(canvas, (left, side // 2), (left + side, 3 * side // 2), 255, 2)
    middle = canvas.shape[1] / 2, canvas.shape[0] / 2
    rotation = cv2.getRotationMatrix2D(middle, float(rng.choice([0, rng.uniform(-4, 4)])), 1)
    canvas = cv2.warpAffine(canvas, rotation, canvas.shape[::-1])
    return photo_of(canvas, rng) if rng.random() < 0.5 else 255 - canvas


def squares(rng):
    """On squared paper."""
    row = random_row(rng, heights=(60, 100))
    distance = int(rng.integers(30, 90))
    row[int(rng.integers(distance)) :: distance] = 255
    row[:, int(rng.integers(distance)) :: distance] = 255
    return 255 - row


def ruled(rng):
    row = random_row(rng, heights=(60, 100))
    for y in rng.integers(row.shape[0] // 4, row.shape[0], 2).tolist():
        cv2.line(row, (0, y), (row.shape[1], y + int(rng.integers(3))), 255, 2)
    return photo_of(row, rng) if rng.random() < 0.5 else 255 - row


def cropped(rng):
    """Cut to the digits, perhaps with the sides of a frame."""
    row = random_row(rng, heights=(20, 100))
    left, top, width, height = cv2.boundingRect(row)
    row = row[top : top + height, left : left + width]
    if rng.random() < 0.5:
        row[:, -2:] = 255
    return 255 - row


def price(rng):
    """With a minus sign, a decimal point, a comma and specks."""
    row = random_row(rng, heights=(80, 120), gaps=(0.3, 0.5))
    height = row.shape[0]
    cv2.line(row, (5, height // 2), (height // 8, height // 2), 255, 6)
    x = int(rng.integers(height // 4, row.shape[1] - height // 4))
    cv2.circle(row, (x, 3 * height // 4), 5, 255, -1)
    x = int(rng.integers(height // 4, row.shape[1] - height // 4))
    cv2.line(row, (x, 7 * height // 10), (x - 5, 8 * height // 10), 255, 5)
    row[rng.integers(0, height, 5), rng.integers(0, row.shape[1], 5)] = 255
    return 255 - row


def scribble(rng):
    """Lines, circles and letters, which are no number."""
    image = np.full((200, int(rng.integers(150, 400))), 255, np.uint8)
    for _ in range(rng.integers(2, 8)):
        (x, y), pen = (rng.random(2) * image.shape[::-1]).astype(int).tolist(), int(rng.integers(9))
        if rng.random() < 0.5:
            letter = str(rng.choice(list("ABEHKMQRWXZ&?")))
            cv2.putText(image, letter, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 3, 0, pen + 2)
        else:
            cv2.circle(image, (x, y), int(rng.integers(5, 60)), 0, pen + 1, cv2.LINE_AA)
    return image


def single(rng):
    height = int(rng.integers(20, 200))
    return 255 - random_row(rng, heights=(height, height + 1), n_digits=(1, 1))


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
    **{"apart": (apart, 20), "touching": (touching, 8), "overlapping": (overlapping, 5)},
    **{"hairlines": (hairlines, 4), "words": (words, 5), "photo": (shaded_photo, 8)},
    **{"plain paper": (plain_paper, 8), "patterned": (patterned, 8)},
    **{"table edge": (table_edge, 8), "faint": (faint, 8)},
    **{
        "form": (form, 10),
        "ruled": (ruled, 10),
        "cropped": (cropped, 12),
        "price": (price, 10),
        "squares": (squares, 4),
    },
    **{"scribble": (scribble, 8), "single": (single, 10), "endless": (endless, 4)},
}


def collect(scans, rng):
    """Return lists of images by kind; `scans` are small digits (n, h, w), bright on black."""
    images = {name: [kind(rng) for _ in range(n)] for name, (kind, n) in KINDS.items()}
    enlarged = np.stack([cv2.resize(one, (28, 28)) for one in scans[:32]])
    images["scans side by side"] = [
        join_images(enlarged[k : k + 4], [0] * 4, 2).image for k in range(0, 32, 4)
    ]
    strokes = [write(label, k % N_WRITERS) for k, label in enumerate(LABELS)]
    for name, kind in cases.KINDS.items():
        images[name] = [kind(one, rng)[0] for one in strokes[::12]]
    return images
