"""Siffra: reads digits as people draw them."""

from .exceptions import (
    BlankImageError,
    ConvergenceError,
    DataError,
    InvalidImageError,
    ModelError,
    OutputError,
    SiffraError,
)
from .hub import load_model

__all__ = [
    "BlankImageError",
    "ConvergenceError",
    "DataError",
    "InvalidImageError",
    "ModelError",
    "OutputError",
    "SiffraError",
    "load_model",
]
