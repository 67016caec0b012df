import threading
from types import SimpleNamespace

import pytest
from PIL import Image

from interface import loading
from interface.loading import ModelLoader
from siffra import DigitReader, ModelError, ModelLoadingError, SiffraError


def test_a_caller_waits_until_the_model_is_loaded(saved_model):
    go = threading.Event()

    def load():
        go.wait(10)
        return DigitReader.from_pretrained(str(saved_model))

    loader = ModelLoader(load, "folder model")
    assert not loader.is_ready
    threading.Timer(0.1, go.set).start()
    assert loader.get(timeout=10).classes_.tolist() == list(range(10))
    assert loader.is_ready


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
    monkeypatch.setattr(loading, "READING_TIMEOUT", 0.05)
    loader = ModelLoader(lambda: SimpleNamespace(read=lambda image: go.wait(10)), "folder model")
    with pytest.raises(ModelLoadingError, match=r"0\.05 seconds"):
        loader.read(Image.new("L", (8, 8)))
    go.set()


def test_a_missing_folder_is_a_siffra_error(tmp_path):
    loader = ModelLoader(lambda: DigitReader.from_pretrained(str(tmp_path)), "folder x")
    with pytest.raises(SiffraError):
        loader.get()


def test_the_name_shows_no_path(loader, saved_model):
    assert loader.name == "folder model"
    assert str(saved_model.parent) not in loader.name
