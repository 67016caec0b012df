"""Digits as pen trajectories (UNIPEN), rendered like a visitor's canvas."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..exceptions import DataError
from ..folder import sha256
from ..image import ImageArray
from .distortion import random_affine

CANVAS_SIZE: Final = 400
# Shares of the canvas: a digit's longest side, and the brush.
DIGIT_SIZES: Final = (0.3, 0.9)
BRUSH_SIZES: Final = (1 / 40, 1 / 10)
# OpenCV takes coordinates in 16ths of a pixel.
_SHIFT: Final = 4

_SEGMENT = re.compile(r'\.SEGMENT\s+DIGIT\s+.*"(?P<label>[^"]*)"\s*$')
_COMMENT = re.compile(r"\.COMMENT\s+(?P<label>\d)\s+(?P<writer>\d+)\s+\d+\s*$")


@dataclass
class Trajectory:
    """One digit as it was drawn.

    Parameters
    ----------
    label : int
        0 to 9.
    writer : int
    strokes : list of ndarray of shape (n, 2), float64
        x to the right, y downwards.
    """

    label: int
    writer: int = -1
    strokes: list[NDArray[np.float64]] = field(default_factory=list)


def read_unipen(path: Path) -> list[Trajectory]:
    """Read digits from a UNIPEN file like UCI's pendigits-orig.tra.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    list of Trajectory

    Raises
    ------
    DataError
        If the file is missing or malformed; the error names the line.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"Got --strokes {path}, which cannot be read: {error}. Expected a UNIPEN text file "
            "such as pendigits-orig.tra of UCI's data set 81."
        ) from error
    digits: list[Trajectory] = []
    points: list[tuple[float, float]] | None = None
    for number, line in enumerate(lines, start=1):
        try:
            points = _read_line(line, digits, points)
        except (ValueError, IndexError) as error:
            raise DataError(f"{path}, line {number}: {error}. Got {line.strip()!r}.") from error
    if points is not None:
        raise DataError(f"{path}, line {len(lines)}: the file ends inside a stroke.")
    if not digits:
        raise DataError(f"{path} holds no digit: not one line starts with .SEGMENT DIGIT.")
    for index, digit in enumerate(digits, start=1):
        if not digit.strokes or digit.writer < 0:
            raise DataError(f"{path}: digit {index} has no stroke or no writer.")
    return digits


def describe(digits: list[Trajectory], path: Path | None) -> dict[str, Any]:
    """Return what the training report says of the drawings: checksum and sizes.

    Parameters
    ----------
    digits : list of Trajectory
    path : pathlib.Path or None
        Where they were read from.

    Returns
    -------
    dict
        Empty without drawings.
    """
    if path is None:
        return {}
    return {
        "strokes": {
            "name": path.name,
            "sha256": sha256(path),
            "digits": len(digits),
            "writers": len({digit.writer for digit in digits}),
        }
    }


def _read_line(
    line: str, digits: list[Trajectory], points: list[tuple[float, float]] | None
) -> list[tuple[float, float]] | None:
    """Take in one line; return the points of the stroke it leaves open, if any."""
    word = line.split(maxsplit=1)[0] if line.strip() else ""
    if word == ".SEGMENT":
        match = _SEGMENT.match(line)
        if points is not None or not match or match["label"] not in set("0123456789"):
            raise ValueError('expected .SEGMENT DIGIT ... "0" to "9", outside a stroke')
        digits.append(Trajectory(int(match["label"])))
    elif word == ".COMMENT" and digits and (match := _COMMENT.match(line)):
        if int(match["label"]) != digits[-1].label:
            raise ValueError(f"expected the label {digits[-1].label} of its .SEGMENT")
        digits[-1].writer = int(match["writer"])
    elif word == ".PEN_DOWN":
        if points is not None or not digits:
            raise ValueError("expected .PEN_DOWN inside a digit, after .PEN_UP")
        return []
    elif word == ".PEN_UP":
        if not points:
            raise ValueError("expected .PEN_UP after at least one point")
        digits[-1].strokes.append(np.array(points) * (1, -1))
        return None
    elif word and not word.startswith("."):
        if points is None:
            raise ValueError("expected points only between .PEN_DOWN and .PEN_UP")
        x, y = map(float, line.split())
        points.append((x, y))
    return points


def render(
    strokes: list[NDArray[np.float64]], rng: np.random.Generator, size: int = CANVAS_SIZE
) -> ImageArray:
    """Draw a digit on a canvas with a random brush, size and place.

    Parameters
    ----------
    strokes : list of ndarray of shape (n, 2)
    rng : numpy.random.Generator
    size : int, default=400
        The canvas's side, in pixels.

    Returns
    -------
    ndarray of shape (size, size), uint8
        Bright ink on black.
    """
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(*DIGIT_SIZES) * size / max(extent.max(), 1e-9)
    brush = size * np.exp(rng.uniform(*np.log(BRUSH_SIZES)))
    # The largest digit with the broadest brush just fits.
    room = np.maximum(size - extent * scale - brush, 0)
    corner = brush / 2 + rng.uniform(0, 1, 2) * room
    canvas = np.zeros((size, size), dtype=np.uint8)
    for stroke in strokes:
        place = np.rint(((stroke - low) * scale + corner) * 2**_SHIFT).astype(np.int32)
        if len(place) == 1:
            place = np.concatenate([place, place + 1])  # OpenCV draws no line of one point
        width = max(1, round(brush))
        cv2.polylines(canvas, [place], False, 255, width, cv2.LINE_AA, _SHIFT)
    return canvas


def distort_strokes(
    strokes: list[NDArray[np.float64]], rng: np.random.Generator, rotation: float
) -> list[NDArray[np.float64]]:
    """Rotate, shear and stretch a trajectory a little.

    Parameters
    ----------
    strokes : list of ndarray of shape (n, 2)
    rng : numpy.random.Generator
    rotation : float
        Standard deviation, in degrees.

    Returns
    -------
    list of ndarray of shape (n, 2)
    """
    matrix = random_affine(rng, rotation, stretch=0.1)
    return [stroke @ matrix.T for stroke in strokes]
