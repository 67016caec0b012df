"""Separate the digits of a number from their background, and remember where they were."""

import math
from typing import Final, NamedTuple

import cv2
import numpy as np

from ..preprocessing.clutter import select_components, stroke_width
from ..preprocessing.foreground import find_background, full_side, ink_intensities, is_thin
from ..preprocessing.grayscale import (
    ImageArray,
    crop_margin,
    difference_from,
    offset_in,
    to_grayscale,
    to_rgba,
)
from ..preprocessing.illumination import correct_illumination
from .ruling import remove_edge_lines, remove_ruling

# Drawings are halved while their longest side stays at least this long; smaller ones are enlarged
# to at least the second on their shortest side, but not beyond the third on their longest (pixels).
_MIN_SIDE: Final = 256
_SMALL_SIDE: Final = 64
_MAX_ENLARGED_SIDE: Final = 2048
# Photographs are enlarged to at least this shortest side, and shrunk to this longest one (pixels).
_SMALL_PHOTO_SIDE: Final = 96
_MAX_PHOTO_SIDE: Final = 1024
# Drawings with thin strokes keep this longest side.
_THIN_SIDE: Final = 1024
# Longer images are not searched for a number.
_MAX_SIDE: Final = 4096
# Share of the contrast from which a pixel is part of a digit: faint strokes of a number whose other
# strokes are bolder must not break.
_MASK_LEVEL: Final = 0.35
# Around the foreground: soft edges of the strokes need one pixel more.
_PADDING: Final = 2


class Foreground(NamedTuple):
    """Bright digits on black, and how to find a pixel of them in the image."""

    pixels: ImageArray
    mask: ImageArray  # 1 for the digits, else 0
    intensities: tuple[float, float]  # of the background and the digits
    stroke_width: float  # mean, in pixels of the foreground
    scale: float  # pixels of the image per pixel of the foreground
    left: float  # in the image's pixels, as top
    top: float

    def box(self) -> tuple[float, float, float, float]:
        """Return left, top, width and height of all digits, in the image's pixels."""
        return self.to_image(*cv2.boundingRect(self.mask))

    def to_image(
        self, left: int, top: int, width: int, height: int
    ) -> tuple[float, float, float, float]:
        """Return a box in the image's pixels."""
        x, y = self.left + left * self.scale, self.top + top * self.scale
        return x, y, width * self.scale, height * self.scale


def find_foreground(array: ImageArray) -> Foreground | None:
    """Separate digits from their background; None for a blank image.

    Parameters
    ----------
    array : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8
    """
    array = to_rgba(array)
    cropped = crop_margin(array)
    found = _find(array, cropped, _MIN_SIDE)
    if found and min(array.shape[:2]) >= _SMALL_SIDE and is_thin(found.pixels, *found.intensities):
        min_side = min(full_side(array), _THIN_SIDE)  # halving would break thin strokes
        return _find(array, cropped, min_side) or found
    return found


def _find(array: ImageArray, cropped: ImageArray, min_side: int) -> Foreground | None:
    gray = to_grayscale(cropped, min_side)
    if max(gray.shape) > _MAX_SIDE:
        return None
    scale = 2.0 ** max(round(np.log2(max(cropped.shape[:2]) / max(gray.shape))), 0)
    left, top = map(float, offset_in(cropped, array))
    if scale > 1:  # one pixel of margin was added to each side
        left, top = left - scale, top - scale
    background = find_background(gray, math.prod(cropped.shape[:2]) / math.prod(array.shape[:2]))
    if background is None:
        factor = max(_SMALL_PHOTO_SIDE / min(gray.shape), 1.0)
        pixels = correct_illumination(gray, min(factor, _MAX_PHOTO_SIDE / max(gray.shape)))
        scale *= gray.shape[1] / pixels.shape[1]
    else:
        pixels = difference_from(gray, background)
        if min(pixels.shape) < _SMALL_SIDE:
            factor = -(-_SMALL_SIDE // min(pixels.shape))
            factor = min(factor, max(1, _MAX_ENLARGED_SIDE // max(pixels.shape)))
            pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
            scale /= factor
    intensities = ink_intensities(pixels)
    if intensities is None:
        return None
    dark, bright = intensities
    mask = (pixels > dark + _MASK_LEVEL * (bright - dark)).view(np.uint8)
    mask = remove_ruling(remove_edge_lines(mask))
    if background is None:
        mask = select_components(mask)
    padding = (_PADDING,) * 4
    pixels, mask = (
        cv2.copyMakeBorder(one, *padding, cv2.BORDER_CONSTANT, value=0) for one in (pixels, mask)
    )
    left, top = left - _PADDING * scale, top - _PADDING * scale
    if not mask.any():
        return None
    return Foreground(pixels, mask, intensities, stroke_width(mask), scale, left, top)
