"""The model folder: a Pipeline on disk, what it must hold, and whom it trusts."""

import hashlib
import json
import platform
import warnings
from dataclasses import asdict, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple
from zipfile import ZIP_DEFLATED

import skops.io
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from .doubt import Limits
from .exceptions import ModelError
from .trust import TRUSTED_TYPES, check_names, check_pipeline, check_size, check_types

FORMAT: Final = 1
MODEL_FILE: Final = "model.skops"
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"

_VERSIONED = ("scikit-learn", "scipy", "skops", "numpy", "opencv-python-headless", "pillow")


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a model depends on.

    Returns
    -------
    dict of str to str
    """
    return {"python": platform.python_version()} | {name: version(name) for name in _VERSIONED}


def save_artifact(model: Pipeline, folder: Path, limits: Limits | None = None) -> None:
    """Write a fitted Pipeline and its config.json into an existing folder.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        As `pipeline.classifier.assemble` returns it.
    folder : pathlib.Path
    limits : pipeline.doubt.Limits, optional
        Below them the app says that it is unsure; never when left out.

    Raises
    ------
    ModelError
        If the Pipeline holds a type that no loader would trust.
    """
    path = folder / MODEL_FILE
    skops.io.dump(model, path, compression=ZIP_DEFLATED, compresslevel=9)
    check_types(path)
    config = {
        "format": FORMAT,
        "file": MODEL_FILE,
        "sha256": sha256(path),
        "created": datetime.now(UTC).date().isoformat(),
        "trusted_types": list(TRUSTED_TYPES),
        "versions": installed_versions(),
        "unsure_below": asdict(limits or Limits()),
    }
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_artifact(folder: Path) -> Pipeline:
    """Load the Pipeline of a model folder after checking everything that can be checked.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted, with the steps of `pipeline.trust.STEPS`.

    Raises
    ------
    ModelError
        If a file is missing or damaged, or holds anything but such a Pipeline, or if this
        scikit-learn cannot read it.

    Warns
    -----
    UserWarning
        If the model was saved with another version of scikit-learn.
    """
    config = check_files(folder)
    path = folder / MODEL_FILE
    check_names()
    check_size(path)
    check_types(path)
    advice = _compare_versions(config)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)  # ours says what to do
            model = skops.io.load(path, trusted=list(TRUSTED_TYPES))
    except Exception as error:
        raise ModelError(
            f"{path} cannot be read as a skops file: {error} {advice}".rstrip()
        ) from error
    if advice:
        warnings.warn(f"{path}: {advice}", stacklevel=3)
    check_pipeline(model, path)
    return model


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


def _compare_versions(config: dict[str, Any]) -> str:
    """Return what to do about another scikit-learn than the model's; nothing if it is the same."""
    recorded, here = config["versions"].get("scikit-learn"), version("scikit-learn")
    if recorded == here:
        return ""
    return (
        f"The model was saved with scikit-learn {recorded}, but this is {here}: answers may "
        f"differ. To be sure, pip install scikit-learn=={recorded}."
    )
