"""Siffra reads digits and numbers as people write them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .exceptions import (
    BlankImageError,
    ClusterError,
    ConvergenceError,
    DataError,
    HubError,
    InvalidImageError,
    ModelError,
    ModelLoadingError,
    OutputError,
    ParameterError,
    SiffraError,
    WorkerError,
)

if TYPE_CHECKING:
    from .adaptation import Examples
    from .hub.download import load_model
    from .hub.publish import push_model
    from .numbers.number import Digit, Mark
    from .predictions import Prediction
    from .reader import DigitReader, NumberPrediction

__all__ = [
    "BlankImageError",
    "ClusterError",
    "ConvergenceError",
    "DataError",
    "Digit",
    "DigitReader",
    "Examples",
    "HubError",
    "InvalidImageError",
    "Mark",
    "ModelError",
    "ModelLoadingError",
    "NumberPrediction",
    "OutputError",
    "ParameterError",
    "Prediction",
    "SiffraError",
    "WorkerError",
    "load_model",
    "push_model",
]

# Imported when they are first used: a part of this package can be imported without OpenCV and
# scikit-learn.
_MODULES = {
    "Digit": "numbers.number",
    "DigitReader": "reader",
    "Examples": "adaptation",
    "Mark": "numbers.number",
    "NumberPrediction": "reader",
    "Prediction": "predictions",
    "load_model": "hub.download",
    "push_model": "hub.publish",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value
