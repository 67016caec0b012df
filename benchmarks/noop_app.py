"""Our own page with a function that reads nothing."""

import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from interface.page import About, build_demo, launch
from pipeline.preprocessing import MnistPreprocessor
from pipeline.reader import Reading

count = itertools.count()
labels = [str(digit) for digit in range(10)]
sheet = np.full((100, 100), 255, dtype=np.uint8)
sheet[20:80, 45:55] = 0
trace = MnistPreprocessor().trace(sheet)


def read(image: object) -> Reading:
    """Answer something else every time."""
    share = next(count) % 100 / 200
    return Reading(dict.fromkeys(labels, 0.0) | {"0": 1 - share, "1": share}, trace, False)


demo = build_demo(read, About())

if __name__ == "__main__":
    launch(demo)
