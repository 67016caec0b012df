"""Open image files within limits of format, size and memory; large ones at reduced size."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO

from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from .exceptions import InvalidImageError
from .metered_file import MeteredFile, too_many_parts
from .preprocessing import MAX_PIXELS, ImageArray, as_array

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
# Decoders that hold the image several times over get lower limits (pixels).
FORMAT_LIMITS = {"TIFF": 32_000_000, "WEBP": 16_000_000}
# The limit of a progressive JPEG image (pixels).
PROGRESSIVE_LIMIT = 32_000_000
# The limit of its pixels times its scans: each scan goes over all pixels again.
MAX_SCANNED_PIXELS = 600_000_000
# Larger images are decoded one after the other (pixels).
LARGE_PIXELS = 1_000_000
# Large images are reduced to this longest side (pixels).
REDUCED_SIDE = 1600
# Large images that may wait for their turn.
MAX_WAITING_LARGE = 32
# Processor time for the parts of a file before its pixels (seconds): usual files take a hundredth.
OPENING_SECONDS = 0.5
# Processor time for each pixel (seconds): usual files take a tenth.
SECONDS_PER_PIXEL = 2e-7
# Strips or tiles of a TIFF image: Pillow makes an object of each before it reads any.
MAX_TILES = 20_000
_PLACES = (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.TILEOFFSETS)
# The version of TIFF files with 64-bit offsets.
_BIG_TIFF = 43
# Height of the strips in which an image is reduced (pixels).
_STRIP_HEIGHT = 256

# One thread also keeps what malloc retains to one arena: the other threads stay small.
_decoder = ThreadPoolExecutor(1, "large-images")
_waiting = BoundedSemaphore(MAX_WAITING_LARGE)


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """An image as a person sees it: upright, and perhaps reduced.

    Parameters
    ----------
    pixels : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8
    scale : float
        Pixels of the file per pixel, in both directions; 1 unless the image was reduced.
    """

    pixels: ImageArray
    scale: float = 1.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the upright image before it was reduced."""
        height, width = self.pixels.shape[:2]
        return width * self.scale, height * self.scale


def open_image(
    source: str | Path | bytes,
    formats: tuple[str, ...] = FORMATS,
    max_pixels: int = MAX_PIXELS,
) -> OpenedImage:
    """Decode an image file (a path or its content); reduce it to 1,600 pixels a side if large."""
    if isinstance(source, str | Path) and not Path(source).is_file():
        raise InvalidImageError(f"Got {str(source)!r:.200}, but there is no such file.")
    try:
        with MeteredFile(source) as file:
            file.allow(OPENING_SECONDS)
            _check_tiles(file)
            image = Image.open(file, formats=formats)
            _check_size(image, max_pixels)
            if image.width * image.height > LARGE_PIXELS:
                return _decode_in_turn(image, file)
            _load(image, file)
            return OpenedImage(as_array(image))
    except InvalidImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large("an image", max_pixels) from error
    except Exception as error:  # Pillow's decoders raise errors of many types
        raise InvalidImageError(
            "Got a file that cannot be read as an image. Expected a complete PNG, JPEG, WebP, GIF, "
            "BMP or TIFF file of one digit."
        ) from error


def _too_large(found: str, limit: int) -> InvalidImageError:
    expected = f"Expected at most {limit // 10**6} million: resize it."
    return InvalidImageError(f"Got {found} of too many pixels. {expected}")


def _check_tiles(file: MeteredFile) -> None:
    """Refuse a TIFF image of too many parts, and leave the file at its start."""
    header = file.read(16)
    file.seek(0)
    if header[:4] not in TiffImagePlugin.PREFIXES:
        return
    size = 16 if header[2] == _BIG_TIFF else 8
    directory = TiffImagePlugin.ImageFileDirectory_v2(header[:size])
    file.seek(directory.next)
    directory.load(file)
    file.seek(0)
    places = (directory.get(tag) for tag in _PLACES)
    if any(isinstance(one, tuple) and len(one) > MAX_TILES for one in places):
        raise too_many_parts()


def _check_size(image: ImageFile.ImageFile, max_pixels: int) -> None:
    """Refuse an image that would take too much memory or time to decode."""
    pixels, found = image.width * image.height, f"a {image.format} image"
    limit = min(FORMAT_LIMITS.get(image.format or "", MAX_PIXELS), max_pixels)
    if image.format == "JPEG" and image.info.get("progressive") and image.fp:
        limit, found = min(PROGRESSIVE_LIMIT, max_pixels), "a progressive JPEG image"
        if pixels * _count_scans(image.fp) > MAX_SCANNED_PIXELS:
            raise InvalidImageError(
                "Got a JPEG image of too many scans. Expected a file saved by usual software."
            )
    if pixels > limit:
        raise _too_large(found, limit)
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


def _load(image: ImageFile.ImageFile, file: MeteredFile) -> None:
    """Decode the pixels of an image."""
    file.allow(OPENING_SECONDS + SECONDS_PER_PIXEL * image.width * image.height)
    image.load()


def _decode_in_turn(image: ImageFile.ImageFile, file: MeteredFile) -> OpenedImage:
    """Decode a large image after those that came before it."""
    if not _waiting.acquire(blocking=False):
        raise InvalidImageError(
            "Got too many large images at once. Expected a smaller image, or another try in a "
            "minute."
        )
    try:
        return _decoder.submit(_decode_reduced, image, file).result()
    finally:
        _waiting.release()


def _decode_reduced(image: ImageFile.ImageFile, file: MeteredFile) -> OpenedImage:
    """Decode an image and average its pixels, in strips: there is no second copy of all of it."""
    full_width = image.width
    image.draft(image.mode, (REDUCED_SIDE, REDUCED_SIDE))  # JPEG files only
    drafted = round(full_width / image.width)
    _load(image, file)
    factor = math.ceil(max(image.size) / REDUCED_SIDE)
    if factor < 2:
        return OpenedImage(as_array(image), drafted)
    width, height = (max(side // factor, 1) for side in image.size)
    rows, strips = max(_STRIP_HEIGHT // factor, 1), []
    for top in range(0, height, rows):
        box = (0, top * factor, image.width, min((top + rows) * factor, image.height))
        strip = image.crop(box)
        strip.info = {key: image.info[key] for key in image.info.keys() & {"transparency"}}
        strips.append(Image.fromarray(as_array(strip)).reduce(factor))
    reduced = Image.new(strips[0].mode, (width, height))
    for index, strip in enumerate(strips):
        reduced.paste(strip, (0, index * rows))
    if orientation := image.getexif().get(ExifTags.Base.Orientation):
        reduced.getexif()[ExifTags.Base.Orientation] = orientation
    return OpenedImage(as_array(reduced), drafted * factor)
