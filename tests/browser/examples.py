"""Draw the page's example images: python tests/browser/examples.py FOLDER."""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from sketching import DIGITS, arc

SIDE = 400
NINE = [[*arc(0.48, 0.3, 0.25, 0.26, 0, -360), *arc(0.4, 0.6, 0.33, 0.36, 0, 130)]]
CROSSED_SEVEN = [*DIGITS["7"], [(0.4, 0.5), (0.75, 0.5)]]
ONE = [[(0.3, 0.25), (0.5, 0.02), (0.5, 0.98)], [(0.3, 0.98), (0.7, 0.98)]]
CLOSED_FOUR = [[(0.6, 0.98), (0.65, 0.05), (0.15, 0.6), (0.85, 0.6)]]


def draw(strokes, side=300, corner=(50, 50), pen=16, shape=(SIDE, SIDE)):
    """Return the strokes as coverage from 0 to 1."""
    coverage = np.zeros(shape, dtype=np.uint8)
    for stroke in strokes:
        points = np.rint((np.array(stroke) * side + corner) * 8).astype(np.int32)
        cv2.polylines(coverage, [points], False, 255, pen, cv2.LINE_AA, 3)
    return coverage / 255


def photograph(coverage, paper, pen, darkest, seed):
    """Return a photograph of the strokes: light from one side, and noise."""
    rng = np.random.default_rng(seed)
    light = np.linspace(1, darkest, coverage.shape[1])
    scene = cv2.GaussianBlur((paper * (1 - coverage) + pen * coverage) * light, (0, 0), 1)
    return np.clip(scene + rng.normal(0, 4, coverage.shape), 0, 255).astype(np.uint8)


def photograph_page(lines):
    """Return a photograph of a sheet with a number on each line."""
    coverage = np.zeros((320 * len(lines), 1000))
    for row, text in enumerate(lines):
        for column, digit in enumerate(text):
            corner = (120 + 190 * column, 70 + 320 * row)
            coverage += draw(DIGITS[digit], 180, corner, 12, coverage.shape)
    return photograph(np.minimum(coverage, 1), 215, 60, 0.7, 3)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {
        "2": draw(DIGITS["2"]),
        "1-with-foot": draw(ONE),
        "4-closed": draw(CLOSED_FOUR),
        "7-crossed": draw(CROSSED_SEVEN),
        "8-small": draw(DIGITS["8"], side=60, corner=(310, 320), pen=5),
        "9-curled": draw(NINE),
        "3-broad": draw(DIGITS["3"], pen=50),
    }
    for name, coverage in drawings.items():
        Image.fromarray((255 * (1 - coverage)).astype(np.uint8)).save(folder / f"{name}.png")
    chalk = photograph(draw(DIGITS["6"], pen=9), 60, 215, 0.5, 1)
    Image.fromarray(chalk).save(folder / "6-chalk.jpg", quality=80)
    paper = photograph(draw(DIGITS["5"], pen=6), 225, 70, 0.4, 2)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be rotated by 90 degrees
    turned = Image.fromarray(np.rot90(paper).copy())
    turned.save(folder / "5-photo-on-its-side.jpg", quality=80, exif=exif)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
