"""Accuracy on corrupted test images, beside two standard classifiers on the pixels."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from siffra.exceptions import BlankImageError
from siffra.preprocessing import ImageArray

from .corruptions import CORRUPTIONS
from .data import Digits
from .evaluation import wilson_interval

# Limits that keep the step below two minutes on one core.
N_TEST: Final = 1_000
N_NEIGHBOR_TRAIN: Final = 10_000
_SIDE: Final = 28

Predict: TypeAlias = Callable[[Sequence[ImageArray]], NDArray[np.int64]]


@dataclass(frozen=True)
class RobustnessResult:
    """Accuracy and its 95 % interval, by model, on images that were corrupted in one way."""

    corruption: str
    n_images: int
    accuracy: dict[str, float]
    accuracy_interval: dict[str, tuple[float, float]]


def measure_robustness(
    pipeline: Pipeline, train: Digits, test: Digits, seed: int
) -> list[RobustnessResult]:
    """Measure the accuracy on corrupted test images, in the way of MNIST-C [1]_.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted without the test images. If it finds an image blank, the image counts as misread.
    train : Digits
        For a random forest and, the first 10,000, for k nearest neighbors: both on raw pixels.
    test : Digits
        1,000 of them, evenly spaced, are used.
    seed : int
        The corruptions and the random forest depend on it.

    Returns
    -------
    list of RobustnessResult
        The first is without corruption.

    References
    ----------
    .. [1] N. Mu, J. Gilmer, "MNIST-C: a robustness benchmark for computer vision", 2019.
    """
    test = test[:: max(1, len(test) // N_TEST)][:N_TEST]
    models = {"Siffra": partial(_read, pipeline)} | _fit_plain_models(train, seed)
    results = []
    for index, (name, corrupt) in enumerate(CORRUPTIONS.items()):
        rng = np.random.default_rng([seed, index])
        images = [corrupt(image, rng) for image in test.images]
        accuracy = {
            model: float(np.mean(predict(images) == test.labels))
            for model, predict in models.items()
        }
        intervals = {model: wilson_interval(one, len(test)) for model, one in accuracy.items()}
        results.append(RobustnessResult(name, len(test), accuracy, intervals))
    return results


def _read(pipeline: Pipeline, images: Sequence[ImageArray]) -> NDArray[np.int64]:
    """Predict with the Pipeline; -1 stands for a blank image."""
    pixels = {}
    for index, image in enumerate(images):
        with suppress(BlankImageError):
            pixels[index] = pipeline[0].transform([image])[0]
    labels = np.full(len(images), -1)
    if pixels:
        labels[list(pixels)] = pipeline[1:].predict(np.stack(list(pixels.values())))
    return labels


def _fit_plain_models(train: Digits, seed: int) -> dict[str, Predict]:
    """Fit the two classifiers on raw pixels."""
    pixels = _resize(train.images)
    forest = RandomForestClassifier(random_state=seed, n_jobs=-1).fit(pixels, train.labels)
    forest.set_params(n_jobs=1)  # sums up its trees in the same order each time
    neighbors = KNeighborsClassifier().fit(
        pixels[:N_NEIGHBOR_TRAIN], train.labels[:N_NEIGHBOR_TRAIN]
    )
    models: dict[str, Any] = {"random forest on pixels": forest, "k-NN on pixels": neighbors}
    return {name: partial(_predict_pixels, model) for name, model in models.items()}


def _predict_pixels(model: Any, images: Sequence[ImageArray]) -> NDArray[np.int64]:
    """Predict with a classifier on raw pixels."""
    return model.predict(_resize(images))


def _resize(images: Sequence[ImageArray] | ImageArray) -> NDArray[np.float32]:
    """Resize images of any sizes to MNIST's by area, and return their pixels (n, 784)."""
    size = (_SIDE, _SIDE)
    rows = [cv2.resize(image, size, interpolation=cv2.INTER_AREA).ravel() for image in images]
    return np.stack(rows).astype(np.float32)
