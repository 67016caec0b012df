"""Our own page with a function that reads nothing."""

import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import app
from pipeline.preprocessing import MnistPreprocessor

count = itertools.count()
labels = [str(digit) for digit in range(10)]
sheet = np.full((100, 100), 255, dtype=np.uint8)
sheet[20:80, 45:55] = 0
trace = MnistPreprocessor().trace(sheet)


def read(image: object) -> app.Reading:
    """Answer something else every time."""
    share = next(count) % 100 / 200
    return app.Reading(dict.fromkeys(labels, 0.0) | {"0": 1 - share, "1": share}, trace, False)


demo = app.build_demo(read, app.About())

if __name__ == "__main__":
    app.launch(demo)
