"""config.json of a model folder: the files, their checksums, versions and thresholds."""

import re
import reprlib
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from ..exceptions import ModelError, ParameterError
from ..rejection import Thresholds
from .files import invalid, read_json

FORMAT: Final = 3
MODEL_FILE: Final = "model.skops"
NUMBERS_FILE: Final = "numbers.skops"
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"
CARD_FILE: Final = "README.md"
# Names and versions may appear in a terminal, a page, or after "pip install".
_NAME: Final = re.compile(r"\w[\w.+-]{0,99}", re.ASCII)
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class ModelConfig:
    """The content of config.json."""

    format: int
    file: str
    sha256: str
    created: str
    trusted_types: list[str]
    versions: dict[str, str]
    thresholds: Thresholds
    numbers_sha256: str | None  # None: the folder has no judge of numbers

    def to_json(self) -> dict[str, Any]:
        """Return the content of config.json."""
        # The Hub's "Use this model" looks for the file there.
        return asdict(self) | {"sklearn": {"model": {"file": self.file}, "model_format": "skops"}}


def read_config(folder: Path) -> ModelConfig:
    """Read config.json; raise ModelError if it is missing, for another version or not valid."""
    path = folder / CONFIG_FILE
    values = read_json(path)
    if values.get("format") != FORMAT:
        raise ModelError(
            f"{path} has format {reprlib.repr(values.get('format'))}, but this version reads "
            f"{FORMAT}. Use a model made for this version, or the version it was made with."
        )
    try:
        known = {field.name: values[field.name] for field in fields(ModelConfig)}
        thresholds = Thresholds(**known["thresholds"])
        config = ModelConfig(**known | {"thresholds": thresholds})
        names = [*config.trusted_types, *config.versions, *config.versions.values()]
        is_valid = (
            config.file == MODEL_FILE
            and _SHA256.fullmatch(config.sha256)
            and (config.numbers_sha256 is None or _SHA256.fullmatch(config.numbers_sha256))
            and date.fromisoformat(config.created).isoformat() == config.created
            and all(_NAME.fullmatch(name) for name in names)
            and "scikit-learn" in config.versions
            and known["thresholds"].keys() == asdict(thresholds).keys()
        )
    except ParameterError as error:
        raise invalid(path, str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid(path, f"a value is missing or has the wrong type ({error!r:.80})") from error
    if not is_valid:
        raise invalid(path, f"a value is out of its range in {reprlib.repr(values)}")
    return config
