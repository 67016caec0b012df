"""Load a model folder whose author need not be trusted."""

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import skops.io
from sklearn.pipeline import Pipeline

from ..exceptions import ModelError
from ..forest import LowLatencyRandomForest
from .archive import check_archive, check_judge_archive
from .checks import check_judge, check_pipeline
from .config import MODEL_FILE, NUMBERS_FILE, ModelConfig, read_config
from .files import read_file
from .limits import MAX_FILE_SIZE
from .trusted_types import TRUSTED_TYPES, check_package_name
from .versions import compare_versions, give_the_same_labels


def load_pipeline(folder: Path) -> Pipeline:
    """Load the Pipeline of a model folder, whose author need not be trusted, or raise ModelError.

    A warning says that it was saved with a scikit-learn that may predict something else.
    """
    config = read_config(folder)
    path = folder / MODEL_FILE
    pipeline = _load(path, config.sha256, config, check_archive, check_pipeline)
    advice = compare_versions(config.versions)
    if advice and not give_the_same_labels(config.versions):
        warnings.warn(f"{path}: {advice}", stacklevel=3)
    return pipeline


def load_judge(folder: Path) -> LowLatencyRandomForest | None:
    """Load the judge of numbers with the same care, or return None if the folder has none."""
    config = read_config(folder)
    if config.numbers_sha256 is None:
        return None
    path = folder / NUMBERS_FILE
    judge: LowLatencyRandomForest = _load(
        path, config.numbers_sha256, config, check_judge_archive, check_judge
    )
    return judge


def _load(
    path: Path,
    sha256: str,
    config: ModelConfig,
    check_content: Callable[[bytes], bytes],
    check_object: Callable[[Any], None],
) -> Any:
    """Load a file, checked before and after."""
    content = _read_model(path, sha256)
    check_package_name()
    with _explain_damage(path, compare_versions(config.versions)):
        loaded = skops.io.loads(check_content(content), trusted=list(TRUSTED_TYPES))
        check_object(loaded)
    return loaded


def verify_checksums(folder: Path) -> ModelConfig:
    """Return the configuration if the files are there and the models' checksums are right."""
    config = read_config(folder)
    _read_model(folder / MODEL_FILE, config.sha256)
    if config.numbers_sha256 is not None:
        _read_model(folder / NUMBERS_FILE, config.numbers_sha256)
    return config


def no_judge() -> ModelError:
    """Return the error for numbers with a model that reads single digits only."""
    return ModelError(
        f"This model reads single digits only: its folder has no {NUMBERS_FILE}. Get a newer "
        "model, or train one: make train."
    )


def _read_model(path: Path, expected: str) -> bytes:
    """Read a model file and compare its checksum."""
    content = read_file(path, MAX_FILE_SIZE)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(
            f"{path} has SHA-256 {found}, but expected {expected}: it is damaged or from another "
            "model. Get the folder again."
        )
    return content


@contextmanager
def _explain_damage(path: Path, advice: str) -> Iterator[None]:
    """Turn any error about a model file into a ModelError that says what to do."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `advice` replaces scikit-learn's own
            yield
    except ModelError as error:
        raise ModelError(f"{path} cannot be used: {error}. {advice}".rstrip()) from error
    except Exception as error:
        raise ModelError(
            f"{path} is damaged or not a model of this project ({type(error).__name__}). "
            f"Get the folder again. {advice}".rstrip()
        ) from error
