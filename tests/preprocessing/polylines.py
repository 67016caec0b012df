"""Digits made of short polylines, painted on paper and photographed."""

import cv2
import numpy as np
from sketching import DIGITS, arc

LABELS = list(DIGITS)
KNOWN_DEFECT = "part of the digit is removed, or not all of what is beside it"
_LOOPS = np.linspace(0, 2 * np.pi, 40)
# A second way to write each digit, in a box from 0 to 1, y downwards.
_OTHER_SHAPES = {
    "0": [arc(0.5, 0.5, 0.24, 0.48, -60, 310)],
    "1": [[(0.33, 0.24), (0.52, 0.02), (0.52, 0.98)]],
    "2": [
        [(0.22, 0.2), *arc(0.5, 0.25, 0.27, 0.23, -150, 30), (0.2, 0.96), (0.5, 0.9), (0.84, 0.96)]
    ],
    "3": [[(0.2, 0.04), (0.78, 0.04), (0.46, 0.4), *arc(0.45, 0.69, 0.33, 0.29, -80, 150)]],
    "4": [[(0.3, 0.03), (0.22, 0.6), (0.86, 0.6)], [(0.7, 0.3), (0.7, 0.98)]],
    "5": [
        [(0.3, 0.05), (0.27, 0.45), *arc(0.46, 0.69, 0.3, 0.28, -115, 150)],
        [(0.3, 0.05), (0.8, 0.03)],
    ],
    "6": [[*arc(0.72, 0.6, 0.46, 0.58, -95, -180), *arc(0.49, 0.72, 0.23, 0.25, 170, 530)]],
    "7": [[(0.18, 0.06), (0.82, 0.06), (0.38, 0.98)], [(0.32, 0.52), (0.76, 0.52)]],
    "8": [list(zip(0.5 - 0.27 * np.sin(2 * _LOOPS), 0.5 - 0.48 * np.cos(_LOOPS), strict=True))],
    "9": [[*arc(0.49, 0.28, 0.25, 0.26, 0, -360), (0.74, 0.3), (0.72, 0.62), (0.45, 0.97)]],
}
# Shapes, rotation (radians), shear and aspect ratio of three writers.
_WRITERS = [(DIGITS, 0.0, 0.0, 1.0), (_OTHER_SHAPES, 0.0, -0.2, 0.9), (DIGITS, 0.08, 0.1, 0.8)]
N_WRITERS = len(_WRITERS)


def write(label, writer=0):
    """Return the strokes of a digit as one of the writers draws it."""
    shapes, angle, shear, aspect = _WRITERS[writer]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[aspect, shear], [0, 1]])
    rng = np.random.default_rng(writer)
    jitter = 0.006 * (writer > 0)
    return [
        (np.array(stroke) + rng.normal(0, jitter, np.shape(stroke))) @ matrix.T
        for stroke in shapes[label]
    ]


def draw(strokes, shape, side, pen, center=None, line=cv2.LINE_AA):
    """Draw strokes bright on black: the longest side, the pen and the center are in pixels."""
    points = np.concatenate(strokes)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    center = (shape[1] / 2, shape[0] / 2) if center is None else center
    image = np.zeros(shape, dtype=np.uint8)
    for stroke in strokes:
        scaled = (stroke - middle) * side / np.ptp(points, axis=0).max() + center
        fixed = np.rint(scaled * 16).astype(np.int32)
        cv2.polylines(image, [fixed], False, 255, pen, line, 4)
    return image


def blend(digit, paper, ink):
    """Paint a digit on paper; colors or intensities may vary over the image."""
    coverage = digit / 255
    if np.ndim(paper) == 1 or np.ndim(paper) == 3:
        coverage = coverage[:, :, None]
    return coverage * ink + (1 - coverage) * paper


def to_uint8(image):
    return np.rint(np.clip(image, 0, 255)).astype(np.uint8)


def lit_paper(shape, rng, lightest=225, darkest=195):
    """Paper under a lamp at a random side."""
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    angle = rng.uniform(0, 2 * np.pi)
    slope = x * np.cos(angle) + y * np.sin(angle)
    slope = (slope - slope.min()) / np.ptp(slope)
    return darkest + (lightest - darkest) * slope


def photograph(scene, rng, noise=3.0):
    """Add a lens's blur, a sensor's noise and JPEG's artifacts to a gray scene."""
    blurred = cv2.GaussianBlur(scene, (0, 0), 0.8)
    noisy = to_uint8(blurred + rng.normal(0, noise, scene.shape))
    encoded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def photo_of(digit, rng, ink=55.0):
    """Return a photograph of a digit on paper."""
    return photograph(blend(digit, lit_paper(digit.shape, rng), ink), rng)
