"""Our own page with a function that reads nothing."""

import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import app

count = itertools.count()
labels = [str(digit) for digit in range(10)]
seen = np.zeros((28, 28), dtype=np.uint8)


def read(image: object) -> app.Reading:
    """Answer something else every time."""
    share = next(count) % 100 / 200
    return app.Reading(dict.fromkeys(labels, 0.0) | {"0": 1 - share, "1": share}, seen, False)


demo = app.build_demo(read, "Reads nothing.")

if __name__ == "__main__":
    app.launch(demo)
