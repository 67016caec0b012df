"""Knowing when it is not a digit: two limits below which an answer is withheld."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Limits:
    """What an answer must reach to be given.

    Parameters
    ----------
    probability : float, default=0
        Least probability of the likeliest digit, from 0 to 1.
    familiarity : float, default=0
        Least similarity to some training digit, from 0 to 1. A letter may look surely like one
        digit rather than another, and still like no digit that was ever seen.
    """

    probability: float = 0.0
    familiarity: float = 0.0

    def unsure(
        self, probabilities: NDArray[np.float64], familiarity: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Tell which answers should be withheld.

        Parameters
        ----------
        probabilities : ndarray of shape (n, 10), float64
        familiarity : ndarray of shape (n,), float32

        Returns
        -------
        ndarray of shape (n,), bool
        """
        return (probabilities.max(axis=1) < self.probability) | (familiarity < self.familiarity)


def read_familiar(
    model: "Pipeline", pixels: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Predict, and measure along the way how familiar each digit is.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        As `pipeline.load_model` returns it.
    pixels : ndarray of shape (n, 784), float32
        From the model's first step.

    Returns
    -------
    probabilities : ndarray of shape (n, 10), float64
    familiarity : ndarray of shape (n,), float32
        Similarity to the most similar landmark, from 0 to 1.
    """
    _, *extraction, scores, forest = (step for _, step in model.steps)
    features = pixels
    for step in extraction:
        features = step.transform(features)
    similarity = scores.similarity(features)
    probabilities = forest.predict_proba(scores.score_similar(similarity))
    return probabilities, similarity.max(axis=1)
