"""Adapt scores to a visitor's hand: a regression on the drawings that the visitor corrected."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from .escaping import shorten
from .exceptions import DataError, OutputError
from .preprocessing import ImageArray
from .scores import KernelScores

# With more, the oldest are forgotten.
MAX_EXAMPLES: Final = 50
# Chosen on writers kept out of the fit: see docs/decisions/0015-learning-from-corrections.md.
# The score of a corrected drawing's digit should exceed each other score by this much.
MARGIN: Final = 2.5
# The power of `KernelScores`' similarity that decides how much of a change reaches other drawings.
SHARPNESS: Final = 1.7
# The L2 penalty: an example changes the scores of drawings like it by 59 % of what its own lacked;
# two examples that agree, by 74 %.
ALPHA: Final = 0.7
# A power of the similarity that is near 1 for the corrected drawing itself, and near 0 for all
# others: its own scores change without the penalty.
SAME_DRAWING_POWER: Final = 64
_SIDE: Final = 28  # pixels
_N_DIGITS: Final = 10
_MAX_FILE_SIZE: Final = 2**17  # bytes; that of 50 examples is about half as large


@dataclass(frozen=True, eq=False)
class Examples:
    """Drawings and the digits that a visitor says they show; immutable.

    Parameters
    ----------
    pixels : array of shape (n, 28, 28), uint8
        Preprocessed: `PreprocessingSteps.digit`, or `pixels` of a number's digit.
    labels : array of shape (n,)
        The digits, 0 to 9. The oldest example is first.

    Raises
    ------
    DataError
        If the shapes, the types or the digits are others.

    Notes
    -----
    Of several examples with the same pixels only the last is kept: the visitor may correct a
    correction. Of more than `MAX_EXAMPLES`, the last are kept.
    """

    pixels: ImageArray = field(default_factory=lambda: np.zeros((0, _SIDE, _SIDE), np.uint8))
    labels: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        pixels, labels = np.asarray(self.pixels), np.asarray(self.labels)
        if pixels.dtype != np.uint8 or pixels.shape[1:] != (_SIDE, _SIDE):
            raise DataError(
                f"Got pixels of shape {pixels.shape} and type {pixels.dtype}. Expected uint8 "
                f"arrays of shape (n, {_SIDE}, {_SIDE})."
            )
        if labels.shape != pixels.shape[:1]:
            raise DataError(f"Got {len(pixels)} drawings and labels of shape {labels.shape}.")
        digits = [check_digit(label) for label in labels.tolist()]
        last = {drawing.tobytes(): index for index, drawing in enumerate(pixels)}
        kept = sorted(last.values())[-MAX_EXAMPLES:]
        for name, value in (
            ("pixels", pixels[kept]),
            ("labels", np.array(digits, np.int64)[kept]),
        ):
            value.setflags(write=False)
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.labels)

    def __add__(self, others: "Examples") -> "Examples":
        """Return these examples followed by others."""
        return Examples(
            np.concatenate([self.pixels, others.pixels]),
            np.concatenate([self.labels, others.labels]),
        )

    @classmethod
    def of(cls, pixels: Sequence[ImageArray], labels: Sequence[Any]) -> Self:
        """Return examples from lists of equal length, which may be empty."""
        return cls(np.stack(pixels), np.array(labels, object)) if len(pixels) else cls()

    def to_json(self) -> list[dict[str, Any]]:
        """Return plain data: for each drawing its digit, and its 784 pixels in base64."""
        return [
            {"digit": label, "pixels": base64.b64encode(drawing.tobytes()).decode()}
            for label, drawing in zip(self.labels.tolist(), self.pixels, strict=True)
        ]

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Check and return examples from `to_json`, whose sender need not be trusted.

        Raises
        ------
        DataError
            If it is anything else, or more than `MAX_EXAMPLES`.
        """
        if not isinstance(values, list) or len(values) > MAX_EXAMPLES:
            raise DataError(f"Expected a list of at most {MAX_EXAMPLES} examples.")
        pixels, labels = [], []
        for value in values:
            if not isinstance(value, dict) or value.keys() != {"digit", "pixels"}:
                raise DataError("Expected examples that have a digit and pixels, nothing else.")
            labels.append(check_digit(value["digit"]))
            pixels.append(_decode(value["pixels"]))
        return cls.of(pixels, labels)

    def sha256(self) -> str:
        """Return the checksum of the drawings and their digits, 64 hexadecimal digits."""
        return hashlib.sha256(self.labels.tobytes() + self.pixels.tobytes()).hexdigest()

    def save(self, path: str | Path) -> None:
        """Write a JSON file.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        try:
            Path(path).write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"Cannot write {path} ({error.strerror}).") from error

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file of `save`, whose author need not be trusted.

        Raises
        ------
        DataError
            If there is no such file, or it contains anything else.
        """
        path = Path(path)
        try:
            if path.exists() and not path.is_file():
                raise DataError("Expected a regular file.")
            with path.open("rb") as file:
                content = file.read(_MAX_FILE_SIZE + 1)
            if len(content) > _MAX_FILE_SIZE:
                raise DataError(f"Expected at most {_MAX_FILE_SIZE:,} bytes.")
            return cls.from_json(json.loads(content))
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}).") from error
        except DataError as error:
            raise DataError(f"{path} does not contain examples. {error}") from error
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path} does not contain examples: it is not JSON.") from error


def as_pairs(examples: Any) -> tuple[list[Any], list[int]]:
    """Return the images and the digits of (image, digit) pairs, or raise DataError."""
    pairs = [*examples] if isinstance(examples, Iterable) else [examples]
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise DataError("Expected a list of pairs (image, digit), such as [(image, 4)].")
    return [image for image, _ in pairs], [check_digit(label) for _, label in pairs]


def check_digit(label: Any) -> int:
    """Return a digit as an int, or raise DataError."""
    is_whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if not is_whole or not 0 <= label < _N_DIGITS:
        raise DataError(f"Got the label {shorten(label)}, but expected a whole number from 0 to 9.")
    return int(label)


def _decode(text: Any) -> ImageArray:
    """Return the pixels (28, 28) of an example in JSON."""
    try:
        is_short = isinstance(text, str) and len(text) <= 2 * _SIDE * _SIDE
        content = base64.b64decode(text, validate=True) if is_short else b""
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != _SIDE * _SIDE:
        raise DataError(f"Expected {_SIDE * _SIDE} pixels in base64.")
    return np.frombuffer(content, np.uint8).reshape(_SIDE, _SIDE)


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A ridge regression of the gaps in the scores of examples, on the similarity to them.

    Parameters
    ----------
    rows : ndarray of shape (n_examples, n_components), float32
    weights : ndarray of shape (n_examples, n_scores), float64
    gamma : float
        Of `KernelScores`.
    """

    rows: NDArray[np.float32]
    weights: NDArray[np.float64]
    gamma: float

    @classmethod
    def fit(
        cls, kernel: KernelScores, rows: NDArray[np.float32], labels: NDArray[np.int64]
    ) -> Self:
        """Fit the regression on rows (n_examples, n_components) and their digits."""
        lacking = lacking_scores(kernel.transform(rows), labels)
        gram = gaussian(rows, rows, kernel.gamma_) ** SHARPNESS + ALPHA * np.eye(len(rows))
        weights = np.linalg.solve(gram, lacking).astype(float)
        return cls(rows, weights, kernel.gamma_)

    def similarity(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the similarity (n, n_examples) of rows to the examples, from 0 to 1."""
        return gaussian(rows, self.rows, self.gamma)

    def adapt(
        self, scores: NDArray[np.float32], similarity: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Return adapted scores (n, n_scores), relative to the best digit."""
        influence = similarity**SHARPNESS + ALPHA * similarity**SAME_DRAWING_POWER
        sums = scores + influence @ self.weights
        return (sums - sums[:, 1:].max(axis=1, keepdims=True)).astype(np.float32)


def lacking_scores(scores: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the additions to scores that let the digits exceed all others by `MARGIN`.

    A digit rises by half of what it lacks, and its rivals fall by as much or less. Nothing changes
    if it is ahead by half of `MARGIN`: only "not a digit" may have to fall. That falls so far that
    drawings like a refused one pass in spite of the penalty.
    """
    scores = scores.astype(float)
    own = np.arange(len(labels)), labels + 1
    rivals = scores[:, 1:].copy()
    rivals[np.arange(len(labels)), labels] = -np.inf
    best = rivals.max(axis=1)
    ahead = scores[own] - best
    rise = np.maximum(MARGIN - ahead - np.maximum(ahead, 0), 0) / 2
    lacking = np.minimum((best - rise)[:, None] - scores, 0)
    lacking[own] = rise
    lacking[:, 0] = (1 + ALPHA) * np.minimum(scores[own] + rise - MARGIN - scores[:, 0], 0)
    return lacking


def gaussian(a: NDArray[np.float32], b: NDArray[np.float32], gamma: float) -> NDArray[np.float64]:
    """Return the Gaussian similarity (n_a, n_b) of rows, from 0 to 1."""
    a, b = a.astype(float), b.astype(float)
    squares = (a * a).sum(axis=1)[:, None] - 2 * a @ b.T + (b * b).sum(axis=1)
    similarity: NDArray[np.float64] = np.exp(-gamma * np.maximum(squares, 0))
    return similarity
