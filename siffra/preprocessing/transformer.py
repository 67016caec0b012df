"""The transformer that makes any image of a digit look like one of MNIST's."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from ..exceptions import InvalidImageError
from .normalization import IMAGE_SIZE, N_PIXELS, PreprocessingSteps, preprocess_steps

_COLOR_CHANNELS = (3, 4)  # an array (H, W, 3) is one image, not many of 3 columns
_RANGES = {
    "digit_size": (1, IMAGE_SIZE),
    "stroke_width": (0.01, 0.5),
    "stroke_normalization": (0, 1),
    "deskew": (0, 1),
    "aspect_ratio_normalization": (0, 1),
}


class MnistPreprocessor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn any image of a digit into an MNIST-style image.

    The digit is found and cropped, its stroke width is normalized, it is deskewed, scaled into a
    box and centered by its mass in a 28 x 28 image, as MNIST's authors did [1]_. Stateless:
    `fit` only checks the parameters.

    Parameters
    ----------
    digit_size : float, default=22
        Longest side of the digit in the 28 x 28 image, in pixels, from 1 to 28.
    stroke_width : float, default=0.105
        Target stroke width, as a share of the digit's longest side, from 0.01 to 0.5.
    stroke_normalization : float, default=0.4
        0 keeps the stroke width, 1 changes it to the target.
    deskew : float, default=0.8
        Share of the skew that is removed, from 0 to 1.
    aspect_ratio_normalization : float, default=0.7
        How far narrow digits are widened, from 0 to 1 [2]_.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998:
       "size normalized to fit in a 20x20 pixel box while preserving their aspect ratio [...]
       centered in a 28x28 image by computing the center of mass of the pixels".
    .. [2] C.-L. Liu, K. Nakashima, H. Sako, H. Fujisawa, "Handwritten digit recognition:
       investigation of normalization and feature extraction techniques", Pattern Recognition
       37 (2004), 265-279: aspect ratio adaptive normalization.

    Examples
    --------
    >>> import numpy as np
    >>> from siffra.preprocessing import MnistPreprocessor
    >>> canvas = np.full((800, 800), 255, dtype=np.uint8)
    >>> canvas[100:500, 300:330] = 0
    >>> pixels = MnistPreprocessor().fit_transform([canvas])
    >>> pixels.shape
    (1, 784)
    >>> rows, columns = np.nonzero(pixels.reshape(28, 28) > 0.5)
    >>> int(rows.min()), int(rows.max())
    (3, 24)
    """

    def __init__(
        self,
        digit_size: float = 22,
        stroke_width: float = 0.105,
        stroke_normalization: float = 0.4,
        deskew: float = 0.8,
        aspect_ratio_normalization: float = 0.7,
    ) -> None:
        self.digit_size = digit_size
        self.stroke_width = stroke_width
        self.stroke_normalization = stroke_normalization
        self.deskew = deskew
        self.aspect_ratio_normalization = aspect_ratio_normalization

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the parameters.

        Parameters
        ----------
        X : array of shape (n, H, W) or sequence of images
            Ignored.
        y : None
            Ignored.

        Returns
        -------
        MnistPreprocessor

        Raises
        ------
        ValueError
            If a parameter is out of its range.
        """
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"Got {name}={value!r}, but expected {low} to {high}.")
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Turn images into rows of MNIST-style pixels.

        Parameters
        ----------
        X : array of shape (n, H, W) or (n, H, W, C), uint8, or sequence of images of any sizes
            Each image is a uint8 array (H, W), (H, W, 3) or (H, W, 4), or a PIL image; dark on
            light or light on dark.

        Returns
        -------
        ndarray of shape (n, 784), float32
            From 0 (background) to 1 (digit), row by row.

        Raises
        ------
        InvalidImageError
            If `X` is empty or not a batch, or an image is not supported.
        BlankImageError
            If an image is blank; its `index` says which.
        """
        images = as_batch(X)
        if len(images) == 0:
            raise InvalidImageError("Got no images, but expected at least one.")
        rows = np.empty((len(images), N_PIXELS), dtype=np.float32)
        for index, image in enumerate(images):
            np.divide(self.preprocess_steps(image, index).digit.ravel(), 255, out=rows[index])
        return rows

    def preprocess_steps(self, image: Any, index: int = 0) -> PreprocessingSteps:
        """Preprocess one image and return the second of its `alternatives`."""
        return next(islice(self.alternatives(image, index), 1, None))

    def alternatives(self, image: Any, index: int = 0) -> Iterator[PreprocessingSteps]:
        """Preprocess one image with all that is drawn, and with less and less that may be clutter.

        What is clutter can only be said by a model that reads the results.

        Parameters
        ----------
        image : ndarray or PIL.Image.Image
            See `transform`.
        index : int, default=0
            Position of the image in its batch, for the error message.

        Yields
        ------
        PreprocessingSteps
            Three: of all that stands out from the background; without clutter that touches
            nothing else, such as specks; and without lines that touch the digit. If nothing more
            is left out, it is the same object again.

        Raises
        ------
        InvalidImageError, BlankImageError
            See `transform`.
        """
        return preprocess_steps(image, index, **{name: getattr(self, name) for name in _RANGES})

    @property
    def _n_features_out(self) -> int:
        return N_PIXELS

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


def as_batch(images: Any) -> Sequence[Any] | NDArray[Any]:
    """Return several images as a sequence; raise InvalidImageError for a single one."""
    if isinstance(images, np.ndarray):
        is_batch = images.ndim == 4 or (images.ndim == 1 and images.dtype == object)
        is_batch |= images.ndim == 3 and images.shape[2] not in _COLOR_CHANNELS
        if not is_batch:
            raise InvalidImageError(
                f"Got an array of shape {images.shape}, but expected a batch (n, H, W) or "
                "(n, H, W, C). For one image, pass a list: [image]."
            )
        return images
    if not isinstance(images, Iterable) or isinstance(images, str | bytes):
        raise InvalidImageError(
            f"Got {type(images).__name__}, but expected an array (n, H, W) or a list of images. "
            "For one image, pass a list: [image]."
        )
    return list(images)
