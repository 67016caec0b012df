"""Corrections: drawings that visitors labeled because the model had misread them."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from huggingface_hub import CommitScheduler
from PIL import Image

from .adaptation import check_digit
from .exceptions import DataError, InvalidImageError
from .hub.client import log_in
from .hub.errors import hub_errors
from .image_files import open_image
from .preprocessing import MAX_PIXELS, ImageArray, as_array

# A record is a few hundred bytes; a larger file is not one of ours.
_MAX_RECORD_BYTES: Final = 64_000
_SYNC_INTERVAL: Final = 5  # minutes
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Correction:
    """A drawing, stored as a PNG file, and the digit that it shows."""

    path: Path
    label: int

    @property
    def image(self) -> ImageArray:
        """The drawing, read from the file: (H, W), (H, W, 3) or (H, W, 4), uint8."""
        try:
            return open_image(self.path, ("PNG",)).pixels
        except InvalidImageError as error:
            raise DataError(f"{self.path}: {error} Remove it and its JSON file.") from error


def save_correction(
    folder: Path, image: ImageArray, label: int, probabilities: Mapping[str, float], model: str
) -> Path:
    """Store a drawing, its label and the model's answer; return the path of the JSON file.

    Nothing about the visitor is stored. Another label of the same drawing replaces the earlier
    one. The JSON file is written last: a PNG file without one is ignored.
    """
    label = check_digit(label)
    pixels = np.ascontiguousarray(as_array(image))
    digest = hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()
    path = folder / f"{digest[:32]}.json"
    record = {
        "label": label,
        "probabilities": dict(probabilities),
        "model": model,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    picture, partial = path.with_suffix(".png"), path.with_suffix(".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(picture)
        partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        for file in (path, picture, partial):
            with suppress(OSError):
                file.unlink()
        raise DataError(
            f"Cannot write to {folder} ({error.strerror}). Free some space, or correct the "
            "folder's permissions."
        ) from error
    return path


def sync_corrections(folder: Path, dataset_id: str) -> CommitScheduler:
    """Upload new files of a folder to a private dataset, every five minutes and at exit."""
    with hub_errors(f"Cannot upload corrections to {dataset_id}"):
        return CommitScheduler(
            repo_id=dataset_id,
            repo_type="dataset",
            folder_path=folder,
            every=_SYNC_INTERVAL,
            private=True,
            allow_patterns=["*.png", "*.json"],
            hf_api=log_in(dataset_id),
        )


def read_corrections(folder: Path) -> list[Correction]:
    """Read all corrections in a folder; each image is decoded only when it is used."""
    if not folder.is_dir():
        raise DataError(f"Got --corrections {folder}, but there is no such folder.")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise DataError(f"Got --corrections {folder}, but it has no JSON file of a correction.")
    return [_read_record(path) for path in paths]


def _read_record(path: Path) -> Correction:
    """Read a JSON file and check its label and the header of its PNG file."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_RECORD_BYTES:
            raise ValueError(f"not a regular file of at most {_MAX_RECORD_BYTES:,} bytes")
        label = json.loads(path.read_text(encoding="utf-8"))["label"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = "it has no label" if isinstance(error, KeyError | TypeError) else error
        raise DataError(f"{path} is not a correction ({reason}). Remove it.") from error
    try:
        correction = Correction(path.with_suffix(".png"), check_digit(label))
    except DataError as error:
        raise DataError(f"{path}: {error} Correct it, or remove it.") from error
    _check_image(correction.path)
    return correction


def _check_image(path: Path) -> None:
    """Check an image's format and size without decoding it."""
    try:
        if not path.is_file():
            raise ValueError("there is no such file")
        with Image.open(path, formats=["PNG"]) as file:
            if file.width * file.height > MAX_PIXELS:
                raise ValueError(f"it has {file.width} x {file.height} pixels")
    except (OSError, ValueError, *_BOMBS) as error:
        raise DataError(
            f"{path} is not the image of a correction ({error}). Expected a PNG file of at most "
            f"{MAX_PIXELS // 10**6} million pixels. Remove it and its JSON file."
        ) from error
