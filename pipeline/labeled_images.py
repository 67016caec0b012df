"""Digits of one's own, as image files: folders named 0 to 9, or a CSV file of paths and labels."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from siffra.exceptions import DataError, InvalidImageError
from siffra.image_files import open_image
from siffra.preprocessing import ImageArray

_SUFFIXES: Final = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
_DIGITS: Final = frozenset("0123456789")


@dataclass(frozen=True)
class LabeledImage:
    """An image file, the digit that it shows, and a number for its writer.

    Without a column `writer`, each image has a writer of its own.
    """

    path: Path
    label: int
    writer: int
    writer_is_known: bool = False

    @property
    def image(self) -> ImageArray:
        """The image, read from the file: (H, W), (H, W, 3) or (H, W, 4), uint8."""
        try:
            return open_image(self.path).pixels
        except InvalidImageError as error:
            raise DataError(f"{self.path}: {error} Remove it.") from error


def read_labeled_images(source: Path) -> list[LabeledImage]:
    """Read the names and labels of images; each image is decoded only when it is used.

    The source is a folder of folders named 0 to 9, or a CSV file with the columns `path` (relative
    to the file) and `label`, and `writer` where that is known. A DataError is raised if there is no
    image, a file is missing, or a label is not a digit.
    """
    if source.is_dir():
        rows = list(_read_folders(source))
    elif source.is_file():
        rows = list(_read_csv(source))
    else:
        raise DataError(f"Got --images {source}, but there is no such folder or CSV file.")
    if not rows:
        raise DataError(
            f"Got --images {source}, but there are no images. Expected folders named 0 to 9, or a "
            "CSV file with the columns path and label."
        )
    is_known = all(writer is not None for *_, writer in rows)
    names = [str(writer if is_known else index) for index, (*_, writer) in enumerate(rows)]
    writers = np.unique(names, return_inverse=True)[1].tolist()
    return [
        LabeledImage(path, label, writer, is_known)
        for (path, label, _), writer in zip(rows, writers, strict=True)
    ]


def _read_folders(source: Path) -> Iterator[tuple[Path, int, str | None]]:
    for folder in sorted(path for path in source.iterdir() if path.name in _DIGITS):
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith("."):
                yield path, int(folder.name), None


def _read_csv(source: Path) -> Iterator[tuple[Path, int, str | None]]:
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{source} is not a CSV file ({error}).") from error
    for number, row in enumerate(rows, start=2):
        name, label = row.get("path"), (row.get("label") or "").strip()
        if not name or label not in _DIGITS or not (source.parent / name).is_file():
            raise DataError(
                f"{source}, line {number}: got the path {name!r:.100} and the label {label!r:.20}. "
                "Expected a file that exists and a digit, in the columns path and label."
            )
        yield source.parent / name, int(label), row.get("writer") or None
