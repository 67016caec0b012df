"""From the value of a Gradio ImageEditor to the one image that was drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .exceptions import InvalidImageError
from .image import ImageArray

_PARTS = ("background", "layers", "composite")


def drawing(value: Mapping[str, Any] | None) -> ImageArray | None:
    """Return the drawing on a sketch pad as one image.

    Parameters
    ----------
    value : mapping or None
        `{"background": image, "layers": [image, ...], "composite": image}`, each image None or
        a uint8 array (H, W, 4).

    Returns
    -------
    ndarray of shape (H, W) or (H, W, C), uint8, or None
        The composite, else the topmost layer, else the background; None if nothing was drawn.

    Raises
    ------
    InvalidImageError
        If the value is not that of an image editor.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or not any(part in value for part in _PARTS):
        raise InvalidImageError(
            f"Got {type(value).__name__}, but expected the value of an image editor: a mapping "
            "with background, layers and composite. Send an image file to /predict instead."
        )
    parts = [value.get("composite"), *reversed(value.get("layers") or []), value.get("background")]
    return next((part for part in parts if isinstance(part, np.ndarray)), None)
