"""Small random distortions of training images and pen trajectories."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra.preprocessing import ImageArray

from .strokes import Stroke

_SIDE = 34  # of a distorted MNIST image: nothing of it leaves the frame


def distort_images(
    images: ImageArray, rng: np.random.Generator, rotation: float, displacement: float
) -> ImageArray:
    """Return a copy (34 x 34) of each image with a small random affine and elastic distortion.

    `rotation` is a standard deviation in degrees, `displacement` a root mean square in pixels.
    P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied
    to visual document analysis", ICDAR 2003.
    """
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32) - (_SIDE - 1) / 2
    copies = np.empty((len(images), _SIDE, _SIDE), dtype=np.uint8)
    for index, image in enumerate(images):
        matrix = random_affine(rng, rotation, stretch=0.08)
        noise = rng.uniform(-1, 1, (_SIDE, _SIDE, 2)).astype(np.float32)
        shift = cv2.GaussianBlur(noise, (0, 0), 5)
        shift *= displacement / np.sqrt(np.mean(shift**2))
        center = (image.shape[0] - 1) / 2
        from_x = matrix[0, 0] * x + matrix[0, 1] * y + center + shift[..., 0]
        from_y = matrix[1, 0] * x + matrix[1, 1] * y + center + shift[..., 1]
        copies[index] = cv2.remap(
            image, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_CUBIC
        )
    return copies


def distort_strokes(
    strokes: Sequence[Stroke], rng: np.random.Generator, rotation: float
) -> list[Stroke]:
    """Rotate (standard deviation in degrees), shear and stretch a trajectory a little."""
    matrix = random_affine(rng, rotation, stretch=0.1)
    return [stroke @ matrix.T for stroke in strokes]


def random_affine(rng: np.random.Generator, rotation: float, stretch: float) -> NDArray[np.float64]:
    """Return a random matrix (2, 2) that rotates, shears and stretches but keeps areas."""
    angle = np.radians(rng.normal(0, rotation))
    factor, shear = np.exp(rng.normal(0, stretch)), rng.normal(0, 0.1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.array([[factor, shear], [0, 1 / factor]])
