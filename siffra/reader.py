"""Read digits and numbers: the single entry point, and the one rule for labels and doubt."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from .adaptation import Adaptation, Examples, as_pairs
from .alternatives import read_clearest
from .exceptions import ParameterError
from .features import sobel
from .forest import LowLatencyRandomForest
from .hub.download import ModelLocation, resolve_model
from .image_files import OpenedImage, open_image
from .model_folder.config import read_config
from .model_folder.loading import load_judge, load_pipeline, no_judge
from .model_folder.signing import signed_files
from .numbers.components import TooManyError
from .numbers.foreground import Foreground, find_foreground
from .numbers.kinds import UNREAD
from .numbers.number import Digit, LineReading, Mark, is_one_digit, read_lines
from .numbers.strokes import Stroke, check_strokes
from .predictions import Explanation, Prediction, certainty
from .preprocessing import ImageArray, PreprocessingSteps, as_array, as_batch
from .rejection import Thresholds

# The confidence of a number is multiplied by this if `read` is sure of another digit.
_DISAGREEMENT: Final = 0.5


@dataclass(frozen=True, eq=False)
class NumberPrediction:
    """The reading of an image of a number.

    Parameters
    ----------
    label : str or None
        Digits and signs, such as "-5", "3.14", "24/12" or "12:30"; a line break between lines, and
        a space where the gap is wide. None if unsure.
    unsure : bool
        Whether the image may not be a number, or not clearly this one.
    guess : str
        The likeliest number, even if unsure; "?" for a character that is no digit or sign.
    confidence : float
        Probability that all of it is right, from 0 to 1.
    digits : list of Digit
        Line by line, from left to right.
    single : Prediction
        What `DigitReader.read` says about the same image.
    marks : list of Mark
        Signs and other characters, and ink that was left out; of a number of several characters.
    """

    label: str | None
    unsure: bool
    guess: str
    confidence: float
    digits: list[Digit]
    single: Prediction
    marks: list[Mark] = field(default_factory=list)


class DigitReader:
    """Read digits with a fitted Pipeline, and reject images that do not look like a digit.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        As `siffra.load_model` returns it.
    thresholds : Thresholds, optional
        Without them, nothing is rejected.
    location : ModelLocation, optional
        Where the model came from.
    judge : LowLatencyRandomForest, optional
        Tells whether a part of a number is one whole digit: `read_number` needs it.
    examples : Examples, optional
        Drawings that a visitor corrected: see `adapt`.

    Attributes
    ----------
    classes_ : ndarray of shape (10,), int64
        The digits 0 to 9.

    Examples
    --------
    >>> from siffra import DigitReader
    >>> reader = DigitReader.from_pretrained("model")
    >>> prediction = reader.read("docs/images/seven.png")
    >>> prediction.label, prediction.unsure
    (7, False)
    """

    def __init__(
        self,
        pipeline: Pipeline,
        thresholds: Thresholds | None = None,
        location: ModelLocation | None = None,
        judge: LowLatencyRandomForest | None = None,
        examples: Examples | None = None,
    ) -> None:
        if not isinstance(thresholds, Thresholds | None):
            raise ParameterError(
                f"Got the thresholds {thresholds!r:.100}, but expected Thresholds(digit, number)."
            )
        self.pipeline = pipeline
        self.thresholds = thresholds or Thresholds()
        self.location = location
        self.judge = judge
        self.classes_ = pipeline.classes_
        self.examples = Examples() if examples is None else examples
        self._adaptation: Adaptation | None = None
        if len(self.examples):
            rows = self._extract(self.examples.pixels)
            self._adaptation = Adaptation.fit(pipeline[-2], rows, self.examples.labels)

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path = "model",
        revision: str | None = None,
        *,
        public_key: str | Path | None = None,
    ) -> Self:
        """Load a model from a folder or from the Hub.

        Parameters
        ----------
        source : str or pathlib.Path, default="model"
            A folder, or a model repository "USER/REPO".
        revision : str, optional
            Commit, tag or branch of the repository; a commit pins the model.
        public_key : str or pathlib.Path, optional
            PEM file of the author's key, for a model that was published with `sign`.

        Returns
        -------
        DigitReader

        Raises
        ------
        ModelError, HubError
            See `siffra.load_model`.
        """
        location = resolve_model(source, revision)
        with signed_files(location.path, public_key) as folder:
            thresholds = read_config(folder).thresholds
            pipeline, judge = load_pipeline(folder), load_judge(folder)
        return cls(pipeline, thresholds, location, judge)

    def adapt(self, examples: Examples | Iterable[tuple[Any, int]]) -> Self:
        """Return a reader that has also learned from drawings that a visitor corrected.

        Parameters
        ----------
        examples : Examples, or iterable of (image, digit)
            The oldest first; images as for `read`, and the digits 0 to 9 that they show.

        Returns
        -------
        DigitReader
            With these examples after those of this reader, which stays as it is. Of more than
            `siffra.adaptation.MAX_EXAMPLES`, the oldest are forgotten.

        Raises
        ------
        InvalidImageError, BlankImageError
            See `read_many`.
        DataError
            If a label is not a digit.

        Examples
        --------
        >>> from siffra import DigitReader
        >>> reader = DigitReader.from_pretrained("model")
        >>> adapted = reader.adapt([("docs/images/seven.png", 1)])
        >>> adapted.read("docs/images/seven.png").label, reader.read("docs/images/seven.png").label
        (1, 7)
        """
        if not isinstance(examples, Examples):
            images, labels = as_pairs(examples)
            digits = [one.steps.digit for one in self.read_many(images)]
            examples = Examples.of(digits, labels)
        return type(self)(
            self.pipeline, self.thresholds, self.location, self.judge, self.examples + examples
        )

    def read(self, image: Any) -> Prediction:
        """Read the digit in one image.

        Parameters
        ----------
        image : str, pathlib.Path, PIL.Image.Image, OpenedImage or ndarray
            The path of an image file, or an image. An array is uint8, of shape (H, W), (H, W, 3)
            or (H, W, 4); dark on light or light on dark.

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
        return self.predict([self.preprocess(image)])[0]

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
            If an image is not supported, or there is one image instead of several.
        BlankImageError
            If an image is blank; its `index` says which.
        """
        return self.predict([self.preprocess(one, k) for k, one in enumerate(as_batch(images))])

    def read_number(
        self, image: Any, strokes: Any = None, *, single: Prediction | None = None
    ) -> NumberPrediction:
        """Read all digits of an image: one or several, also on several lines.

        An image that `read` takes for one digit is one digit, unless the judge disagrees. A
        doubtful number falls back to one digit, if it may be one; so does an image of more parts
        than a number has, such as a page of text. The signs - . , / and : are read where they are;
        specks, ruled lines and the boxes of a form are left out. A number with any other character
        is unsure, and its guess has "?" in that place.

        Parameters
        ----------
        image : str, pathlib.Path, PIL.Image.Image, OpenedImage or ndarray
            See `read`.
        strokes : sequence of array-like of shape (n, 2), optional
            How the number was drawn, if that is known: x and y of each stroke of the pen, in the
            pixels of the image as a person sees it and in the order drawn. They tell which ink
            belongs together where digits touch or cross.
        single : Prediction, optional
            What `read` says about the image, if that is known.

        Returns
        -------
        NumberPrediction

        Raises
        ------
        InvalidImageError, BlankImageError
            See `read`.
        DataError
            If the strokes are not as described, not finite, or too many.
        ModelError
            If the model cannot read numbers.
        """
        if self.judge is None:
            raise no_judge()
        checked = None if strokes is None else check_strokes(strokes)
        opened = _open(image)
        single = single or self.read(opened)
        foreground = find_foreground(opened.pixels)
        if checked is not None:
            checked = [points / opened.scale for points in checked]
        lines = self._read_lines(self.judge, foreground, checked) if foreground else []
        if foreground is None or not lines or is_one_digit(lines, single.unsure):
            box = (0, 0, *opened.pixels.shape[1::-1]) if foreground is None else foreground.box()
            return single_digit(single, _enlarge(box, opened.scale))
        guess, certainty = "\n".join(line.text for line in lines), _confidence(lines)
        digits = [
            replace(one, box=_enlarge(one.box, opened.scale))
            for line in lines
            for one in line.digits
        ]
        marks = [
            replace(one, box=_enlarge(one.box, opened.scale))
            for line in lines
            for one in line.marks
        ]
        if not single.unsure and [one.label for one in digits] != [single.label]:
            certainty *= _DISAGREEMENT
        unsure = certainty < self.thresholds.number or UNREAD in guess
        label = None if unsure else guess
        return NumberPrediction(label, unsure, guess, certainty, digits, single, marks)

    def explain(self, prediction: Prediction) -> Explanation:
        """Return the results of the steps after the preprocessing.

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

    def preprocess(self, image: Any, index: int = 0) -> Iterator[PreprocessingSteps]:
        """Preprocess one image, for `predict`.

        Parameters
        ----------
        image : str, pathlib.Path, PIL.Image.Image, OpenedImage or ndarray
            See `read`.
        index : int, default=0
            Position of the image in its batch, for the error message.

        Returns
        -------
        iterator of PreprocessingSteps
            The image as it is, and with less and less clutter: see
            `siffra.preprocessing.MnistPreprocessor.alternatives`. Only the first is computed at
            once.

        Raises
        ------
        InvalidImageError, BlankImageError
            See `read`.
        """
        alternatives = self.pipeline[0].alternatives(_open(image).pixels, index)
        return chain([next(alternatives)], alternatives)

    def predict(self, images: Iterable[Iterable[PreprocessingSteps]]) -> list[Prediction]:
        """Read digits that are already preprocessed.

        Clutter is only looked for in images that do not clearly look like a digit.

        Parameters
        ----------
        images : iterable of iterable of PreprocessingSteps
            From `preprocess`.

        Returns
        -------
        list of Prediction
        """
        return read_clearest(images, self._read)

    def _read(self, steps: Sequence[PreprocessingSteps]) -> list[Prediction]:
        """Read one alternative of each image."""
        if not steps:
            return []
        scores = self._score(np.stack([step.digit for step in steps]))
        kernel, forest = self.pipeline[-2], self.pipeline[-1]
        probabilities, is_digit = forest.predict_proba(scores), kernel.is_digit(scores)
        unsure = self.thresholds.reject(probabilities, is_digit)
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

    def _score(self, pixels: ImageArray) -> NDArray[np.float32]:
        """Return the scores of preprocessed images (n, 28, 28)."""
        rows = self._extract(pixels)
        scores: NDArray[np.float32] = self.pipeline[-2].score_rows(rows)
        if self._adaptation is None:
            return scores
        return self._adaptation.adapt(scores, self._adaptation.similarity(rows))

    def _extract(self, pixels: ImageArray) -> NDArray[np.float32]:
        """Return the components of preprocessed images (n, 28, 28)."""
        _, features, components, *_ = (step for _, step in self.pipeline.steps)
        values = pixels.astype(np.float32) / np.float32(255)
        rows: NDArray[np.float32] = components.transform(features.histograms(values))
        return rows

    def _read_lines(
        self,
        judge: LowLatencyRandomForest,
        foreground: Foreground,
        strokes: Sequence[Stroke] | None,
    ) -> list[LineReading]:
        """Return the lines of text; none if there are more parts than a number has."""
        try:
            return read_lines(self.pipeline, judge, foreground, self._adaptation, strokes)
        except TooManyError:
            return []


def _open(image: Any) -> OpenedImage:
    """Open a file, or take an image as it is."""
    if isinstance(image, OpenedImage):
        return image
    if isinstance(image, str | Path):
        return open_image(image)
    return OpenedImage(as_array(image))


def single_digit(single: Prediction, box: tuple[float, float, float, float]) -> NumberPrediction:
    """Return a number of one digit, of which as much is said as of the digit."""
    return NumberPrediction(
        label=None if single.unsure else str(single.label),
        unsure=single.unsure,
        guess=str(single.guess),
        confidence=certainty(single),
        digits=[Digit(single.guess, single.probabilities, box, single.steps.digit)],
        single=single,
    )


def _confidence(lines: Sequence[LineReading]) -> float:
    """Return the probability that all lines are right."""
    return math.prod(line.confidence for line in lines)


def _enlarge(
    box: tuple[float, float, float, float], scale: float
) -> tuple[float, float, float, float]:
    """Return a box in the pixels of the image before it was reduced."""
    left, top, width, height = (scale * value for value in box)
    return left, top, width, height
