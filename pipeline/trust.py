"""Whom a model file may bring along, and what it must be: the checks before and after loading."""

import importlib
import sys
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import numpy as np
import skops.io
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

from .classifier import DigitPipeline
from .components import QuickPCA
from .exceptions import ModelError
from .features import GradientHistograms
from .forest import JoinedForest
from .preprocessing import MnistPreprocessor
from .scores import KernelScores

# Every type in the file beyond those skops itself holds safe. Exact names, no patterns; never
# what the file asks for.
TRUSTED_TYPES: Final = (
    "pipeline.classifier.DigitPipeline",
    "pipeline.components.QuickPCA",
    "pipeline.features.GradientHistograms",
    "pipeline.forest.JoinedForest",
    "pipeline.preprocessing.MnistPreprocessor",
    "pipeline.scores.KernelScores",
    "sklearn.tree._tree.Tree",
)
STEPS: Final = [MnistPreprocessor, GradientHistograms, QuickPCA, KernelScores, JoinedForest]
MAX_UNPACKED: Final = 200 * 2**20  # bytes; the released model has a tenth of it


def check_names() -> None:
    """Make sure that the names in a model file mean our classes and not a namesake's.

    Raises
    ------
    ModelError
        If another module called `pipeline` goes first.
    """
    for name in TRUSTED_TYPES:
        module_name, class_name = name.rsplit(".", 1)
        try:
            found = getattr(importlib.import_module(module_name), class_name, None)
        except ImportError:
            found = None
        if not isinstance(found, type) or found not in (DigitPipeline, *STEPS, Tree):
            namesake = getattr(sys.modules.get("pipeline"), "__file__", None)
            raise ModelError(
                f"{name} is not this project's: the name belongs to {namesake}, but the model "
                f"needs {Path(__file__).parent}. "
                "Rename the other module, or start where it is not on the path."
            )


def check_size(path: Path) -> None:
    """Make sure that a model file does not unpack to more than memory holds.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    ModelError
        If it does, or is no archive.
    """
    try:
        with ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (BadZipFile, OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as a skops file: {error}") from error
    if size > MAX_UNPACKED:
        raise ModelError(
            f"{path} unpacks to {size:,} bytes. Expected at most {MAX_UNPACKED:,}. Do not load it."
        )


def check_types(path: Path) -> None:
    """Make sure that a model file asks for no type that is not trusted, without loading it.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    ModelError
        If it does, or cannot be read.
    """
    try:
        untrusted = set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES)
    except Exception as error:
        raise ModelError(f"{path} cannot be read as a skops file: {error}") from error
    if untrusted:
        raise ModelError(
            f"{path} holds types that are not trusted: {', '.join(sorted(untrusted))}. "
            f"Expected no others than {', '.join(TRUSTED_TYPES)}. Do not load it."
        )


def check_pipeline(model: Any, path: Path) -> None:
    """Make sure that what was loaded is our Pipeline, with a forest that is safe to walk.

    Parameters
    ----------
    model : object
    path : pathlib.Path
        Where it came from, for the message.

    Raises
    ------
    ModelError
        If it is anything else.
    """
    steps = [type(step) for _, step in model.steps] if type(model) is DigitPipeline else []
    if steps != STEPS:
        found = " -> ".join(step.__name__ for step in steps) or type(model).__name__
        expected = " -> ".join(step.__name__ for step in STEPS)
        raise ModelError(f"{path} holds {found}, but expected {expected}.")
    try:
        sound = all(_is_whole(tree, model[-1]) for tree in model[-1].estimators_)
    except Exception as error:
        raise ModelError(f"{path} holds a forest that lacks a part: {error}") from error
    if not sound:
        raise ModelError(
            f"{path} holds a tree that is no tree of its forest, or whose nodes point outside it. "
            "Do not use it."
        )


def _is_whole(estimator: Any, forest: JoinedForest) -> bool:
    """Tell whether a tree reads what the forest gives it, answers as it must, and is sound.

    scikit-learn walks the nodes in compiled code that checks no bounds: a crafted tree could read
    memory that is not its own.
    """
    tree = estimator.tree_
    return (
        type(estimator) is DecisionTreeClassifier
        and type(tree) is Tree
        and forest.n_features_in_ == estimator.n_features_in_ == tree.n_features
        and forest.n_outputs_ == estimator.n_outputs_ == tree.n_outputs == 1
        and forest.n_classes_ == estimator.n_classes_ == tree.max_n_classes == len(forest.classes_)
        and tree.value.shape == (tree.node_count, 1, len(forest.classes_))
        and _is_sound(tree.__getstate__()["nodes"], tree.n_features)
    )


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
