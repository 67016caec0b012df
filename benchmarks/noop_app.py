"""The app with a reader that reads nothing: what the page and its endpoints cost."""

import itertools
from typing import Any

import numpy as np

from app import create_app
from interface.loading import ModelLoader
from interface.server import serve
from siffra import DigitReader, Prediction


class NoopReader(DigitReader):
    """Answers 0 with another probability each time, without looking at the image."""

    count = itertools.count()

    def read(self, image: Any) -> Prediction:
        """Return the next prediction."""
        share = next(self.count) % 100 / 200
        probabilities = np.zeros(10)
        probabilities[:2] = 1 - share, share
        return Prediction(0, False, 0, probabilities, 1.0, STEPS, np.zeros(11, np.float32))


SHEET = np.full((100, 100), 255, dtype=np.uint8)
SHEET[20:80, 45:55] = 0
READER = NoopReader.from_pretrained("model")
STEPS = READER.pipeline[0].preprocess_steps(SHEET)

if __name__ == "__main__":
    model = ModelLoader(lambda: READER, "none")
    serve(create_app(model), model)
