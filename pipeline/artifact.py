"""The model folder: a Pipeline on disk, what it must hold, and whom it trusts."""

import hashlib
import json
import platform
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED

import numpy as np
import skops.io
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from .doubt import Limits
from .exceptions import ModelError
from .features import GradientHistograms
from .preprocessing import MnistPreprocessor
from .scores import KernelScores

FORMAT: Final = 1
MODEL_FILE: Final = "model.skops"
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"

# Every type in the file beyond those skops itself holds safe. Exact names, no patterns; never
# what the file asks for.
TRUSTED_TYPES: Final = (
    "pipeline.features.GradientHistograms",
    "pipeline.preprocessing.MnistPreprocessor",
    "pipeline.scores.KernelScores",
    "sklearn.tree._tree.Tree",
)
STEPS: Final = [MnistPreprocessor, GradientHistograms, PCA, KernelScores, RandomForestClassifier]
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
    _check_types(path)
    config = {
        "format": FORMAT,
        "file": MODEL_FILE,
        "sha256": sha256(path),
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
        Fitted, with the steps of `STEPS`.

    Raises
    ------
    ModelError
        If a file is missing or damaged, or holds anything but such a Pipeline.
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
    _check_types(path)
    try:
        model = skops.io.load(path, trusted=list(TRUSTED_TYPES))
    except Exception as error:
        raise ModelError(f"{path} cannot be read as a skops file: {error}") from error
    _check_pipeline(model, path)
    return model


def read_config(folder: Path) -> dict[str, Any]:
    """Read config.json and check that this version of the code understands it.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict
        With at least "format", "file", "sha256", "trusted_types", "versions" and
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
    missing = {"sha256", "trusted_types", "versions", "unsure_below"} - config.keys()
    if missing:
        raise ModelError(f"{path} lacks {', '.join(sorted(missing))}. Get the folder again.")
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


def _check_types(path: Path) -> None:
    try:
        untrusted = set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES)
    except Exception as error:
        raise ModelError(f"{path} cannot be read as a skops file: {error}") from error
    if untrusted:
        raise ModelError(
            f"{path} holds types that are not trusted: {', '.join(sorted(untrusted))}. "
            f"Expected no others than {', '.join(TRUSTED_TYPES)}. Do not load it."
        )


def _check_pipeline(model: Any, path: Path) -> None:
    steps = [type(step) for _, step in model.steps] if isinstance(model, Pipeline) else []
    if steps != STEPS:
        found = " -> ".join(step.__name__ for step in steps) or type(model).__name__
        expected = " -> ".join(step.__name__ for step in STEPS)
        raise ModelError(f"{path} holds {found}, but expected {expected}.")
    for estimator in model[-1].estimators_:
        nodes = estimator.tree_.__getstate__()["nodes"]
        if not _is_sound(nodes, estimator.tree_.n_features):
            raise ModelError(f"{path} holds a tree whose nodes point outside it. Do not use it.")


def _is_sound(nodes: np.ndarray, n_features: int) -> bool:
    """Tell whether every walk from the root ends at a leaf and reads existing features.

    Children come after their parents, as scikit-learn's builders number them, so a walk always
    moves forward and cannot run in circles.
    """
    left, right = nodes["left_child"], nodes["right_child"]
    inner = np.flatnonzero(left != -1)
    children = np.stack([left[inner], right[inner]])
    features = nodes["feature"][inner]
    return bool(
        len(nodes) > 0
        and np.all(right[left == -1] == -1)
        and np.all((children > inner) & (children < len(nodes)))
        and np.all((features >= 0) & (features < n_features))
    )
