"""From a 28 x 28 image to what its edges do where: gradient-direction histograms."""

from functools import lru_cache
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from .normalization import IMAGE_SIZE

# Images of a large batch go through in blocks that fit a processor's cache.
_BLOCK: Final = 500


class GradientHistograms(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Sum up, cell by cell, how strongly the image changes in each direction.

    Sobel gradients are shared between the two nearest of `n_directions` signed directions and
    pooled in a grid of overlapping cells with triangular weights; the square root evens out
    their distribution [1]_. Stateless.

    Parameters
    ----------
    n_directions : int, default=12
    n_cells : int, default=5
        Cells along each side of the image.
    reach : float, default=5.6
        Distance from a cell's centre at which its weight is 0, in pixels.

    References
    ----------
    .. [1] C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition:
       benchmarking of state-of-the-art techniques", Pattern Recognition 36 (2003), 2271-2285.

    Examples
    --------
    >>> import numpy as np
    >>> from pipeline.features import GradientHistograms
    >>> pixels = np.zeros((1, 784), dtype=np.float32)
    >>> GradientHistograms().fit_transform(pixels).shape
    (1, 300)
    """

    def __init__(self, n_directions: int = 12, n_cells: int = 5, reach: float = 5.6) -> None:
        self.n_directions = n_directions
        self.n_cells = n_cells
        self.reach = reach

    def fit(self, pixels: Any, y: Any = None) -> Self:
        """Learn nothing.

        Parameters
        ----------
        pixels : ndarray of shape (n, 784)
            Not read.
        y : None
            Not read.

        Returns
        -------
        GradientHistograms
            Itself.
        """
        return self

    def transform(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn rows of pixels into rows of histograms.

        Parameters
        ----------
        pixels : ndarray of shape (n, 784), float32
            Ink from 0 to 1, as `MnistPreprocessor` returns it.

        Returns
        -------
        ndarray of shape (n, n_directions * n_cells ** 2), float32
            At least 0; by direction, then row, then column of the cell.
        """
        images = np.asarray(pixels, dtype=np.float32).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
        weights = cell_weights(self.n_cells, self.reach)
        rows = np.empty((len(images), self._n_features_out), dtype=np.float32)
        for start in range(0, len(images), _BLOCK):
            block = slice(start, start + _BLOCK)
            strengths = share_directions(*sobel(images[block]), self.n_directions)
            cells = np.sqrt(weights @ strengths @ weights.T)
            rows[block] = cells.reshape(len(cells), -1)
        return rows

    @property
    def _n_features_out(self) -> int:
        return self.n_directions * self.n_cells**2

    def __sklearn_is_fitted__(self) -> bool:
        return True


def sobel(images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Differentiate a batch of images with Sobel's 3 x 3 operator; outside is black.

    Parameters
    ----------
    images : ndarray of shape (n, H, W), float32

    Returns
    -------
    tuple of two ndarrays of shape (n, H, W), float32
        The gradient along columns, and along rows.
    """
    across, down = np.empty_like(images), np.empty_like(images)
    for index, image in enumerate(images):
        cv2.Sobel(image, cv2.CV_32F, 1, 0, across[index], borderType=cv2.BORDER_CONSTANT)
        cv2.Sobel(image, cv2.CV_32F, 0, 1, down[index], borderType=cv2.BORDER_CONSTANT)
    return across, down


def share_directions(
    across: NDArray[np.float32], down: NDArray[np.float32], n_directions: int
) -> NDArray[np.float32]:
    """Share each gradient between the two directions it lies between.

    Parameters
    ----------
    across, down : ndarray of shape (n, H, W), float32
    n_directions : int

    Returns
    -------
    ndarray of shape (n, n_directions, H, W), float32
        The parts of the gradient's length; direction k is k / n_directions of a turn.
    """
    n, height, width = across.shape
    size = height * width
    length, angle = cv2.cartToPolar(across.reshape(n, size), down.reshape(n, size))
    direction = angle * np.float32(n_directions / (2 * np.pi))
    below = direction.astype(np.int32)  # at least 0: rounded down
    to_above = length * (direction - below.astype(np.float32))

    # Beyond the last direction comes the first again: two more, which are added to the first two.
    n_slots = n_directions + 2
    shared = np.zeros(n * n_slots * size, dtype=np.float32)
    places = below * size + _first_places(n, n_slots * size, size)
    shared[places] = length - to_above
    places += size
    shared[places] = to_above
    shared = shared.reshape(n, n_slots, height, width)
    shared[:, :2] += shared[:, n_directions:]
    return shared[:, :n_directions]


@lru_cache(maxsize=2)
def _first_places(n: int, step: int, size: int) -> NDArray[np.intp]:
    return np.arange(n)[:, None] * step + np.arange(size)


@lru_cache
def cell_weights(n_cells: int, reach: float) -> NDArray[np.float32]:
    """Weigh each row (or column) of the image for each row of cells.

    Parameters
    ----------
    n_cells : int
    reach : float
        Where a triangle ends, in pixels from its cell's centre.

    Returns
    -------
    ndarray of shape (n_cells, 28), float32
    """
    centres = (np.arange(n_cells) + 0.5) * IMAGE_SIZE / n_cells - 0.5
    distance = np.abs(np.arange(IMAGE_SIZE) - centres[:, None])
    return np.clip(1 - distance / reach, 0, None).astype(np.float32)
