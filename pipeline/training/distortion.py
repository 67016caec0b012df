"""Small random distortions, for copies of training digits."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..image import ImageArray
from .data import Digits


def distort_images(
    digits: Digits, rng: np.random.Generator, rotation: float, bend: float
) -> ImageArray:
    """Copy images with a small random affine and elastic distortion each [1]_.

    Parameters
    ----------
    digits : Digits
    rng : numpy.random.Generator
    rotation : float
        Standard deviation, in degrees.
    bend : float
        Root mean square shift of a pixel, in pixels.

    Returns
    -------
    ndarray of shape (n, 34, 34), uint8

    References
    ----------
    .. [1] P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks
       applied to visual document analysis", ICDAR 2003.
    """
    side = 34
    centre = (side - 1) / 2
    y, x = np.mgrid[:side, :side].astype(np.float32) - centre
    copies = np.empty((len(digits), side, side), dtype=np.uint8)
    for index, image in enumerate(digits.images):
        matrix = random_affine(rng, rotation, stretch=0.08)
        shift = cv2.GaussianBlur(rng.uniform(-1, 1, (side, side, 2)).astype(np.float32), (0, 0), 5)
        shift *= bend / np.sqrt(np.mean(shift**2))
        middle = (image.shape[0] - 1) / 2
        from_x = matrix[0, 0] * x + matrix[0, 1] * y + middle + shift[..., 0]
        from_y = matrix[1, 0] * x + matrix[1, 1] * y + middle + shift[..., 1]
        copies[index] = cv2.remap(
            image, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_CUBIC
        )
    return copies


def random_affine(rng: np.random.Generator, rotation: float, stretch: float) -> NDArray[np.float64]:
    """Draw a small rotation, shear and stretch.

    Parameters
    ----------
    rng : numpy.random.Generator
    rotation : float
        Standard deviation, in degrees.
    stretch : float
        Standard deviation of the logarithm of the factor.

    Returns
    -------
    ndarray of shape (2, 2)
    """
    angle = np.radians(rng.normal(0, rotation))
    factor, shear = np.exp(rng.normal(0, stretch)), rng.normal(0, 0.1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.array([[factor, shear], [0, 1 / factor]])
