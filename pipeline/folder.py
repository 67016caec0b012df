"""The model folder: which files it holds, and what its two JSON files say."""

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, NamedTuple

from .doubt import Limits
from .exceptions import ModelError

FORMAT: Final = 1
MODEL_FILE: Final = "model.skops"
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"


def check_files(folder: Path) -> dict[str, Any]:
    """Check that a model folder is complete and that its model is the one it was made with.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        The content of config.json.

    Raises
    ------
    ModelError
        If a file is missing or damaged.
    """
    config = read_config(folder)
    path = folder / MODEL_FILE
    if not path.is_file():
        raise ModelError(f"No {MODEL_FILE} in {folder}. Train one: make train, or download it.")
    found = sha256(path)
    if found != config["sha256"]:
        raise ModelError(
            f"{path} has SHA-256 {found}, but {CONFIG_FILE} records {config['sha256']}: the file "
            "is damaged or from another model. Get the folder again."
        )
    return config


def read_config(folder: Path) -> dict[str, Any]:
    """Read config.json and check that this version of the code understands it.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        With at least "format", "file", "sha256", "created", "trusted_types", "versions" and
        "unsure_below".

    Raises
    ------
    ModelError
        If it is missing, is not JSON, or describes another format.
    """
    path = folder / CONFIG_FILE
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"No {CONFIG_FILE} in {folder}: this is not a model folder. Train one: make train."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}") from error
    expected = {"format": FORMAT, "file": MODEL_FILE}
    for key, value in expected.items():
        found = config.get(key) if isinstance(config, dict) else None
        if found != value:
            raise ModelError(
                f"{path} has {key} {found!r}, but this code reads {value!r}. Get a model made for "
                "this version, or the version it was made with."
            )
    kinds = {"sha256": str, "created": str, "trusted_types": list, "versions": dict}
    missing = (kinds.keys() | {"unsure_below"}) - config.keys()
    if missing:
        raise ModelError(f"{path} lacks {', '.join(sorted(missing))}. Get the folder again.")
    for key, kind in kinds.items():
        if not isinstance(config[key], kind):
            raise ModelError(
                f"{path} has {key} {config[key]!r}, but expected a {kind.__name__}. Get the folder "
                "again."
            )
    return config


def load_limits(folder: Path) -> Limits:
    """Read the limits of doubt from a model folder's config.json.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    pipeline.doubt.Limits

    Raises
    ------
    ModelError
        If config.json is broken, or they are not two shares.
    """
    values = read_config(folder)["unsure_below"]
    names = {field.name for field in fields(Limits)}
    if not isinstance(values, dict) or values.keys() != names:
        raise ModelError(
            f"{folder / CONFIG_FILE} has unsure_below {values!r}, but expected "
            f"{' and '.join(sorted(names))}. Get the folder again."
        )
    if not all(isinstance(value, int | float) and 0 <= value <= 1 for value in values.values()):
        raise ModelError(
            f"{folder / CONFIG_FILE} has unsure_below {values!r}, but expected shares from 0 to 1. "
            "Get the folder again."
        )
    return Limits(**values)


class TestReport(NamedTuple):
    """How a model did in a test.

    Parameters
    ----------
    accuracy : float
        Share of right answers.
    confusion_matrix : list of list of int
        Rows are the right digits, columns the answers.
    """

    accuracy: float
    confusion_matrix: list[list[int]]


def load_tests(folder: Path) -> dict[str, TestReport]:
    """Read from metrics.json how a model did in its tests.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict of str to TestReport
        "test" (MNIST's test images) and, if measured, "strokes" (drawings of unseen writers).

    Raises
    ------
    ModelError
        If metrics.json is missing or broken.
    """
    path = folder / METRICS_FILE
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        reports = {"test": metrics["test"]}
        if metrics["strokes"]:
            reports["strokes"] = metrics["strokes"]
        return {
            key: TestReport(
                float(report["accuracy"]),
                [[int(count) for count in row] for row in report["confusion_matrix"]],
            )
            for key, report in reports.items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} cannot be read, or lacks the results of a test: {error!r}. Get the folder "
            "again."
        ) from error


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    str
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
