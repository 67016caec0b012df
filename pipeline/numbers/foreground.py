"""Separate the digits of a number from their background, and remember where they were."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import cv2
import numpy as np

from ..preprocessing.clutter import Line, find_lines, select_components, stroke_width
from ..preprocessing.foreground import is_thin, otsu_intensities
from ..preprocessing.grayscale import (
    ImageArray,
    crop_margin,
    difference_from,
    estimate_background,
    to_grayscale,
)
from ..preprocessing.illumination import correct_illumination

# Drawings are halved while their longest side stays at least this long; smaller ones are enlarged
# to at least the second on their shortest side (pixels).
_MIN_SIDE: Final = 256
_SMALL_SIDE: Final = 64
# Drawings with thin strokes keep this longest side.
_THIN_SIDE: Final = 1024
# What is longer is no number.
_MAX_SIDE: Final = 4096
# Share of the contrast from which a pixel is part of a digit: faint strokes of a number whose other
# strokes are bolder must not break.
_MASK_LEVEL: Final = 0.35
# Around the foreground: soft edges of the strokes need one pixel more.
_PADDING: Final = 2
# A ruled line is longer than this many times the height of what is left without it, and both ends
# stick out by the second, a share of that height. It has no wider gaps than the third; with sides
# that reach to another line as far away as the last one, it is the top of a row of boxes, which
# have wider gaps.
_MIN_LINE_RATIO: Final = 1.3
_MIN_OVERHANG: Final = 0.05
_LINE_GAP: Final = 0.015
_BOX_GAP: Final = 0.2
_MIN_DISTANCE: Final = 0.9
# The sides of a box reach over this share of the distance between its top and bottom.
_MIN_SIDE_LENGTH: Final = 0.85
# What is lower than this share of the digits' height says nothing about where they end.
_SPECK_HEIGHT: Final = 0.15
# A line at the edge has this share of the image's height, and at most this one of a stroke's width:
# it may also be a 1 in an image that is cropped to its digits.
_MIN_EDGE_LENGTH: Final = 0.95
_MAX_EDGE_WIDTH: Final = 0.5


class Foreground(NamedTuple):
    """Bright digits on black, and how to find a pixel of them in the image.

    Parameters
    ----------
    pixels : ndarray of shape (h, w), uint8
    mask : ndarray of shape (h, w), uint8
        1 for the digits, else 0.
    intensities : tuple of float
        Of the background and the digits.
    scale : float
        Pixels of the image per pixel of the foreground.
    left, top : float
        Of the foreground, in the image's pixels.
    """

    pixels: ImageArray
    mask: ImageArray
    intensities: tuple[float, float]
    scale: float
    left: float
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
    if array.ndim == 3 and array.shape[2] == 3:
        array = cv2.cvtColor(array, cv2.COLOR_RGB2RGBA)
    found = _find(array, _MIN_SIDE)
    if found and min(array.shape[:2]) >= _SMALL_SIDE and is_thin(found.pixels, *found.intensities):
        min_side = min(max(array.shape[:2]), _THIN_SIDE)  # halving would break thin strokes
        return _find(array, min_side) or found
    return found


def _find(array: ImageArray, min_side: int) -> Foreground | None:
    cropped = crop_margin(array)
    gray = to_grayscale(cropped, min_side)
    if max(gray.shape) > _MAX_SIDE:
        return None
    scale = 2.0 ** max(round(np.log2(max(cropped.shape[:2]) / max(gray.shape))), 0)
    left, top = _offset(cropped, array)
    if scale > 1:  # one pixel of margin was added to each side
        left, top = left - scale, top - scale
    background = estimate_background(gray)
    if background is None:
        pixels = correct_illumination(gray, _clean_photo)
        scale *= gray.shape[1] / pixels.shape[1]
    else:
        pixels = difference_from(gray, background)
        if min(pixels.shape) < _SMALL_SIDE:
            factor = -(-_SMALL_SIDE // min(pixels.shape))
            factor = min(factor, max(1, 2048 // max(pixels.shape)))
            pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
            scale /= factor
    intensities = otsu_intensities(pixels)
    if intensities is None:
        return None
    dark, bright = intensities
    mask = (pixels > dark + _MASK_LEVEL * (bright - dark)).view(np.uint8)
    if background is not None:
        mask = remove_ruling(remove_edge_lines(mask))
    padding = (_PADDING,) * 4
    pixels, mask = (
        cv2.copyMakeBorder(one, *padding, cv2.BORDER_CONSTANT, value=0) for one in (pixels, mask)
    )
    left, top = left - _PADDING * scale, top - _PADDING * scale
    return Foreground(pixels, mask, intensities, scale, left, top) if mask.any() else None


def _offset(part: ImageArray, whole: ImageArray) -> tuple[float, float]:
    """Return left and top of a part that is a view of an array."""
    step = part.ctypes.data - whole.ctypes.data
    return float(step % whole.strides[0] // whole.strides[1]), float(step // whole.strides[0])


def _clean_photo(mask: ImageArray, min_area: float) -> ImageArray:
    """Remove ruled lines and boxes from a photograph, then shadows at its border and specks."""
    return select_components(remove_ruling(mask), min_area)


def remove_edge_lines(mask: ImageArray) -> ImageArray:
    """Remove thin lines all along the left and right edges: the rest of a frame.

    Parameters
    ----------
    mask : ndarray of shape (h, w), uint8
        1 for the foreground, else 0.

    Returns
    -------
    ndarray of shape (h, w), uint8
        The mask itself if nothing else would be left.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    left, _, width, height, _ = stats.T
    is_at_edge = (left == 0) | (left + width == mask.shape[1])
    is_at_edge &= height >= _MIN_EDGE_LENGTH * mask.shape[0]
    is_at_edge[0] = False  # the background
    rest = mask & ~is_at_edge[labels]
    if not is_at_edge.any() or not rest.any():
        return mask
    is_line = is_at_edge & (width <= _MAX_EDGE_WIDTH * stroke_width(rest))
    return mask & ~is_line[labels]


def remove_ruling(mask: ImageArray) -> ImageArray:
    """Remove long horizontal lines, and vertical ones that connect two of them.

    Other vertical lines may be digits.

    Parameters
    ----------
    mask : ndarray of shape (h, w), uint8
        1 for the foreground, else 0.

    Returns
    -------
    ndarray of shape (h, w), uint8
        The mask itself if nothing else would be left.
    """
    lines = find_lines(mask) if mask.any() else []
    if not lines:
        return mask
    height = cv2.boundingRect(_without(mask, lines))[3]  # of the digits
    sides = _box_sides(mask, lines, height)
    gap = (_BOX_GAP if len(sides) > 1 else _LINE_GAP) * height
    digits = _remove_specks(_without(mask, lines, sides), height)
    lines = [one for one in lines if height and _is_ruled(one, mask, digits, height, gap)]
    rest = _without(mask, lines, sides if lines else ())
    return rest if rest.any() else mask


def _box_sides(mask: ImageArray, lines: list[Line], height: int) -> list[Line]:
    """Return the vertical lines that reach from one horizontal line to another."""
    positions = [line.position for line in lines]
    distance = max(positions) - min(positions)
    rest = _without(mask, lines)
    if distance < _MIN_DISTANCE * height or not rest.any():
        return []
    columns = find_lines(np.ascontiguousarray(rest.T))
    return [one for one in columns if one.end - one.start >= _MIN_SIDE_LENGTH * distance]


def _without(mask: ImageArray, rows: Iterable[Line], columns: Iterable[Line] = ()) -> ImageArray:
    """Return a mask without the pixels of horizontal lines, and of vertical ones."""
    rest = mask.copy()
    for row in rows:
        rest[row.pixels] = 0
    for column in columns:
        rest[column.pixels.T] = 0
    return rest


def _is_ruled(
    line: Line, mask: ImageArray, digits: ImageArray, height: int, max_gap: float
) -> bool:
    """Return whether a line is long, and sticks out beyond the digits or does not touch them.

    Digits with straight tops or feet side by side look like a line as well.
    """
    start, end = _longest_run(line, mask, max_gap)
    left, _, width, _ = cv2.boundingRect(digits)
    overhang = min(left - start, end - (left + width)) / height
    touches = cv2.dilate(digits, np.ones((3, 3), np.uint8))[line.pixels].any()
    return end - start > _MIN_LINE_RATIO * height and (overhang > _MIN_OVERHANG or not touches)


def _remove_specks(mask: ImageArray, height: int) -> ImageArray:
    """Return a mask without the components that are lower than a share of the digits' height."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    is_large = stats[:, cv2.CC_STAT_HEIGHT] >= _SPECK_HEIGHT * height
    is_large[0] = False  # the background
    return is_large.view(np.uint8)[labels]


def _longest_run(line: Line, mask: ImageArray, max_gap: float) -> tuple[int, int]:
    """Return where the longest part of a line without a gap of more than that starts and ends.

    Strokes that cross the line fill its gaps.
    """
    rows = np.flatnonzero(line.pixels.any(axis=1))
    if not len(rows):
        return 0, 0
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > max_gap + 1) + 1)
    longest = max(parts, key=np.ptp)
    return int(longest[0]), int(longest[-1]) + 1
