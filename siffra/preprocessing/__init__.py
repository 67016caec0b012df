"""Preprocessing: any image of a digit becomes an MNIST-style 28 x 28 image."""

from .grayscale import MAX_PIXELS, ImageArray, as_array
from .normalization import PreprocessingSteps
from .transformer import MnistPreprocessor, as_batch

__all__ = [
    "MAX_PIXELS",
    "ImageArray",
    "MnistPreprocessor",
    "PreprocessingSteps",
    "as_array",
    "as_batch",
]
