"""Images that cost much to read as a number: many strokes that touch, and patterns."""

import cv2
import numpy as np

BLACK = 0


def paper(height, width):
    return np.full((height, width), 255, np.uint8)


def combs(height, width, pitch=8, rows=10):
    """Teeth that hang on one bar, in several rows."""
    image = paper(height, width)
    step = max(height // rows, 6)
    for top in range(step // 8, height - step // 2, step):
        bottom = top + 3 * step // 4
        image[top : top + max(step // 12, 1), 2:-2] = BLACK
        for left in range(2, width - 3, pitch):
            image[top:bottom, left : left + max(pitch // 3, 1)] = BLACK
    return image


def dense_digits(height, width, size=40, overlap=0.75):
    """Rows of digits that touch their neighbors."""
    image, rng = paper(height, width), np.random.default_rng(0)
    scale = size / 22
    for bottom in range(size, height, int(1.3 * size)):
        left = 0
        while left < width:
            thickness = max(size // 10, 1)
            digit = str(rng.integers(10))
            cv2.putText(image, digit, (int(left), bottom), 0, scale, BLACK, thickness)
            left += overlap * 0.85 * size
    return image


def blobs(height, width, size=12, share=0.35):
    noise = np.random.default_rng(0).normal(size=(height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), size)
    return np.where(smooth > np.quantile(smooth[::7, ::7], 1 - share), 0, 255).astype(np.uint8)


def maze(height, width, cell=12):
    """A random spanning tree of walls."""
    rng = np.random.default_rng(0)
    rows, columns = max(height // cell, 2), max(width // cell, 2)
    walls = np.zeros((2 * rows + 1, 2 * columns + 1), np.uint8)
    walls[::2, ::2] = 1
    is_right = rng.random((rows, columns)) < 0.5
    walls[::2, 1::2][:rows] = is_right
    walls[1::2, ::2][:, :columns] = ~is_right
    image = cv2.resize(walls, (width, height), interpolation=cv2.INTER_NEAREST)
    return 255 * (1 - image)


def hatching(height, width, pitch=10):
    image = paper(height, width)
    for start in range(-height, width, pitch):
        cv2.line(image, (start, height), (start + height, 0), BLACK, max(pitch // 4, 1))
    return image


def crosshatching(height, width, pitch=14):
    return np.minimum(hatching(height, width, pitch), hatching(height, width, pitch)[:, ::-1])


def checkerboard(height, width, cell=10):
    y, x = np.ogrid[:height, :width]
    return np.where((y // cell + x // cell) % 2, 255, 0).astype(np.uint8)


def spiral(height, width, pitch=14):
    image, side = paper(height, width), min(height, width)
    turns = side / 2 / pitch
    angles = np.linspace(0, 2 * np.pi * turns, int(60 * turns) + 2)
    radius = pitch * angles / (2 * np.pi)
    points = np.stack([width / 2 + radius * np.cos(angles), height / 2 + radius * np.sin(angles)])
    cv2.polylines(image, [points.T.astype(np.int32)], False, BLACK, max(pitch // 4, 1))
    return image


def page(height, width, size=12):
    """Lines of words."""
    image, rng = paper(height, width), np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz     "))
    for bottom in range(2 * size, height, 2 * size):
        text = "".join(rng.choice(letters, max(width // size, 1)))
        cv2.putText(image, text, (size, bottom), 0, size / 22, BLACK, max(size // 12, 1))
    return image


def frames(height, width, pitch=12):
    """Rectangles inside each other."""
    image = paper(height, width)
    for inset in range(2, min(height, width) // 2, pitch):
        corners = (inset, inset), (width - 1 - inset, height - 1 - inset)
        cv2.rectangle(image, *corners, BLACK, max(pitch // 5, 1))
    return image


KINDS = {
    "combs": combs,
    "dense touching digits": dense_digits,
    "blobs": blobs,
    "mazes": maze,
    "hatching": hatching,
    "cross-hatching": crosshatching,
    "checkerboards": checkerboard,
    "spirals": spiral,
    "pages of text": page,
    "frames in frames": frames,
}

# The slowest that a random search over kinds, sizes and their other parameters has found.
WORST = {
    "combs": [(259, 726, 3, 2), (800, 800, 30)],
    "dense touching digits": [(923, 1204, 151, 0.95), (1600, 1600, 16)],
    "blobs": [(411, 142, 4, 0.348), (400, 400, 5)],
    "mazes": [(1600, 1600, 3)],
    "hatching": [(62, 53, 16), (1600, 1600, 5)],
    "cross-hatching": [(258, 97, 73)],
    "checkerboards": [(20, 147, 9)],
    "spirals": [(1013, 1881, 24)],
    "pages of text": [(25, 338, 10)],
    "frames in frames": [(451, 119, 3), (1600, 1600, 16)],
}


def worst_images():
    return [KINDS[kind](*values) for kind, found in WORST.items() for values in found]
