"""Any image to gray: whatever a caller holds becomes one (H, W) uint8 array."""

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from .exceptions import InvalidImageError

ImageArray: TypeAlias = NDArray[np.uint8]

# More is nobody's digit: a phone's photograph has 12 to 50 million.
MAX_PIXELS = 64_000_000
OPAQUE = 255
_CHANNELS = (1, 3, 4)
# A large drawing is halved to no less than this (longest side) before anything is measured.
_DRAWING_SIZE = 96
# Smaller images are no photographs; what they hold is seen pixel by pixel.
_LEAST_PHOTO_SIDE = 64
# Modes that Pillow converts to gray without loss worth a word.
_GRAY_MODES = ("1", "L")
# Modes whose black and white only their maker knows.
_DEEP_MODES = ("I", "F")


def read_gray(image: Any) -> ImageArray:
    """Turn one image of any supported kind into gray.

    Parameters
    ----------
    image : ndarray of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), or PIL.Image.Image
        An array is uint8, 0 to 255: gray, RGB or RGBA. Sizes are free.

    Returns
    -------
    ndarray of shape (h, w), uint8
        Shades from 0 (black) to 255 (white), without the plain margin. Alpha is composited,
        never dropped. A drawing is halved while it is large; a photograph keeps its detail.

    Raises
    ------
    InvalidImageError
        If the shape or dtype is another, or there is not one pixel.
    """
    array = to_array(image)
    if array.ndim == 3 and array.shape[2] == 3:
        array = to_gray(array)
    array = trim_margin(array)
    size = _DRAWING_SIZE if has_plain_border(array) else max(array.shape)
    if array.ndim == 2:
        return halve(array, size)
    small = halve(array, size)
    if is_opaque(small):
        return to_gray(small)
    # What lies under transparent pixels must not be averaged in.
    return halve(composite_alpha(to_gray(array), cv2.extractChannel(array, 3)), size)


def trim_margin(image: ImageArray) -> ImageArray:
    """Cut off all rows and columns that are plain: of the top left pixel's colour throughout.

    Most of a canvas is plain. What is left does not depend on how large the canvas is, and all
    further steps read less.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, 4), uint8

    Returns
    -------
    ndarray of shape (h, w) or (h, w, 4), uint8
        Where there was a margin, one pixel of it is left. A plain image becomes one pixel.
    """
    colours = image if image.ndim == 2 else image.view(np.uint32)[:, :, 0]
    left, top, width, height = cv2.boundingRect((colours != colours[0, 0]).view(np.uint8))
    return image[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]


def halve(image: ImageArray, size: int) -> ImageArray:
    """Halve an image, by averaging 2 x 2 pixels, as long as it stays large enough.

    Averaging pairs is ten times as fast as averaging the areas of any other scale.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, 4), uint8
    size : int
        The longest side stays at least this, and the shortest at least half of it: a thin
        stroke in a narrow image must not be averaged away.

    Returns
    -------
    ndarray of shape (h, w) or (h, w, 4), uint8
    """
    height, width = image.shape[:2]
    room = min(max(height, width) // size, 2 * min(height, width) // size)
    times = max(room.bit_length() - 1, 0)
    below, beside = -height % (1 << times), -width % (1 << times)
    if below or beside:
        image = cv2.copyMakeBorder(image, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    for _ in range(times):
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return image


def is_opaque(image: ImageArray) -> bool:
    """Tell whether no pixel of an RGBA image is transparent, even in part.

    Parameters
    ----------
    image : ndarray of shape (H, W, 4), uint8

    Returns
    -------
    bool
    """
    # Whole pixels, row upon row: ten times as fast as looking at every fourth byte.
    common = np.bitwise_and.reduce(image.view(np.uint32)[:, :, 0], axis=0)
    return int(np.bitwise_and.reduce(common.view(np.uint8)[3::4])) == OPAQUE


def to_array(image: Any) -> ImageArray:
    """Check one image and return it as an array.

    Parameters
    ----------
    image : ndarray or PIL.Image.Image
        See `read_gray`.

    Returns
    -------
    ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8

    Raises
    ------
    InvalidImageError
        If the shape or dtype is another, or there is not one pixel.
    """
    array = _from_pillow(image) if isinstance(image, Image.Image) else image
    if not isinstance(array, np.ndarray):
        raise InvalidImageError(
            f"Got an image of type {type(image).__name__}, but expected a uint8 array or a "
            "PIL image."
        )
    if array.dtype != np.uint8:
        raise InvalidImageError(
            f"Got an image of dtype {array.dtype}, but expected uint8 with values from 0 to 255. "
            "Scale it and call .astype('uint8')."
        )
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in _CHANNELS):
        raise InvalidImageError(
            f"Got an image of shape {array.shape}, but expected (H, W) gray, (H, W, 3) RGB or "
            "(H, W, 4) RGBA."
        )
    if array.size == 0:
        raise InvalidImageError(
            f"Got an image of shape {array.shape}, but expected at least one pixel."
        )
    _check_size(array.shape[1], array.shape[0])
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return np.ascontiguousarray(array)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise InvalidImageError(
            f"Got an image of {width} x {height} pixels, but expected at most "
            f"{MAX_PIXELS // 10**6} million. Shrink it."
        )


def _from_pillow(image: Image.Image) -> ImageArray:
    _check_size(*image.size)
    try:
        return _decode(image)
    except Exception as error:  # whatever Pillow's many decoders raise
        raise InvalidImageError(
            f"Got a PIL image of mode {image.mode} that cannot be decoded ({error}). Expected a "
            "whole one, or one that .convert('RGB') can convert."
        ) from error


def _decode(image: Image.Image) -> ImageArray:
    image.load()
    # Pillow copies even what is upright, and what is in the mode that it is converted to.
    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode in _DEEP_MODES:
        raise ValueError("its shades have no fixed range; scale them to 8 bits")
    if image.mode.startswith("I;16"):
        # Pillow's own conversion clips 16-bit shades at 255 instead of scaling them.
        return (np.asarray(image) >> 8).astype(np.uint8)
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in _GRAY_MODES else "RGB"
    return np.asarray(image if image.mode == mode else image.convert(mode))


def to_gray(image: ImageArray) -> ImageArray:
    """Weigh the colours of an RGB or RGBA image (ITU-R BT.601); alpha plays no part.

    Parameters
    ----------
    image : ndarray of shape (H, W, 3) or (H, W, 4), uint8

    Returns
    -------
    ndarray of shape (H, W), uint8
    """
    code = cv2.COLOR_RGBA2GRAY if image.shape[2] == 4 else cv2.COLOR_RGB2GRAY
    return cv2.cvtColor(image, code)


def composite_alpha(gray: ImageArray, alpha: ImageArray) -> ImageArray:
    """Composite a transparent gray image over a background that shows its ink.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8
    alpha : ndarray of shape (H, W), uint8
        0 is transparent, 255 opaque.

    Returns
    -------
    ndarray of shape (H, W), uint8
    """
    shade = background_shade(gray, alpha)
    behind = cv2.convertScaleAbs(alpha, alpha=-shade / OPAQUE, beta=shade)
    return cv2.add(cv2.multiply(gray, alpha, scale=1 / OPAQUE), behind)


def background_shade(gray: ImageArray, alpha: ImageArray) -> float:
    """Choose the shade to put behind transparent pixels.

    A border that is mostly opaque shows the background. Where it is mostly transparent, what
    there is to see is the ink: white goes behind dark ink, black behind bright ink.

    Parameters
    ----------
    gray : ndarray of shape (H, W), uint8
    alpha : ndarray of shape (H, W), uint8

    Returns
    -------
    float
        From 0 to 255.
    """
    opaque = border(alpha) == OPAQUE
    if opaque.mean() > 0.5:
        return float(np.median(border(gray)[opaque]))
    ink, amount = cv2.mean(cv2.multiply(gray, alpha, scale=1 / OPAQUE))[0], cv2.mean(alpha)[0]
    return 0.0 if ink > amount / 2 else 255.0


def border(image: NDArray[Any]) -> NDArray[Any]:
    """Return the outermost pixels of an image, corners twice.

    Parameters
    ----------
    image : ndarray of shape (H, W)

    Returns
    -------
    ndarray of shape (2 * H + 2 * W,)
    """
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def has_plain_border(image: ImageArray) -> bool:
    """Tell whether most of the outermost pixels have the top left one's colour.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, 4), uint8

    Returns
    -------
    bool
    """
    edge = border(image if image.ndim == 2 else image.view(np.uint32)[:, :, 0])
    return bool(2 * np.count_nonzero(edge == edge[0]) > edge.size)


def margin_shade(image: ImageArray) -> float | None:
    """Return the shade of the background that the outermost pixels show.

    Parameters
    ----------
    image : ndarray of shape (H, W), uint8

    Returns
    -------
    float or None
        From 0 to 255. None if less than half of a large image's border is of one shade: then it
        is a photograph.
    """
    edge = border(image)
    if 2 * np.count_nonzero(edge == edge[0]) > edge.size:
        return float(edge[0])
    shade = float(np.median(edge))
    is_large = min(image.shape) >= _LEAST_PHOTO_SIDE
    return None if is_large and 2 * np.count_nonzero(edge == shade) < edge.size else shade
