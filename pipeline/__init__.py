"""Siffra: reads digits as people draw them."""

from .exceptions import (
    BlankImageError,
    ClusterError,
    ConvergenceError,
    DataError,
    HubError,
    InvalidImageError,
    ModelError,
    OutputError,
    SiffraError,
)
from .hub import load_model
from .publish import push_model

__all__ = [
    "BlankImageError",
    "ClusterError",
    "ConvergenceError",
    "DataError",
    "HubError",
    "InvalidImageError",
    "ModelError",
    "OutputError",
    "SiffraError",
    "load_model",
    "push_model",
]
