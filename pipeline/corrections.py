"""Corrections by visitors: what they drew, what was answered, what it was."""

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from .exceptions import DataError
from .image import ImageArray, to_array


@dataclass(frozen=True)
class Correction:
    """A drawing and what it was.

    Parameters
    ----------
    image : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8
    label : int
        From 0 to 9.
    """

    image: ImageArray
    label: int


def save_correction(
    folder: Path, image: ImageArray, label: int, answer: Mapping[str, float], model: str
) -> Path:
    """Store a drawing as a PNG file and what is known of it as a JSON file beside it.

    Nothing about the visitor is stored. The JSON file is written last: a PNG file without one
    is no correction.

    Parameters
    ----------
    folder : pathlib.Path
        Created if it does not exist.
    image : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8
        Stored as it is.
    label : int
        What it was, from 0 to 9.
    answer : mapping of str to float
        The model's probability of each label.
    model : str
        Which model answered.

    Returns
    -------
    pathlib.Path
        The JSON file.

    Raises
    ------
    DataError
        If the label is none, or the folder cannot be written to.
    """
    if label not in range(10):
        raise DataError(f"Got the label {label!r}, but expected 0 to 9.")
    now = datetime.now(UTC)
    path = folder / f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.json"
    record = {
        "label": label,
        "answer": dict(answer),
        "model": model,
        "created": now.isoformat(timespec="seconds"),
    }
    parts = [path.with_suffix(".png"), path.with_suffix(".partial")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(to_array(image)).save(parts[0])
        parts[1].write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        os.replace(parts[1], path)
    except OSError as error:
        for part in parts:
            with suppress(OSError):
                part.unlink()
        raise DataError(
            f"Cannot write to {folder} ({error.strerror}). Make room, or correct its rights."
        ) from error
    return path


def read_corrections(folder: Path) -> list[Correction]:
    """Read all corrections from a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    list of Correction
        In the order of their names, which is that of time.

    Raises
    ------
    DataError
        If there is no such folder, or a file in it is none of `save_correction`'s.
    """
    if not folder.is_dir():
        raise DataError(f"Got --corrections {folder}, but there is no such folder.")
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Correction:
    try:
        label = json.loads(path.read_text(encoding="utf-8"))["label"]
        with Image.open(path.with_suffix(".png")) as file:
            image = to_array(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no correction, or its picture is missing: {error!r}. Remove it."
        ) from error
    if type(label) is not int or label not in range(10):
        raise DataError(f"{path} has the label {label!r}, but expected 0 to 9. Correct it.")
    return Correction(image, label)
