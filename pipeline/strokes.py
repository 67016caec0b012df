"""Characters as pen trajectories in UNIPEN format, rendered like drawings on a canvas."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra.exceptions import DataError
from siffra.preprocessing import ImageArray

Stroke: TypeAlias = NDArray[np.float64]

DIGIT, CHARACTER = "DIGIT", "CHARACTER"  # the UNIPEN hierarchies that are read
CANVAS_SIZE: Final = 400
# Relative to the canvas: the longer side of the character, and the width of the brush.
CHARACTER_SIZES: Final = (0.3, 0.9)
BRUSH_SIZES: Final = (1 / 40, 1 / 10)
_DIGITS: Final = frozenset("0123456789")
_MAX_BYTES: Final = 200_000_000
_MAX_COORDINATE: Final = 1e6
_SHIFT: Final = 4  # OpenCV takes coordinates in 16ths of a pixel

_SEGMENT = re.compile(r'\.SEGMENT\s+(?P<hierarchy>\w+)\s+.*?"(?P<label>.)"\s*$')
_COMMENT = re.compile(r"\.COMMENT\s+(?P<label>\S)\s+(?P<writer>\d{1,9})\s+\d+\s*$")


@dataclass
class Trajectory:
    """One character as it was drawn."""

    label: str
    writer: int = -1  # the same number is the same person in every file
    strokes: list[Stroke] = field(default_factory=list)  # x to the right, y downwards


def read_unipen(path: Path, hierarchy: str = DIGIT) -> list[Trajectory]:
    """Read characters from a UNIPEN text file."""
    lines = _read_lines(path)
    parser = _Parser(hierarchy)
    for number, line in enumerate(lines, start=1):
        try:
            parser.read(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error}. Got {line.strip()!r:.100}.") from None
    if parser.points is not None:
        raise DataError(f"{path}, line {len(lines)}: the file ends inside a stroke.")
    if not parser.trajectories:
        raise DataError(f"{path} holds no character: no line starts with .SEGMENT {hierarchy}.")
    for index, trajectory in enumerate(parser.trajectories, start=1):
        if not trajectory.strokes or trajectory.writer < 0:
            raise DataError(f"{path}: character {index} has no stroke or no writer.")
    return parser.trajectories


def _read_lines(path: Path) -> list[str]:
    """Read a text file of limited size."""
    try:
        size = path.stat().st_size
        if not path.is_file() or size > _MAX_BYTES:
            raise DataError(
                f"{path} is not a regular file of at most {_MAX_BYTES // 10**6} MB, but expected "
                "a UNIPEN text file."
            )
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Expected a UNIPEN text file such as "
            "pendigits-orig.tra of UCI's data set 81."
        ) from error


class _Parser:
    """Collect the trajectories of a file, line by line."""

    def __init__(self, hierarchy: str) -> None:
        self.hierarchy = hierarchy
        self.trajectories: list[Trajectory] = []
        self.points: list[tuple[float, float]] | None = None  # of the stroke that is open

    def read(self, line: str) -> None:
        """Read one line; a ValueError names the expected format."""
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        if word == ".SEGMENT":
            self._start_character(line)
        elif word == ".COMMENT":
            self._read_comment(line)
        elif word == ".PEN_DOWN":
            if self.points is not None or not self.trajectories:
                raise ValueError("expected .PEN_DOWN inside a character, after .PEN_UP")
            self.points = []
        elif word == ".PEN_UP":
            if not self.points:
                raise ValueError("expected .PEN_UP after at least one point")
            self.trajectories[-1].strokes.append(np.array(self.points) * (1, -1))
            self.points = None
        elif word and not word.startswith("."):
            self._read_point(line)

    def _start_character(self, line: str) -> None:
        match = _SEGMENT.match(line)
        if self.points is not None or not match or match["hierarchy"] != self.hierarchy:
            raise ValueError(f'expected .SEGMENT {self.hierarchy} ... "X", outside a stroke')
        if (match["label"] in _DIGITS) != (self.hierarchy == DIGIT):
            kind = "a digit" if self.hierarchy == DIGIT else "no digit"
            raise ValueError(f"expected {kind} between the quotation marks")
        self.trajectories.append(Trajectory(match["label"]))

    def _read_comment(self, line: str) -> None:
        match = _COMMENT.match(line)
        if not match or not self.trajectories:
            return  # an ordinary comment
        if match["label"] != self.trajectories[-1].label:
            raise ValueError(f"expected the label {self.trajectories[-1].label} of its .SEGMENT")
        self.trajectories[-1].writer = int(match["writer"])

    def _read_point(self, line: str) -> None:
        if self.points is None:
            raise ValueError("expected points only between .PEN_DOWN and .PEN_UP")
        words = line.split()
        if len(words) != 2:
            raise ValueError("expected two coordinates, x and y")
        x, y = map(float, words)
        # A comparison with NaN is false.
        if not (abs(x) <= _MAX_COORDINATE and abs(y) <= _MAX_COORDINATE):
            raise ValueError(f"expected finite coordinates of at most {_MAX_COORDINATE:g}")
        self.points.append((x, y))


def render(
    strokes: Sequence[Stroke],
    rng: np.random.Generator,
    size: int = CANVAS_SIZE,
    brushes: tuple[float, float] = BRUSH_SIZES,
) -> ImageArray:
    """Draw a character on a canvas with a random brush, size and position."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(*CHARACTER_SIZES) * size / max(extent.max(), 1e-9)
    brush = size * np.exp(rng.uniform(*np.log(brushes)))
    # The largest character with the broadest brush just fits.
    free = np.maximum(size - extent * scale - brush, 0)
    corner = brush / 2 + rng.uniform(0, 1, 2) * free
    canvas = np.zeros((size, size), dtype=np.uint8)
    for stroke in strokes:
        line = np.rint(((stroke - low) * scale + corner) * 2**_SHIFT).astype(np.int32)
        if len(line) == 1:
            line = np.concatenate([line, line + 1])  # OpenCV does not draw a line of one point
        width = max(1, round(brush))
        cv2.polylines(canvas, [line], False, 255, width, cv2.LINE_AA, _SHIFT)
    return canvas
