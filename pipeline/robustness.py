"""Accuracy on corrupted test images, beside two standard classifiers on the pixels."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

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
    """Measure the accuracy on 1,000 test images, corrupted in the way of MNIST-C.

    The first result is without corruption. An image that the Pipeline finds blank counts as
    misread. Two other models are fitted on the raw pixels of `train`.

    N. Mu, J. Gilmer, "MNIST-C: a robustness benchmark for computer vision", 2019.
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
    """Fit a random forest and, on the first 10,000 images, k nearest neighbors."""
    forest = RandomForestClassifier(random_state=seed, n_jobs=-1)
    forest.fit(_resize(train.images), train.labels)
    forest.set_params(n_jobs=1)  # sums up its trees in the same order each time
    few = train[:N_NEIGHBOR_TRAIN]
    neighbors = KNeighborsClassifier().fit(_resize(few.images), few.labels)
    return {
        "random forest on pixels": lambda images: forest.predict(_resize(images)),
        "k-NN on pixels": lambda images: neighbors.predict(_resize(images)),
    }


def _resize(images: Sequence[ImageArray] | ImageArray) -> NDArray[np.float32]:
    """Resize images of any sizes to MNIST's by area, and return their pixels (n, 784)."""
    size = (_SIDE, _SIDE)
    rows = [cv2.resize(image, size, interpolation=cv2.INTER_AREA).ravel() for image in images]
    return np.stack(rows).astype(np.float32)
