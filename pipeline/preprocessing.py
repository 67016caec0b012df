"""The transformer that makes any drawing look like one of MNIST's images."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags

from .exceptions import InvalidImageError
from .normalization import IMAGE_SIZE, N_PIXELS, Trace, normalize

_RANGES = {
    "digit_size": (1, IMAGE_SIZE),
    "stroke_width": (0.01, 0.5),
    "evening": (0, 1),
    "deslanting": (0, 1),
    "widening": (0, 1),
}


class MnistPreprocessor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Make any image of a digit look like one of MNIST's.

    The digit is found and cropped, its strokes are evened out, its slant is removed, and it is
    scaled into a box and set with its centre of mass in the middle of a 28 x 28 image, as
    MNIST's authors did [1]_. Stateless: `fit` only checks the parameters.

    Parameters
    ----------
    digit_size : float, default=22
        Longest side of the digit in the 28 x 28 image, in pixels; from 1 to 28.
    stroke_width : float, default=0.105
        The width that strokes are brought nearer to, as a share of the digit's longest side;
        from 0.01 to 0.5.
    evening : float, default=0.4
        How far: 0 leaves the strokes' width as it is, 1 brings it all the way.
    deslanting : float, default=0.8
        Share of the slant that is removed, from 0 to 1.
    widening : float, default=0.7
        How far a narrow digit is widened, from 0 to 1 [2]_.

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
    >>> from pipeline.preprocessing import MnistPreprocessor
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
        evening: float = 0.4,
        deslanting: float = 0.8,
        widening: float = 0.7,
    ) -> None:
        self.digit_size = digit_size
        self.stroke_width = stroke_width
        self.evening = evening
        self.deslanting = deslanting
        self.widening = widening

    def fit(self, images: Any, y: Any = None) -> Self:
        """Check the parameters; nothing is learned from the images.

        Parameters
        ----------
        images : array of shape (n, H, W) or sequence of images
            Not read.
        y : None
            Not read.

        Returns
        -------
        MnistPreprocessor
            Itself.

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

    def transform(self, images: Any) -> NDArray[np.float32]:
        """Turn images into rows of MNIST-style pixels.

        Parameters
        ----------
        images : array of shape (n, H, W), uint8, or sequence of images of any sizes
            Each one a uint8 array (H, W), (H, W, 3) or (H, W, 4), or a PIL image; dark ink on
            light or light ink on dark.

        Returns
        -------
        ndarray of shape (n, 784), float32
            Ink from 0 (none) to 1 (full), row by row.

        Raises
        ------
        InvalidImageError
            If `images` is not a batch, or one of them is not an image.
        BlankImageError
            If one holds no ink; its `index` says which.
        """
        batch = check_batch(images)
        rows = np.empty((len(batch), N_PIXELS), dtype=np.float32)
        for index, image in enumerate(batch):
            np.divide(self.trace(image, index).digit.ravel(), 255, out=rows[index])
        return rows

    def trace(self, image: Any, index: int = 0) -> Trace:
        """Turn one image into a digit and keep what each step makes of it.

        Parameters
        ----------
        image : ndarray or PIL.Image.Image
            See `transform`.
        index : int, default=0
            Its position in a batch, for errors.

        Returns
        -------
        Trace

        Raises
        ------
        InvalidImageError, BlankImageError
            See `transform`.
        """
        return normalize(
            image,
            index,
            digit_size=self.digit_size,
            stroke_width=self.stroke_width,
            evening=self.evening,
            deslanting=self.deslanting,
            widening=self.widening,
        )

    @property
    def _n_features_out(self) -> int:
        return N_PIXELS

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


def check_batch(images: Any) -> Sequence[Any] | NDArray[Any]:
    """Return a batch of images, or say why it is none.

    Parameters
    ----------
    images : array of shape (n, H, W) or (n, H, W, C), or iterable of images

    Returns
    -------
    sequence of images

    Raises
    ------
    InvalidImageError
        If it is one image instead of several, or nothing to iterate over.
    """
    if isinstance(images, np.ndarray):
        if images.ndim in (3, 4) or (images.ndim == 1 and images.dtype == object):
            return images
        raise InvalidImageError(
            f"Got an array of shape {images.shape}, but expected a batch (n, H, W). "
            "For one image, pass a list: [image]."
        )
    if not isinstance(images, Iterable) or isinstance(images, str | bytes):
        raise InvalidImageError(
            f"Got {type(images).__name__}, but expected an array (n, H, W) or a list of images. "
            "For one image, pass a list: [image]."
        )
    return list(images)
