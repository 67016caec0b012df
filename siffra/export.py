"""The static page: the files of web/, and model.bin for its reader in JavaScript."""

import gzip
import json
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from . import adaptation, alternatives
from . import reader as digit_reader
from .exceptions import OutputError
from .features import cell_weights
from .forest import LowLatencyRandomForest
from .image_files import open_image
from .model_folder.config import read_config
from .model_folder.reports import read_test_reports
from .numbers import (
    boxes,
    components,
    cuts,
    kinds,
    lattice,
    number,
    ruling,
    segments,
    signals,
    strokes,
)
from .numbers import foreground as number_foreground
from .paths import EXAMPLES, WEB
from .preprocessing import clutter, foreground, grayscale, illumination, lines, normalization
from .published_files import copy_files, list_files
from .reader import DigitReader

BINARY_FILE: Final = "model.bin"
FILE_LIST: Final = "files.json"
CHECK: Final = "check"
WEB_SUFFIXES: Final = (".css", ".html", ".js", ".json", ".svg", ".webmanifest", ".jpg", ".png")
IMAGE_SUFFIXES: Final = (".jpg", ".png", ".webp")
_MAGIC: Final = b"SIFFRA\r\n"
# Goes up when web/model_file.js of one version cannot read the file of another.
_FORMAT: Final = 4
_ALIGNMENT: Final = 8
_LEAF: Final = 255
_MODULES: Final = (
    *(clutter, foreground, grayscale, illumination, lines, normalization),
    *(number_foreground, boxes, ruling, components, strokes, cuts, segments, signals),
    *(kinds, lattice, number),
    *(alternatives, adaptation, digit_reader),
)


def export_page(folder: Path, reader: DigitReader) -> int:
    """Write the static page and its model into a folder; return the size of model.bin in bytes.

    Files of the same names are replaced. An OutputError is raised if the folder cannot be written,
    or the page's files are missing.
    """
    if not WEB.is_dir():
        raise OutputError(f"There is no folder {WEB}. Run the export in a clone of the project.")
    content = pack_model(reader)
    try:
        names = list_files(WEB, ".", WEB_SUFFIXES)
        copy_files(WEB, names, folder)
        (folder / BINARY_FILE).write_bytes(content)
        # The service worker stores them for use without a network.
        files = sorted([BINARY_FILE, *names])
        (folder / FILE_LIST).write_text(json.dumps({"files": files}), encoding="utf-8")
        _write_check(folder / CHECK, reader)
    except OSError as error:
        raise OutputError(f"Cannot write the page to {folder}: {error}.") from error
    return len(content)


def _write_check(folder: Path, reader: DigitReader) -> None:
    """Write the examples and the reader's answer to each, for index.html?check."""
    names = list_files(EXAMPLES, ".", IMAGE_SUFFIXES)
    copy_files(EXAMPLES, names, folder)
    expected = {}
    for name in names:
        prediction = reader.read(open_image(folder / name))
        probabilities = [round(float(share), 4) for share in prediction.probabilities]
        expected[name] = {"label": prediction.label, "probabilities": probabilities}
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


def pack_model(reader: DigitReader) -> bytes:
    """Return a reader as compressed bytes: a JSON header, then the arrays that it lists.

    Those that read a digit come first, up to `digit_end`: a page can read digits before the rest,
    which reads numbers, has arrived. Everything that JavaScript needs to know about the model and
    the preprocessing is in it: parameters, constants, the threshold, and which model it is. An
    OutputError is raised for trees that JavaScript would read differently.
    """
    arrays = _collect_arrays(reader.pipeline)
    n_of_digits = len(arrays)
    if reader.judge is not None:
        arrays |= {f"judge_{name}": array for name, array in _pack_forest(reader.judge).items()}
    places, blocks, offset = {}, [], 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        places[name] = {"type": array.dtype.name, "length": array.size, "offset": offset}
        blocks.append(data + bytes(-len(data) % _ALIGNMENT))
        offset += len(blocks[-1])
    digit_end = sum(map(len, blocks[:n_of_digits]))
    contents = {"digit_end": digit_end, "arrays": places}
    header = json.dumps(_describe(reader) | contents).encode()
    header += b" " * (-(len(_MAGIC) + 4 + len(header)) % _ALIGNMENT)
    content = _MAGIC + len(header).to_bytes(4, "little") + header + b"".join(blocks)
    return gzip.compress(content, mtime=0)


def _describe(reader: DigitReader) -> dict[str, Any]:
    preprocessor, features, _, scores, _ = (step for _, step in reader.pipeline.steps)
    model: dict[str, Any] = {}
    if location := reader.location:
        config = read_config(location.path)
        model = {"repository": location.repo_id, "commit": location.commit}
        model |= {"sha256": config.sha256, "created": config.created}
        reports = read_test_reports(location.path)
        model |= {"accuracy": reports["strokes"].accuracy} if "strokes" in reports else {}
    slope, intercept = scores.calibration_.tolist()
    return {
        "format": _FORMAT,
        "model": model,
        "classes": reader.classes_.tolist(),
        "thresholds": asdict(reader.thresholds),
        "constants": {_name(module): constants_of(module) for module in _MODULES},
        "preprocessing": preprocessor.get_params(),
        "features": features.get_params(),
        "scores": {"gamma": scores.gamma_, "slope": slope, "intercept": intercept},
        "leaf_feature": _LEAF,
    }


def _name(module: ModuleType) -> str:
    """Return "clutter" or, as there are twins, "numbers.foreground"."""
    return module.__name__.removeprefix(f"{__package__}.").removeprefix("preprocessing.")


def constants_of(module: ModuleType) -> dict[str, Any]:
    """Return the numbers, and the tuples of numbers, that a module names."""
    return {
        name.lstrip("_"): value
        for name, value in vars(module).items()
        if name.isupper() and _is_numeric(value)
    }


def _is_numeric(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_numeric, value))
    return isinstance(value, int | float)


def _collect_arrays(pipeline: Pipeline) -> dict[str, NDArray[Any]]:
    _, features, components, scores, forest = (step for _, step in pipeline.steps)
    return {
        "cell_weights": cell_weights(features.n_cells, features.cell_radius),
        "components": components.components_.astype(np.float32),
        "mean": components.mean_.astype(np.float32),
        # By columns, as numbers of the same range compress better.
        "landmarks": _halve_precision(scores.landmarks_.T),
        "norms": scores.landmark_norms_,
        "coef": _halve_precision(scores.coef_),
        "intercept": scores.intercept_,
        **_pack_forest(forest),
    }


def _halve_precision(values: NDArray[np.float32]) -> NDArray[Any]:
    """Return the same numbers as float16 if it can hold them all."""
    half = values.astype(np.float16)
    return half if np.array_equal(half, values) else values


def _pack_forest(forest: LowLatencyRandomForest) -> dict[str, NDArray[Any]]:
    """Return the nodes of all trees in one list; a left child is always the next node.

    `jump` is the distance to the right child, or, in a leaf, a row of `leaves`.
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    sizes = np.array([tree.node_count for tree in trees])
    left = np.concatenate([tree.children_left - np.arange(tree.node_count) for tree in trees])
    right = np.concatenate([tree.children_right - np.arange(tree.node_count) for tree in trees])
    feature = np.concatenate([tree.feature for tree in trees])
    threshold = np.concatenate([tree.threshold for tree in trees])
    is_leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    values = np.concatenate([tree.value[:, 0] for tree in trees])
    if (left[~is_leaf] != 1).any():
        raise OutputError(
            "The nodes of a tree are not numbered depth first. Fit forests without max_leaf_nodes."
        )
    leaves, rows = np.unique(values[is_leaf], axis=0, return_inverse=True)
    right[is_leaf] = rows.ravel()
    return {
        "feature": np.where(is_leaf, _LEAF, feature).astype(np.uint8),
        "threshold": _round_down(np.where(is_leaf, 0, threshold)),
        "jump": right.astype(np.uint16 if right.max() < 2**16 else np.uint32),
        "leaves": leaves,
        "roots": (np.cumsum(sizes) - sizes).astype(np.uint32),
    }


def _round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the greatest float32 that is not above: it splits float32 scores alike."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    below = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > thresholds, below, rounded)
