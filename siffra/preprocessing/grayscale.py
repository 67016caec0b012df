"""Validate an image of any supported kind and convert it to grayscale."""

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from ..exceptions import InvalidImageError

ImageArray: TypeAlias = NDArray[np.uint8]

# Larger images are rejected (pixels).
MAX_PIXELS = 64_000_000
# The alpha of a pixel that hides what is behind it.
_OPAQUE = 255
# Gray, RGB and RGBA.
_CHANNELS = (1, 3, 4)
# Drawings are halved while their longest side stays at least this long (pixels).
MIN_DRAWING_SIDE = 96
# Photographs are halved while their longest side stays at least this long (pixels).
_MAX_PHOTO_SIDE = 1024
# Channels that differ by less than this are gray (intensity).
_MIN_SATURATION = 40
# An image with a shorter side than this is never treated as a photograph (pixels).
_MIN_PHOTO_SIDE = 16
# At most this share of a plain border has the margin's color.
_MAX_MARGIN_SHARE = 0.1
# At least this share of a plain border has one color.
_MIN_PLAIN_SHARE = 0.9
# A plain border is wider than this share of the longest side.
_MIN_BORDER_WIDTH = 0.15
# The content of a plain border is longer than this share of the longest side.
_MIN_CONTENT = 0.05
# A photograph's channel is taken if its local contrast is this many times that of its gray image.
_MIN_CONTRAST_RATIO = 1.5
# Local contrast is measured at this longest side (pixels).
_CONTRAST_SIDE = 128
# Side of the square of surroundings for the local contrast (pixels).
_SURROUNDINGS = 31
# Modes of Pillow for gray images of 1 and 8 bits.
_GRAY_MODES = ("1", "L")
# 32-bit modes have no fixed intensity range.
_UNSCALED_MODES = ("I", "F")


def to_grayscale(image: Any, min_side: int = MIN_DRAWING_SIDE) -> ImageArray:
    """Convert one image to grayscale and crop its uniform margin.

    For a drawing in colors the intensities are distances from the color of the border, and for
    one on a transparent background its opacity, inverted. A drawing is halved while its longest
    side stays at least `min_side` pixels long, a photograph while it stays at least 1024.
    """
    return reduce_drawing(crop_margin(to_rgba(as_array(image))), min_side)


def reduce_drawing(array: ImageArray, min_side: int) -> ImageArray:
    """Convert a cropped gray or RGBA image to grayscale, and halve it: see `to_grayscale`."""
    size = min_side if has_uniform_border(array) else _MAX_PHOTO_SIDE
    small = _downsample_drawing(array, size)
    if array.ndim == 2:
        return small
    if is_opaque(small):
        return combine_channels(small)
    # Composite before averaging: the colors of transparent pixels must not be mixed in.
    return _downsample_drawing(flatten_alpha(array), size)


def _downsample_drawing(image: ImageArray, size: int) -> ImageArray:
    """Downsample an image, and restore its margin if that was averaged with ink beside it."""
    small = downsample(image, size)
    if small.shape == image.shape or size == _MAX_PHOTO_SIDE:
        return small
    return cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=image[0, 0].tolist())


def as_array(image: Any) -> ImageArray:
    """Validate a PIL image or an array, and return it as (H, W), (H, W, 3) or (H, W, 4), uint8.

    An InvalidImageError says why it is not supported.
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


def to_rgba(array: ImageArray) -> ImageArray:
    """Return RGB with an opaque fourth channel, and gray or RGBA as it is."""
    is_rgb = array.ndim == 3 and array.shape[2] == 3
    return cv2.cvtColor(array, cv2.COLOR_RGB2RGBA) if is_rgb else array


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise InvalidImageError(
            f"Got an image of {width} x {height} pixels, but expected at most "
            f"{MAX_PIXELS // 10**6} million. Resize it."
        )


def _from_pillow(image: Image.Image) -> ImageArray:
    _check_size(*image.size)
    try:
        return _decode(image)
    except Exception as error:  # Pillow's decoders raise errors of many types
        raise InvalidImageError(
            f"Got a PIL image of mode {image.mode} that cannot be decoded ({error}). Expected a "
            "complete image that .convert('RGB') can convert."
        ) from error


def _decode(image: Image.Image) -> ImageArray:
    image.load()
    # exif_transpose and convert copy the image even if there is nothing to change.
    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode in _UNSCALED_MODES:
        raise ValueError("its intensities have no fixed range; scale them to 8 bits")
    if image.mode.startswith("I;16"):
        # Pillow's conversion clips 16-bit intensities at 255 instead of scaling them.
        return (np.asarray(image) >> 8).astype(np.uint8)
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in _GRAY_MODES else "RGB"
    return np.asarray(image if image.mode == mode else image.convert(mode))


def crop_margin(image: ImageArray) -> ImageArray:
    """Crop the rows and columns in the color of the top left pixel, except one on each side.

    A plain border in another color than the paper's is removed first.
    """
    colors = _as_scalars(image)
    for color in dict.fromkeys((colors[-1, -1], colors[0, 0])):
        left, top, width, height = cv2.boundingRect((colors != color).view(np.uint8))
        inside = np.s_[top : top + height, left : left + width]
        if colors[inside].size < colors.size and is_plain_border(color, colors[inside]):
            return crop_margin(image[inside])
    return image[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]


def offset_in(part: ImageArray, whole: ImageArray) -> tuple[int, int]:
    """Return left and top of a part that is a view of an array."""
    step = part.ctypes.data - whole.ctypes.data
    return step % whole.strides[0] // whole.strides[1], step // whole.strides[0]


def is_plain_border(margin: Any, inner: NDArray[Any]) -> bool:
    """Return whether the outermost pixels of `inner` are of one color, but not `margin`."""
    if not inner.size:
        return False
    border = border_pixels(inner)
    if np.count_nonzero(border == margin) > _MAX_MARGIN_SHARE * border.size:
        return False
    color = border[len(border) // 2]
    if np.count_nonzero(border == color) < _MIN_PLAIN_SHARE * border.size:
        return False
    if (inner[:: inner.shape[0] - 1 or 1, :: inner.shape[1] - 1 or 1] != color).any():
        return False  # a frame with round corners
    left, top, width, height = cv2.boundingRect((inner != color).view(np.uint8))
    if max(width, height) <= _MIN_CONTENT * max(inner.shape):
        return False
    # A band as narrow as a stroke is a drawn frame, or a 0 or 8 with square corners.
    gaps = left, top, inner.shape[1] - left - width, inner.shape[0] - top - height
    return max(gaps) > _MIN_BORDER_WIDTH * max(inner.shape)


def downsample(image: ImageArray, size: int) -> ImageArray:
    """Halve an image while its longest side stays at least `size`, its shortest half of that.

    Averaging 2 x 2 pixels is ten times as fast as area interpolation at any other scale. The
    limit on the shortest side keeps thin strokes in narrow images.
    """
    height, width = image.shape[:2]
    factor = min(max(height, width) // size, 2 * min(height, width) // size)
    n_halvings = max(factor.bit_length() - 1, 0)
    bottom, right = -height % (1 << n_halvings), -width % (1 << n_halvings)
    if bottom or right:
        image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    for _ in range(n_halvings):
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return image


def is_opaque(image: ImageArray) -> bool:
    """Return whether no pixel of an RGBA image is even partly transparent."""
    # Reducing whole pixels is ten times as fast as reading every fourth byte.
    columns = np.bitwise_and.reduce(_as_scalars(image), axis=0)
    return int(np.bitwise_and.reduce(columns.view(np.uint8)[3::4])) == _OPAQUE


def combine_channels(image: ImageArray) -> ImageArray:
    """Convert an opaque RGBA image to the gray image with the greatest contrast.

    In a drawing, a color's intensity is its distance from the border's color, in the channel in
    which it is greatest. In a photograph, it is the channel with the greatest local contrast.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGBA2GRAY)
    channels = cv2.split(image)[:3]
    saturation = max(cv2.norm(channels[1], one, cv2.NORM_INF) for one in (channels[0], channels[2]))
    if saturation < _MIN_SATURATION:
        return gray
    if has_uniform_border(image):
        distances = [difference_from(one, float(one[0, 0])) for one in channels]
        return cv2.max(cv2.max(distances[0], distances[1]), distances[2])
    contrast = [local_contrast(one) for one in channels]
    best = int(np.argmax(contrast))
    return channels[best] if contrast[best] > _MIN_CONTRAST_RATIO * local_contrast(gray) else gray


def difference_from(gray: ImageArray, intensity: float) -> ImageArray:
    """Return the absolute difference; OpenCV would take a 4 x 1 image for a color."""
    return cv2.absdiff(gray, np.full_like(gray, intensity))


def local_contrast(gray: ImageArray) -> float:
    """Return the standard deviation of the differences from the surroundings."""
    small = downsample(gray, _CONTRAST_SIDE).astype(np.float32)
    return float((small - cv2.blur(small, (_SURROUNDINGS, _SURROUNDINGS))).std())


def flatten_alpha(image: ImageArray) -> ImageArray:
    """Convert an RGBA image that is partly transparent to grayscale.

    If the border is transparent, the opaque pixels are the foreground, whatever their colors.
    Otherwise the border shows the background, which is put behind the image.
    """
    gray, alpha = cv2.cvtColor(image, cv2.COLOR_RGBA2GRAY), cv2.extractChannel(image, 3)
    border = border_pixels(alpha)
    if 2 * np.count_nonzero(border) < border.size:
        return cv2.bitwise_not(alpha)
    intensity = float(np.median(border_pixels(gray)[border > 0]))
    background = cv2.convertScaleAbs(alpha, alpha=-intensity / _OPAQUE, beta=intensity)
    return cv2.add(cv2.multiply(gray, alpha, scale=1 / _OPAQUE), background)


def border_pixels(image: NDArray[Any]) -> NDArray[Any]:
    """Return the outermost pixels of an image (H, W), corners twice."""
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def has_uniform_border(image: ImageArray) -> bool:
    """Return whether most of the outermost pixels have the top left pixel's color."""
    border = border_pixels(_as_scalars(image))
    return bool(2 * np.count_nonzero(border == border[0]) > border.size)


def estimate_background(gray: ImageArray) -> float | None:
    """Estimate the background intensity from the border.

    It is None for a photograph: no intensity fills half of the border.
    """
    if has_uniform_border(gray):
        return float(gray[0, 0])
    border = border_pixels(gray)
    intensity = float(np.sort(border)[border.size // 2])
    is_uniform = 2 * np.count_nonzero(border == intensity) >= border.size
    return intensity if is_uniform or min(gray.shape) < _MIN_PHOTO_SIDE else None


def _as_scalars(image: ImageArray) -> NDArray[Any]:
    """View each pixel of a gray or RGBA image as one number."""
    return image if image.ndim == 2 else image.view(np.uint32)[:, :, 0]
