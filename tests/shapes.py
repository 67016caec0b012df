"""A digit of known size, for tests that compute with it."""

import numpy as np
from numpy.typing import NDArray


def seven(
    size: int = 400,
    width: int = 30,
    foreground: int = 0,
    background: int = 255,
    top: int = 80,
    left: int = 120,
) -> NDArray[np.uint8]:
    """A 7 of straight lines, 200 pixels high, in a gray image of `size` x `size`."""
    image = np.full((size, size), background, dtype=np.uint8)
    image[top : top + width, left : left + 120] = foreground
    for row in range(200):
        start = left + 120 - width - row // 3
        image[top + row, start : start + width] = foreground
    return image
