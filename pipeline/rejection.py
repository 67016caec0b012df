"""Reject images that do not look like a digit: thresholds below which there is no label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RejectionThresholds:
    """What a prediction must reach to be accepted.

    Parameters
    ----------
    probability : float, default=0
        Minimum probability of the most likely digit, from 0 to 1.
    similarity : float, default=0
        Minimum similarity to the most similar training digit, from 0 to 1. A letter may clearly
        resemble one digit more than the others and still be unlike any training digit.
    """

    probability: float = 0.0
    similarity: float = 0.0

    def reject(
        self, probabilities: NDArray[np.float64], similarity: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Return which predictions are rejected.

        Parameters
        ----------
        probabilities : ndarray of shape (n, 10), float64
        similarity : ndarray of shape (n,), float32

        Returns
        -------
        ndarray of shape (n,), bool
        """
        return (probabilities.max(axis=1) < self.probability) | (similarity < self.similarity)
