"""Reject images that are not clearly one digit: the threshold below which there is no label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RejectionThreshold:
    """What a prediction must reach to be accepted.

    Parameters
    ----------
    confidence : float, default=0
        Minimum of `confidence`, from 0 to 1.
    """

    confidence: float = 0.0

    def reject(
        self, probabilities: NDArray[np.float64], is_digit: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which predictions are rejected.

        Parameters
        ----------
        probabilities : ndarray of shape (n, 10), float64
            Of each digit, if the image is a digit.
        is_digit : ndarray of shape (n,), float64
            The probability that it is a digit.

        Returns
        -------
        ndarray of shape (n,), bool
        """
        return confidence(probabilities, is_digit) < self.confidence


def confidence(
    probabilities: NDArray[np.float64], is_digit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability that an image is a digit, and the most likely one (n,)."""
    return probabilities.max(axis=1) * is_digit
