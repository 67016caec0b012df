"""Separate a digit from its background, in drawings and in photographs."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from .clutter import stroke_width, without_clutter
from .grayscale import (
    MIN_DRAWING_SIDE,
    ImageArray,
    crop_margin,
    difference_from,
    estimate_background,
    offset_in,
    reduce_drawing,
    to_rgba,
)
from .illumination import correct_illumination

# Otsu's threshold splits even a blank image: below this contrast there may be only noise.
CLEAR_CONTRAST = 20
# Below this contrast an image is blank.
MIN_CONTRAST = 3
# Below this contrast, in standard deviations of the background's noise, an image is blank.
_MIN_SIGNAL_TO_NOISE = 5
# Strokes are thin if less than this share of their mass has nearly their full intensity.
_MIN_INSIDE_SHARE = 0.3
# Nearly full is above this share of the full intensity.
_NEARLY_FULL = 0.85
# Faint strokes have at least this share of the contrast.
_FAINT = 0.25
# Faint strokes have at least this share of the clear strokes' area.
_MIN_FAINT_SHARE = 0.05
# Pixels of another color than the border's cover at most this share of the image.
_MAX_INK = 0.8
# Clutter of a drawing is searched at this longest side or more (pixels).
_CLUTTER_SIDE = 256
# Drawings with thin strokes are processed at full size up to this longest side, larger ones at half
# of it or more (pixels).
_MAX_FULL_SIDE = 1600
# The trace of a line is this near to the border, as a share of the shorter side.
_NEAR = 0.01
# The same, at least (pixels).
_NEAR_PIXELS = 2
# A trace is mostly within this distance of the border, as a share of the shorter side.
_TRACE_MARGIN = 0.1
# Further inside, no component of a trace is as long as this share of the shorter side.
_MIN_DIGIT_LENGTH = 0.05
# A photograph is resized to this shorter side, but not beyond this longer side (pixels).
_PHOTO_SIDES = (256, 512)


class Extraction(NamedTuple):
    """An image in grayscale, and its foreground."""

    gray: ImageArray
    foreground: ImageArray  # a bright digit on a dark background
    intensities: tuple[float, float] | None  # of background and digit; None if it is blank

    @property
    def mask(self) -> ImageArray:
        """1 for the digit, else 0."""
        return (self.foreground > sum(self.intensities or (0, 0)) / 2).view(np.uint8)


def full_side(array: ImageArray) -> int:
    """Return the longest side at which a drawing with thin strokes is done."""
    longest = max(array.shape[:2])
    return longest if longest <= _MAX_FULL_SIDE else _MAX_FULL_SIDE // 2


def extract_foregrounds(array: ImageArray) -> Iterator[Extraction]:
    """Separate a digit from its background, and then from what may be clutter.

    Three extractions: all that stands out; without clutter that touches nothing else; also without
    lines that touch the digit. If nothing more is left out, it is the same object again. For a
    blank image there is only the first.

    Most drawings are done at low resolution. Those with thin strokes are done again at a higher
    one, and all where clutter is searched.
    """
    array = to_rgba(array)
    whole = _extract(array, MIN_DRAWING_SIDE)
    yield whole
    if whole.intensities is None:
        return
    is_one = cv2.connectedComponents(whole.mask)[0] == 2
    if is_one:
        yield whole
    is_fine = max(whole.foreground.shape) >= min(_CLUTTER_SIDE, max(array.shape[:2]))
    fine = whole if is_fine else _extract(array, _CLUTTER_SIDE)
    mask = fine.mask
    last, kept = whole, mask
    for rest in without_clutter(mask, is_one):
        if (rest != kept).any():
            masked = _masked(fine, rest)
            last, kept = masked if masked.intensities else last, rest
        yield last


def _extract(array: ImageArray, min_side: int) -> Extraction:
    cropped = crop_margin(array)
    gray = reduce_drawing(cropped, min_side)
    share = math.prod(cropped.shape[:2]) / math.prod(array.shape[:2])
    background = find_background(gray, share)
    if background is None:
        scale = min(_PHOTO_SIDES[0] / min(gray.shape), _PHOTO_SIDES[1] / max(gray.shape))
        foreground = correct_illumination(gray, scale)
    else:
        foreground = difference_from(gray, background)
    found = Extraction(gray, foreground, ink_intensities(foreground))
    if found.intensities is None:
        return found
    full = full_side(array)
    if background is not None and min_side < full and is_thin(foreground, *found.intensities):
        return _extract(array, full)
    if _is_border_trace(found.mask, cropped, array):
        return found._replace(intensities=None)
    return found


def find_background(gray: ImageArray, share: float) -> float | None:
    """Return the intensity of the border, unless nearly all of the image is something else.

    It is None for a photograph, and for a page with a dark edge around it. `share` is the share of
    the image that is left without its margin.
    """
    background = estimate_background(gray)
    if background is not None:
        different = cv2.countNonZero(difference_from(gray, background))
        if share * different > _MAX_INK * gray.size:
            return None
    return background


def _is_border_trace(mask: ImageArray, cropped: ImageArray, array: ImageArray) -> bool:
    """Return whether there is nothing but lines along the border of an image."""
    scale = max(cropped.shape[:2]) / max(mask.shape)
    # The border, in pixels of the mask.
    start = -np.array(offset_in(cropped, array)) / scale
    end = start + np.array(array.shape[1::-1]) / scale
    left, top, width, height = cv2.boundingRect(mask)
    gaps = (left, top) - start, end - (left + width, top + height)
    shortest = min(array.shape[:2]) / scale
    if np.min(gaps) > max(_NEAR * shortest, _NEAR_PIXELS / scale):
        return False
    margin = _TRACE_MARGIN * shortest
    corners = np.rint(np.clip((start + margin, end - margin), 0, None)).astype(int)
    (left, top), (right, bottom) = corners
    inside = np.zeros_like(mask)
    inside[top:bottom, left:right] = mask[top:bottom, left:right]
    if 2 * cv2.countNonZero(inside) > cv2.countNonZero(mask):
        return False
    sizes = cv2.connectedComponentsWithStats(inside)[2][1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool(sizes.max(initial=0) < _MIN_DIGIT_LENGTH * shortest)


def _masked(found: Extraction, mask: ImageArray) -> Extraction:
    """Return the part of an extraction that is in a mask, with the soft edges around it."""
    foreground = found.foreground * cv2.dilate(mask, np.ones((3, 3), np.uint8))
    return Extraction(found.gray, foreground, ink_intensities(foreground))


def is_thin(foreground: ImageArray, dark: float, bright: float) -> bool:
    """Return whether little of the foreground is inside strokes rather than on their edges."""
    full = cv2.minMaxLoc(foreground)[1]
    inside = cv2.countNonZero(
        cv2.compare(foreground, dark + _NEARLY_FULL * (full - dark), cv2.CMP_GT)
    )
    mass = cv2.sumElems(foreground)[0] - dark * foreground.size
    return inside * (full - dark) < _MIN_INSIDE_SHARE * mass


def ink_intensities(foreground: ImageArray) -> tuple[float, float] | None:
    """Return the intensities of background and digit, so that their mean is below all strokes.

    That of the digit is its mean intensity, unless strokes are fainter than half of it. A blank
    image has none.
    """
    intensities = otsu_intensities(foreground)
    if intensities is None:
        return None
    dark, bright = intensities
    clear = cv2.compare(foreground, (dark + bright) / 2, cv2.CMP_GT)
    faint = cv2.compare(foreground, dark + _FAINT * (bright - dark), cv2.CMP_GT)
    # Soft edges are nearer to the clear strokes.
    radius = max(round(stroke_width(clear) / 2), 1)
    near = cv2.dilate(clear, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    n_faint = cv2.countNonZero(faint) - cv2.countNonZero(cv2.bitwise_and(faint, near))
    if n_faint < _MIN_FAINT_SHARE * cv2.countNonZero(clear):
        return dark, bright
    return dark, dark + 2 * _FAINT * (bright - dark)


def otsu_intensities(foreground: ImageArray) -> tuple[float, float] | None:
    """Return the mean intensities of background and digit, or None for a blank image.

    Otsu's method separates them: N. Otsu, "A threshold selection method from gray-level
    histograms", IEEE Transactions on Systems, Man, and Cybernetics 9 (1979), 62-66.
    """
    _, mask = cv2.threshold(foreground, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    n_bright = cv2.countNonZero(mask)
    if n_bright in (0, foreground.size):  # a uniform image
        return None
    bright = cv2.mean(foreground, mask)[0]
    n_dark = foreground.size - n_bright
    dark = (cv2.sumElems(foreground)[0] - bright * n_bright) / n_dark
    if bright - dark < CLEAR_CONTRAST:
        noise_sigma = cv2.meanStdDev(foreground, mask=cv2.bitwise_not(mask))[1].item()
        if bright - dark < max(MIN_CONTRAST, _MIN_SIGNAL_TO_NOISE * noise_sigma):
            return None
    return dark, bright
