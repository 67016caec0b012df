"""Read digits: a model, and the one way in which this project uses it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from .features import sobel
from .forest import LowLatencyRandomForest
from .hub import ModelLocation, resolve_model
from .numbers.components import TooManyError
from .numbers.foreground import find_foreground
from .numbers.number import Digit, NumberPrediction, is_one_digit, read_lines
from .persistence import load_judge, load_pipeline, no_judge, read_config
from .preprocessing import PreprocessingSteps, as_array
from .rejection import RejectionThreshold


@dataclass(frozen=True)
class Prediction:
    """What the model says about one image.

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


@dataclass(frozen=True)
class Explanation:
    """What the later steps of the Pipeline made of an image.

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


class DigitReader:
    """Read digits with a fitted Pipeline, and reject what does not look like a digit.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        As `siffra.load_model` returns it.
    thresholds : RejectionThreshold, optional
        Without it, nothing is rejected.
    location : ModelLocation, optional
        Where the model came from.
    judge : LowLatencyRandomForest, optional
        What `read_number` needs.

    Attributes
    ----------
    classes_ : ndarray of shape (10,), int64
        The digits 0 to 9.

    Examples
    --------
    >>> from PIL import Image
    >>> from siffra import DigitReader
    >>> reader = DigitReader.from_pretrained("model")
    >>> prediction = reader.read(Image.open("docs/images/seven.png"))
    >>> prediction.label, prediction.unsure
    (7, False)
    """

    def __init__(
        self,
        pipeline: Pipeline,
        thresholds: RejectionThreshold | None = None,
        location: ModelLocation | None = None,
        judge: LowLatencyRandomForest | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.thresholds = thresholds or RejectionThreshold()
        self.location = location
        self.judge = judge
        self.classes_ = pipeline.classes_

    @classmethod
    def from_pretrained(cls, source: str | Path = "model", revision: str | None = None) -> Self:
        """Load a model from a folder or from the Hub.

        Parameters
        ----------
        source : str or pathlib.Path, default="model"
            A folder, or a model repository "USER/REPO".
        revision : str, optional
            Commit, tag or branch of the repository; a commit pins the model.

        Returns
        -------
        DigitReader

        Raises
        ------
        ModelError, HubError
            See `siffra.load_model`.
        """
        location = resolve_model(source, revision)
        thresholds = read_config(location.path).rejection_thresholds
        pipeline, judge = load_pipeline(location.path), load_judge(location.path)
        return cls(pipeline, thresholds, location, judge)

    def read(self, image: Any) -> Prediction:
        """Read the digit in one image.

        Parameters
        ----------
        image : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8, or PIL.Image.Image
            Dark on light or light on dark.

        Returns
        -------
        Prediction

        Raises
        ------
        InvalidImageError
            If the image is not supported.
        BlankImageError
            If the image is blank.
        """
        return self.read_many([image])[0]

    def read_many(self, images: Iterable[Any]) -> list[Prediction]:
        """Read one digit in each of several images.

        Parameters
        ----------
        images : array of shape (n, H, W) or (n, H, W, C), or iterable of images
            See `read`.

        Returns
        -------
        list of Prediction
            In the order of the images; empty if there are none.

        Raises
        ------
        InvalidImageError
            If an image is not supported.
        BlankImageError
            If an image is blank; its `index` says which.
        """
        preprocessor = self.pipeline[0]
        steps = [preprocessor.preprocess_steps(image, i) for i, image in enumerate(images)]
        if not steps:
            return []
        pixels = np.stack([step.digit.ravel() for step in steps]).astype(np.float32)
        pixels /= 255
        scores = self._score(pixels)
        probabilities, is_digit, unsure = self._decide(scores)
        guesses = self.classes_[probabilities.argmax(axis=1)].tolist()
        return [
            Prediction(None if doubt else guess, doubt, guess, *values)
            for guess, doubt, *values in zip(
                guesses,
                unsure.tolist(),
                probabilities,
                is_digit.tolist(),
                steps,
                scores,
                strict=True,
            )
        ]

    def read_number(self, image: Any) -> NumberPrediction:
        """Read all digits of an image: one or several, also on several lines.

        An image that `read` takes for one digit is one digit, unless it is likelier that it is
        not. So is an image whose number is in doubt and that may be one digit, and an image of
        more parts than a number has, such as a page of text. Signs, specks, ruled lines and the
        boxes of a form are left out.

        Parameters
        ----------
        image : ndarray or PIL.Image.Image
            See `read`.

        Returns
        -------
        NumberPrediction

        Raises
        ------
        InvalidImageError, BlankImageError
            See `read`.
        ModelError
            If the model cannot read numbers.
        """
        if self.judge is None:
            raise no_judge()
        array = as_array(image)
        single = self.read(array)
        foreground = find_foreground(array)
        try:
            lines = read_lines(self.pipeline, self.judge, foreground) if foreground else []
        except TooManyError:
            lines = []
        if foreground is None or not lines or is_one_digit(lines, single.unsure):
            box = (0, 0, *array.shape[1::-1]) if foreground is None else foreground.box()
            digit = Digit(single.guess, single.probabilities, box)
            confidence = float(single.probabilities.max()) * single.is_digit
            return NumberPrediction(str(single.guess), confidence, [digit])
        return NumberPrediction(
            "\n".join(line.text for line in lines),
            math.prod(line.confidence for line in lines),
            [digit for line in lines for digit in line.digits],
        )

    def explain(self, prediction: Prediction) -> Explanation:
        """Return what the steps after the preprocessing made of an image.

        Parameters
        ----------
        prediction : Prediction
            From `read` or `read_many`.

        Returns
        -------
        Explanation
        """
        trees = self.pipeline[-1].estimators_
        choices = [tree.tree_.predict(prediction.scores[None]).argmax() for tree in trees]
        n_classes = len(self.classes_)
        pixels = np.asarray(prediction.steps.digit[None] / 255, dtype=np.float32)
        edges = np.hypot(*sobel(pixels))[0]
        votes = np.bincount(choices, minlength=n_classes)
        return Explanation(edges, prediction.scores[-n_classes:], votes)

    def predict_digits(
        self, pixels: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Read digits that are already preprocessed.

        Parameters
        ----------
        pixels : ndarray of shape (n, 784), float32, n at least 1
            From the first step of the Pipeline.

        Returns
        -------
        probabilities : ndarray of shape (n, 10), float64
        is_digit : ndarray of shape (n,), float64
        unsure : ndarray of shape (n,), bool
        """
        return self._decide(self._score(pixels))

    def _score(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the forest reads of preprocessed images."""
        _, features, components, kernel, _ = (step for _, step in self.pipeline.steps)
        scores: NDArray[np.float32] = kernel.transform(
            components.transform(features.transform(pixels))
        )
        return scores

    def _decide(
        self, scores: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return probabilities, whether each is a digit, and which are unsure."""
        kernel, forest = self.pipeline[-2], self.pipeline[-1]
        probabilities, is_digit = forest.predict_proba(scores), kernel.is_digit(scores)
        return probabilities, is_digit, self.thresholds.reject(probabilities, is_digit)
