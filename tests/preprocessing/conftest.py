"""Fixture for the tests of the preprocessing: the model that reads its result."""

import pytest
from apps import ROOT

from siffra import load_model


@pytest.fixture(scope="session")
def released():
    """The released Pipeline."""
    return load_model(ROOT / "model")
