"""Fixtures for the interface: a small model, loaded."""

import pytest

from interface.model_loader import ModelLoader
from siffra import DigitReader


@pytest.fixture(scope="session")
def loader(saved_model):
    """A small model, loaded."""
    loader = ModelLoader(lambda: DigitReader.from_pretrained(str(saved_model)), "folder model")
    loader.get()
    return loader
