"""Numbers that are drawn with a pen: their strokes, and the image of them."""

import cv2
import numpy as np
from polylines import write

HEIGHT = 120
PEN = 11


def place(text, gap, writer=0):
    """Return the strokes of each digit of a row; `gap` is a share of the height."""
    digits, right = [], 40.0
    for label in text:
        strokes = [HEIGHT * stroke for stroke in write(label, writer)]
        low, high = (limit(np.concatenate(strokes), axis=0) for limit in (np.min, np.max))
        digits.append(move(strokes, right - low[0], 40 - low[1]))
        right += high[0] - low[0] + PEN + gap * HEIGHT
    return digits


def move(strokes, *distance):
    return [stroke + np.array(distance) for stroke in strokes]


def draw(strokes, pen=PEN):
    width, height = (np.concatenate(strokes).max(axis=0) + 40).astype(int)
    image = np.full((height, width), 255, np.uint8)
    for stroke in strokes:
        points = np.rint(16 * stroke).astype(np.int32)
        cv2.polylines(image, [points], False, 0, pen, cv2.LINE_AA, 4)
    return image


def on_pad(strokes):
    """Return strokes as fractions of a pad that they nearly fill."""
    points = np.concatenate(strokes)
    middle, side = (points.min(axis=0) + points.max(axis=0)) / 2, np.ptp(points, axis=0).max()
    return [0.5 + 0.75 * (stroke - middle) / side for stroke in strokes]


def line(*points):
    return np.array(points, float)


def _bar_last(text):
    first, *others = place(text, 0.15, writer=1)
    return [first[0], *(stroke for digit in others for stroke in digit), first[1]]


# Digits that cross, and a 7 whose bar comes after the next digit.
DRAWN_WITH_A_FINGER = {
    "57": [stroke for digit in place("57", -0.25) for stroke in digit],
    "72": _bar_last("72"),
}
