"""Read the files of a model folder whose author need not be trusted: within limits."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any, Final

from ..exceptions import ModelError

_MAX_JSON_SIZE: Final = 2**20  # bytes
_MAX_NUMBER_LENGTH: Final = 40  # characters


def read_file(path: Path, max_size: int) -> bytes:
    """Read a regular file of limited size."""
    if not path.is_file():
        raise ModelError(
            f"No {path.name} in {path.parent}: it is not a complete model folder. Get it again, "
            "or train a model: make train."
        )
    try:
        with path.open("rb") as file:
            content = file.read(max_size + 1)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).") from error
    if len(content) > max_size:
        raise ModelError(f"{path} has more than {max_size:,} bytes. Do not use it.")
    return content


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object whose numbers are short and finite."""
    content = read_file(path, _MAX_JSON_SIZE)
    try:
        parse = _parse_number
        values = json.loads(content, parse_int=parse, parse_float=parse, parse_constant=parse)
    except (ValueError, RecursionError) as error:
        raise invalid(path, f"it is not JSON ({error})") from error
    if not isinstance(values, dict):
        raise invalid(path, "it is not a JSON object")
    return values


def _parse_number(text: str) -> int | float:
    if len(text) > _MAX_NUMBER_LENGTH or not math.isfinite(float(text)):
        raise ValueError("a number is too long or not finite")
    return int(text) if text.lstrip("-").isdigit() else float(text)


def is_share(value: Any) -> bool:
    """Tell whether a value is a number from 0 to 1."""
    return type(value) in (int, float) and 0 <= value <= 1


def invalid(path: Path, problem: str) -> ModelError:
    """Return the error for a file with a problem."""
    return ModelError(f"{path} is not valid: {problem}. Get the folder again.")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
