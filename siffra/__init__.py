"""Siffra reads digits as people draw them."""

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
    SiffraError,
    WorkerError,
)
from .hub import load_model, push_model
from .numbers.number import Digit, NumberPrediction
from .reader import DigitReader, Prediction

__all__ = [
    "BlankImageError",
    "ClusterError",
    "ConvergenceError",
    "DataError",
    "Digit",
    "DigitReader",
    "HubError",
    "InvalidImageError",
    "ModelError",
    "ModelLoadingError",
    "NumberPrediction",
    "OutputError",
    "Prediction",
    "SiffraError",
    "WorkerError",
    "load_model",
    "push_model",
]
