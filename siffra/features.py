"""Histograms of oriented gradients from MNIST-style images."""

from functools import lru_cache
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from .preprocessing.normalization import IMAGE_SIZE, N_PIXELS

# Images per block of a large batch, so that a block fits into the processor's cache.
_BLOCK_SIZE: Final = 500


class GradientHistograms(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Compute histograms of gradient orientations in a grid of overlapping cells.

    Each Sobel gradient is split between the two nearest of `n_orientations` signed orientations.
    The cells pool with triangular weights, and the square root makes the distribution more
    Gaussian [1]_. Stateless.

    Parameters
    ----------
    n_orientations : int, default=12
    n_cells : int, default=5
        Cells along each side of the image.
    cell_radius : float, default=5.6
        Distance from the center of a cell at which its weight becomes 0, in pixels.

    References
    ----------
    .. [1] C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition:
       benchmarking of state-of-the-art techniques", Pattern Recognition 36 (2003), 2271-2285.

    Examples
    --------
    >>> import numpy as np
    >>> from siffra.features import GradientHistograms
    >>> pixels = np.zeros((1, 784), dtype=np.float32)
    >>> GradientHistograms().fit_transform(pixels).shape
    (1, 300)
    """

    def __init__(
        self, n_orientations: int = 12, n_cells: int = 5, cell_radius: float = 5.6
    ) -> None:
        self.n_orientations = n_orientations
        self.n_cells = n_cells
        self.cell_radius = cell_radius

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters.

        Parameters
        ----------
        X : array of shape (n, 784)
            Ignored.
        y : None
            Ignored.

        Returns
        -------
        GradientHistograms

        Raises
        ------
        ValueError
            If a parameter is out of its range.
        """
        for name in ("n_orientations", "n_cells"):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or not 1 <= value <= IMAGE_SIZE:
                raise ValueError(f"Got {name}={value!r}, but expected 1 to {IMAGE_SIZE}.")
        if not 0 < self.cell_radius <= IMAGE_SIZE:
            raise ValueError(
                f"Got cell_radius={self.cell_radius!r}, but expected more than 0 and at most "
                f"{IMAGE_SIZE}."
            )
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Compute the histograms of each image.

        Parameters
        ----------
        X : array of shape (n, 784)
            Pixels from 0 (background) to 1 (digit), as `MnistPreprocessor` returns them.

        Returns
        -------
        ndarray of shape (n, n_orientations * n_cells ** 2), float32
            At least 0; by orientation, then row, then column of the cell.
        """
        X = validate_data(self, X, dtype=np.float32, order="C", reset=False)
        if X.shape[1] != N_PIXELS:
            raise ValueError(f"Got {X.shape[1]} columns, but expected {N_PIXELS} pixels an image.")
        return self.histograms(X.reshape(-1, IMAGE_SIZE, IMAGE_SIZE))

    def histograms(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the histograms of images (n, 28, 28), of which nothing is checked."""
        weights = cell_weights(self.n_cells, self.cell_radius)
        rows = np.empty((len(images), self._n_features_out), dtype=np.float32)
        for start in range(0, len(images), _BLOCK_SIZE):
            block = slice(start, start + _BLOCK_SIZE)
            magnitudes = bin_orientations(*sobel(images[block]), self.n_orientations)
            cells = np.sqrt(weights @ magnitudes @ weights.T)
            rows[block] = cells.reshape(len(cells), -1)
        return rows

    @property
    def _n_features_out(self) -> int:
        return self.n_orientations * self.n_cells**2

    def __sklearn_is_fitted__(self) -> bool:
        return True


def sobel(images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute Sobel gradients in x and y of images (n, H, W); pixels outside are 0."""
    dx, dy = np.empty_like(images), np.empty_like(images)
    for index, image in enumerate(images):
        cv2.Sobel(image, cv2.CV_32F, 1, 0, dx[index], borderType=cv2.BORDER_CONSTANT)
        cv2.Sobel(image, cv2.CV_32F, 0, 1, dy[index], borderType=cv2.BORDER_CONSTANT)
    return dx, dy


def bin_orientations(
    dx: NDArray[np.float32], dy: NDArray[np.float32], n_orientations: int
) -> NDArray[np.float32]:
    """Split each gradient's magnitude between the two nearest orientations.

    The result is (n, n_orientations, H, W). Orientation k is k / n_orientations of a full turn.
    """
    n, height, width = dx.shape
    size = height * width
    magnitude, angle = cv2.cartToPolar(dx.reshape(n, size), dy.reshape(n, size))
    position = angle * np.float32(n_orientations / (2 * np.pi))
    lower = position.astype(np.int32)
    to_upper = magnitude * (position - lower.astype(np.float32))

    # Orientations wrap around: two extra bins are added to the first two afterwards.
    n_bins = n_orientations + 2
    binned = np.zeros(n * n_bins * size, dtype=np.float32)
    indices = lower * size + _flat_indices(n, n_bins * size, size)
    binned[indices] = magnitude - to_upper
    indices += size
    binned[indices] = to_upper
    binned = binned.reshape(n, n_bins, height, width)
    binned[:, :2] += binned[:, n_orientations:]
    return binned[:, :n_orientations]


@lru_cache(maxsize=2)
def _flat_indices(n: int, step: int, size: int) -> NDArray[np.intp]:
    return np.arange(n)[:, None] * step + np.arange(size)


@lru_cache
def cell_weights(n_cells: int, cell_radius: float) -> NDArray[np.float32]:
    """Return the weight of each image row (or column) in each row of cells, (n_cells, 28)."""
    centers = (np.arange(n_cells) + 0.5) * IMAGE_SIZE / n_cells - 0.5
    distance = np.abs(np.arange(IMAGE_SIZE) - centers[:, None])
    return np.clip(1 - distance / cell_radius, 0, None).astype(np.float32)
