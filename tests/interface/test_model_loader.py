import threading
import time
from types import SimpleNamespace

import pytest
from PIL import Image
from shapes import seven

from interface import model_loader
from interface.model_loader import ModelLoader
from siffra import DigitReader, ModelError, ModelLoadingError
from siffra.image_files import OpenedImage
from siffra.reader import single_digit

SEVEN = OpenedImage(seven()[::2, ::2], scale=2)


def test_a_caller_that_waits_too_long_gets_a_clear_error():
    go = threading.Event()
    loader = ModelLoader(lambda: go.wait(10), "folder model")
    with pytest.raises(ModelLoadingError, match=r"0\.05 seconds") as caught:
        loader.get(timeout=0.05)
    assert isinstance(caught.value, TimeoutError)
    go.set()


@pytest.mark.parametrize("error", [ModelError("broken"), TimeoutError("slow"), SystemExit(1)])
def test_every_caller_learns_why_loading_failed(error):
    def load():
        raise error

    loader = ModelLoader(load, "folder model")
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            loader.get(timeout=10)
        assert caught.value is error
    assert not loader.is_ready
    assert loader.name == "folder model"


def test_a_reading_that_hangs_ends_with_a_clear_error(monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(model_loader, "READING_TIMEOUT", 0.05)
    loader = ModelLoader(lambda: SimpleNamespace(read=lambda image: go.wait(10)), "folder model")
    with pytest.raises(ModelLoadingError, match=r"0\.05 seconds"):
        loader.read(Image.new("L", (8, 8)))
    go.set()


class BusyReader:
    """A reader that reads every image as one digit, and numbers only when it may go on."""

    def __init__(self, prediction):
        self.prediction, self.go, self.images = prediction, threading.Event(), []

    def read(self, image):
        self.images.append(image)
        return self.prediction

    def read_number(self, image, strokes, single):
        self.go.wait(10)
        return single_digit(single, (1, 2, 3, 4))


@pytest.fixture
def busy(loader, monkeypatch):
    """A loader of such a reader, which reads many numbers already."""
    monkeypatch.setattr(model_loader, "PATIENCE", 0.1)
    reader = BusyReader(loader.read(SEVEN))
    busy = ModelLoader(lambda: reader, "busy model")
    crowd = [threading.Thread(target=busy.read_number, args=(SEVEN,)) for _ in range(40)]
    for one in crowd:
        one.start()
    yield busy, reader
    reader.go.set()
    for one in crowd:
        one.join()


def test_the_page_shows_one_digit_where_numbers_take_too_long(busy):
    loader, reader = busy
    image = OpenedImage(SEVEN.pixels, SEVEN.scale)
    number = loader.read_soon(image)
    assert number.single is reader.prediction
    assert [digit.box for digit in number.digits] == [(0, 0, 400, 400)]  # all of the file
    assert number.guess == str(reader.prediction.guess)
    assert sum(one is image for one in reader.images) == 1


def test_the_page_does_not_wait_where_many_numbers_are_read(busy, monkeypatch):
    loader, _ = busy
    crowd = [threading.Thread(target=loader.read_soon, args=(SEVEN,)) for _ in range(12)]
    monkeypatch.setattr(model_loader, "PATIENCE", 5)
    start = time.monotonic()
    for one in crowd:
        one.start()
    for one in crowd[model_loader.MAX_NUMBERS :]:
        one.join(1)
    assert sum(one.is_alive() for one in crowd) <= model_loader.MAX_NUMBERS
    assert time.monotonic() - start < 4


def test_a_number_is_the_readers(model, judge):
    reader = DigitReader(model, judge=judge)
    loader, expected = ModelLoader(lambda: reader, "model"), reader.read_number(SEVEN)
    for number in (loader.read_number(SEVEN), loader.read_soon(SEVEN)):
        assert (number.guess, number.confidence) == (expected.guess, expected.confidence)
        assert number.digits[0].box == expected.digits[0].box
