"""Reject images that are not clearly one digit or number: below these thresholds, no label."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from .exceptions import ParameterError


@dataclass(frozen=True)
class Thresholds:
    """The confidence from which an answer is asserted; below it, it is a guess.

    Parameters
    ----------
    digit : float, default=0
        Of one digit: see `confidence`. From 0 to 1.
    number : float, default=0
        Of a number of several digits: the probability that all of it is right, from 0 to 1.

    Raises
    ------
    ParameterError
        If a threshold is not a number from 0 to 1.
    """

    digit: float = 0.0
    number: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) not in (int, float) or not 0 <= value <= 1:
                raise ParameterError(
                    f"Got the threshold {name}={value!r:.40}, but expected a number from 0 to 1."
                )

    def reject(
        self, probabilities: NDArray[np.float64], is_digit: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which predictions of one digit are rejected: see `confidence`."""
        return confidence(probabilities, is_digit) < self.digit


def confidence(
    probabilities: NDArray[np.float64], is_digit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability (n,) that an image is a digit, and its likeliest digit is right.

    The probabilities (n, 10) are those of the digits if the image is a digit, and `is_digit` (n,)
    that it is a digit.
    """
    return probabilities.max(axis=1) * is_digit
