"""Open image files that visitors send, within limits of format, size and memory."""

import io
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO

from PIL import ExifTags, Image, ImageFile

from pipeline.exceptions import InvalidImageError
from pipeline.preprocessing import MAX_PIXELS, as_array

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
# Decoders that hold the image several times over get lower limits (pixels).
FORMAT_LIMITS = {"TIFF": 32_000_000, "WEBP": 16_000_000}
PROGRESSIVE_LIMIT = 32_000_000
# Each scan of a progressive JPEG goes over all pixels again.
MAX_SCANNED_PIXELS = 600_000_000
# Larger images are decoded one at a time, and at reduced size if that is possible.
LARGE_PIXELS = 1_000_000
REDUCED_SIDE = 1600
MAX_WAITING_LARGE = 32
_STRIP_HEIGHT = 256

_NOT_AN_IMAGE = (
    "Got a file that cannot be read as an image. Expected a complete PNG, JPEG, WebP, GIF, BMP "
    "or TIFF file of one digit."
)
_BUSY = "Got too many large images at once. Expected a smaller image, or another try in a minute."

# One thread also keeps what malloc retains to one arena: the other threads stay small.
_decoder = ThreadPoolExecutor(1, "large-images")
_waiting = BoundedSemaphore(MAX_WAITING_LARGE)


def open_image(source: str | Path | bytes) -> Image.Image:
    """Open an image file, at reduced size if it is large.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file's path, or its content.

    Returns
    -------
    PIL.Image.Image
        Decoded. No side is longer than `REDUCED_SIDE`, unless the image is small.

    Raises
    ------
    InvalidImageError
        If the file is not an image of a supported format, is damaged or is too large.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(image)
            if image.width * image.height <= LARGE_PIXELS:
                image.load()
                return image
            return _open_large(image)
    except InvalidImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidImageError(_too_large("an image", MAX_PIXELS)) from error
    except Exception as error:  # Pillow's decoders raise errors of many types
        raise InvalidImageError(_NOT_AN_IMAGE) from error


def _too_large(found: str, limit: int) -> str:
    return f"Got {found} of too many pixels. Expected at most {limit // 10**6} million: resize it."


def _check_size(image: ImageFile.ImageFile) -> None:
    """Refuse what would take too much memory or time to decode."""
    pixels, found = image.width * image.height, f"a {image.format} image"
    limit = FORMAT_LIMITS.get(image.format or "", MAX_PIXELS)
    if image.format == "JPEG" and image.info.get("progressive") and image.fp:
        limit, found = PROGRESSIVE_LIMIT, "a progressive JPEG image"
        if pixels * _count_scans(image.fp) > MAX_SCANNED_PIXELS:
            raise InvalidImageError(
                "Got a JPEG image of too many scans. Expected a file saved by usual software."
            )
    if pixels > limit:
        raise InvalidImageError(_too_large(found, limit))
    if image.tile and image.tile[0][0] == "bmp_rle":
        raise InvalidImageError(
            "Got a run-length encoded BMP image, whose decoder is slow. Expected a PNG file."
        )


def _count_scans(file: IO[bytes]) -> int:
    """Count the scans of a JPEG image: in coded data, 0xFF never comes before 0xDA."""
    position = file.tell()
    file.seek(0)
    n_scans = file.read().count(b"\xff\xda")
    file.seek(position)
    return n_scans


def _open_large(image: Image.Image) -> Image.Image:
    """Decode a large image at reduced size, after those that came before it."""
    if not _waiting.acquire(blocking=False):
        raise InvalidImageError(_BUSY)
    try:
        return _decoder.submit(_decode_large, image).result()
    finally:
        _waiting.release()


def _decode_large(image: Image.Image) -> Image.Image:
    """Decode an image at reduced size."""
    image.draft(image.mode, (REDUCED_SIDE, REDUCED_SIDE))  # JPEG files only
    image.load()
    return _reduce(image)


def _reduce(image: Image.Image) -> Image.Image:
    """Average pixels in strips, so that no second copy of the whole image is made."""
    factor = math.ceil(max(image.size) / REDUCED_SIDE)
    if factor < 2:
        return image
    width, height = (max(side // factor, 1) for side in image.size)
    rows, reduced = max(_STRIP_HEIGHT // factor, 1), None
    for top in range(0, height, rows):
        bottom = min((top + rows) * factor, image.height)
        strip = image.crop((0, top * factor, image.width, bottom))
        strip.info = {key: image.info[key] for key in image.info.keys() & {"transparency"}}
        small = Image.fromarray(as_array(strip)).reduce(factor)
        if reduced is None:
            reduced = Image.new(small.mode, (width, height))
        reduced.paste(small, (0, top))
    assert reduced is not None  # noqa: S101
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    if orientation:
        reduced.getexif()[ExifTags.Base.Orientation] = orientation
    return reduced
