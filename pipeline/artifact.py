"""A Pipeline to disk and back: what it must hold, and whom it trusts."""

import json
import platform
import warnings
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import skops.io
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from .doubt import Limits
from .exceptions import ModelError
from .folder import CONFIG_FILE, FORMAT, MODEL_FILE, check_files, sha256
from .trust import TRUSTED_TYPES, check_names, check_pipeline, check_size, check_types

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


def _compare_versions(config: dict[str, Any]) -> str:
    """Return what to do about another scikit-learn than the model's; nothing if it is the same."""
    recorded, here = config["versions"].get("scikit-learn"), version("scikit-learn")
    if recorded == here:
        return ""
    return (
        f"The model was saved with scikit-learn {recorded}, but this is {here}: answers may "
        f"differ. To be sure, pip install scikit-learn=={recorded}."
    )
