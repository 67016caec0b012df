"""The app with a reader that takes a second for each image."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app import create_app
from interface.model_loader import ModelLoader
from interface.server import serve
from siffra import DigitReader


class SlowReader(DigitReader):
    def read(self, image):
        time.sleep(1)
        return super().read(image)


if __name__ == "__main__":
    model = ModelLoader(lambda: SlowReader.from_pretrained("model"), "slow model")
    serve(create_app(model), model)
