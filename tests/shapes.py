"""Shapes with sizes that tests can reckon with."""

import numpy as np


def seven(size=400, width=30, ink=0, paper=255, top=80, left=120):
    """A 7 of straight lines, 200 pixels high."""
    image = np.full((size, size), paper, dtype=np.uint8)
    image[top : top + width, left : left + 120] = ink
    for row in range(200):
        start = left + 120 - width - row // 3
        image[top + row, start : start + width] = ink
    return image
