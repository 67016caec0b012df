"""A visitor's examples in a folder of images, whose names say which digit they show."""

import re
from pathlib import Path
from typing import Final

from ..adaptation import MAX_EXAMPLES, Examples
from ..escaping import printable
from ..exceptions import DataError, InvalidImageError
from ..image_files import open_image
from ..reader import DigitReader
from .files import ARRAYS, FORMATS, TABLE, find_files

_NAME: Final = re.compile(r"([0-9])(?![0-9])")


def read_examples(reader: DigitReader, folder: Path) -> Examples:
    """Read the drawings in a folder, preprocessed by the reader, in the order of their names.

    The images are in folders named 0 to 9, or their names begin with one digit, such as 4-mine.png.
    A folder's digit counts before a file's. A DataError is raised if there is no image, there are
    more than `MAX_EXAMPLES`, or one cannot be used.
    """
    if not folder.is_dir():
        raise DataError(f"Got --examples {printable(str(folder))}, but there is no such folder.")
    files = list(find_files([str(folder)]))
    if not 0 < len(files) <= MAX_EXAMPLES:
        raise DataError(
            f"Got {len(files)} images in --examples {printable(str(folder))}. Expected 1 to "
            f"{MAX_EXAMPLES}."
        )
    labels = [_find_digit(file) for file in files]
    pixels = []
    for file in files:
        try:
            pixels.append(reader.read(open_image(file, FORMATS)).steps.digit)
        except InvalidImageError as error:
            raise DataError(f"{printable(str(file))} is not an example. {error}") from error
    return Examples.of(pixels, labels)


def _find_digit(file: Path) -> int:
    """Return the digit that a file's folder or name says it shows."""
    match = _NAME.fullmatch(file.parent.name) or _NAME.match(file.name)
    if not match or file.suffix.lower() in (ARRAYS, TABLE):
        raise DataError(
            f"Got the example {printable(str(file))}. Expected an image in a folder 0 to 9, or "
            "a name that begins with its digit, such as 4-mine.png."
        )
    return int(match[1])
