"""The page with a reader that takes two seconds over a large picture."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from interface.page import About, build_demo, launch
from pipeline.preprocessing import MnistPreprocessor
from pipeline.reader import Reading


def read(image):
    time.sleep(2)
    return Reading({"7": 1.0}, MnistPreprocessor().trace(image), False)


if __name__ == "__main__":
    launch(build_demo(read, About()))
