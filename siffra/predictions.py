"""The reading of one image, and the steps that led to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .preprocessing import PreprocessingSteps
from .rejection import confidence


@dataclass(frozen=True, eq=False)
class Prediction:
    """The reading of one image.

    Parameters
    ----------
    label : int or None
        The digit, 0 to 9; None if unsure.
    unsure : bool
        Whether the image may not be a digit, or not clearly one.
    guess : int
        The most likely digit, even if unsure.
    probabilities : ndarray of shape (10,), float64
        Of each digit, as in `DigitReader.classes_`, if the image is a digit.
    is_digit : float
        Probability that the image is a digit at all, from 0 to 1.
    steps : PreprocessingSteps
        The result of each preprocessing step.
    scores : ndarray of shape (n_scores,), float32
        What the forest read: `KernelScores` of the image, the digits' last.
    """

    label: int | None
    unsure: bool
    guess: int
    probabilities: NDArray[np.float64]
    is_digit: float
    steps: PreprocessingSteps
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Explanation:
    """The results of the later steps of the Pipeline for an image.

    Parameters
    ----------
    edges : ndarray of shape (28, 28), float32
        Magnitude of the gradient, at least 0.
    scores : ndarray of shape (10,), float32
        Of each digit, relative to the best one: at most 0.
    votes : ndarray of shape (10,), int64
        Number of trees for which the digit is the likeliest.
    """

    edges: NDArray[np.float32]
    scores: NDArray[np.float32]
    votes: NDArray[np.int64]


def certainty(prediction: Prediction) -> float:
    """Return the probability that an image is the digit of its prediction."""
    (value,) = confidence(prediction.probabilities[None], np.array([prediction.is_digit]))
    return float(value)
