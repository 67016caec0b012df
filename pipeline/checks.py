"""Checks on a model file from an untrusted author: its archive first, then its Pipeline."""

import io
import json
import math
from collections.abc import Mapping
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
from numpy.lib import format as npy
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import NODE_DTYPE, Tree

from .exceptions import ModelError
from .features import GradientHistograms
from .forest import LowLatencyRandomForest
from .preprocessing import MnistPreprocessor
from .scores import KernelScores

STEPS: Final = {
    "preprocessing": MnistPreprocessor,
    "features": GradientHistograms,
    "components": PCA,
    "scores": KernelScores,
    "forest": LowLatencyRandomForest,
}
_PROTOCOL: Final = 2  # of skops 0.16
MAX_FILE_SIZE: Final = 10 * 2**20  # bytes
_MAX_UNPACKED_SIZE: Final = 64 * 2**20
_MAX_SCHEMA_SIZE: Final = 4 * 2**20
_MAX_ENTRIES: Final = 10_000
_MAX_NODES: Final = 100_000
_MAX_DEPTH: Final = 32  # of nodes; the released model has 16
_MAX_SCALAR_LENGTH: Final = 100  # characters of JSON
_MAX_TREES: Final = 1000
_MAX_LANDMARKS: Final = 10_000
_MAX_MAGNITUDE: Final = 1e6  # larger values could overflow in single precision
_N_CLASSES: Final = 10

_NUMBERS: Final = {np.dtype(name) for name in ("float32", "float64", "int64")}
_SCALARS: Final = (int, float, str, bool, type(None), np.int64, np.float32, np.float64)
# The kinds of nodes that a skops schema of a model has, and the types that they may stand for.
_NODE_TYPES: Final = {
    "JsonNode": {"builtins.str"},  # any scalar
    "TypeNode": {"builtins.str"},  # the type of a key
    "DictNode": {"builtins.dict"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "NdArrayNode": {"numpy.ndarray", *(f"numpy.{dtype.name}" for dtype in _NUMBERS)},
    "ObjectNode": {
        f"{kind.__module__}.{kind.__name__}"
        for kind in (*STEPS.values(), Pipeline, DecisionTreeClassifier)
    },
    "TreeNode": {f"{Tree.__module__}.{Tree.__name__}"},
}
# Kinds of attributes besides arrays, which are described by their shape.
_SCALAR: Final = "scalar"
_OBJECT: Final = "object"  # checked separately
_SIZES: Final = dict.fromkeys(("n_features_in_", "n_outputs_", "n_classes_"), _SCALAR)


def check_archive(content: bytes) -> None:
    """Check a skops file before anything is loaded from it; raise ModelError or any other error."""
    _require(len(content) <= MAX_FILE_SIZE, f"it has more than {MAX_FILE_SIZE:,} bytes")
    # Counts the entries by their signature before they are parsed.
    _require(content.count(b"PK\1\2") <= _MAX_ENTRIES, f"it has more than {_MAX_ENTRIES:,} entries")
    with ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        _require(unpacked <= _MAX_UNPACKED_SIZE, f"it unpacks to {unpacked:,} bytes")
        _require(
            {entry.compress_type for entry in entries} <= {ZIP_STORED, ZIP_DEFLATED},
            "its compression method is not supported",
        )
        schema_size = archive.getinfo("schema.json").file_size
        _require(schema_size <= _MAX_SCHEMA_SIZE, f"its schema has {schema_size:,} bytes")
        root, schema = json.loads(archive.read("schema.json")), _Schema(archive)
        _require(root["protocol"] == _PROTOCOL, "it is from an unsupported version of skops")
        schema.check(root)
        _require(
            sorted(archive.namelist()) == sorted(["schema.json", *schema.arrays]),
            "it has unused entries, or several with the same name",
        )


class _Schema:
    """The nodes of a schema, in the order in which skops reads them."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.arrays: set[str] = set()
        self.checked: dict[int, tuple[Any, int]] = {}
        self.n_nodes = 0

    def check(self, node: dict[str, Any], depth: int = 0) -> Any:
        """Check a node and its children; return scalars, containers, and dtype and shape."""
        node_id, before = node["__id__"], self.n_nodes
        _require(type(node_id) is int and node_id > 0, "it contains an invalid id")
        # skops reads only the first node of each id. Repetitions in repetitions could multiply.
        value, size = self.checked.get(node_id, (None, 1))
        self.n_nodes += size
        _require(self.n_nodes <= _MAX_NODES, f"it has more than {_MAX_NODES:,} nodes")
        _require(depth <= _MAX_DEPTH, f"it is nested more than {_MAX_DEPTH} levels deep")
        if node_id not in self.checked:
            value = self._check_first(node, depth + 1)
            self.checked[node_id] = value, self.n_nodes - before
        return value

    def _check_first(self, node: dict[str, Any], depth: int) -> Any:
        loader, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
        _require(
            name in _NODE_TYPES.get(loader, ()),
            f"it contains {name!r:.80}, which is not a trusted type",
        )
        match loader:
            case "JsonNode":
                return _read_scalar(node["content"])
            case "TypeNode":
                return name
            case "NdArrayNode":
                return self._check_array(node)
            case "ListNode" | "TupleNode":
                return [self.check(item, depth) for item in node["content"]]
            case "DictNode":
                keys = self.check(node["key_types"], depth)
                _require(keys == ["builtins.str"] * len(node["content"]), "a key is not text")
                return {key: self.check(item, depth) for key, item in node["content"].items()}
        content = self.check(node["content"], depth)
        if loader == "TreeNode":
            _check_tree_state(self.check(node["__reduce__"]["args"], depth), content)
        return name

    def _check_array(self, node: dict[str, Any]) -> tuple[np.dtype[Any], tuple[int, ...]]:
        """Return dtype and shape of an array whose size is that of its entry."""
        file_name = node["file"]
        _require(node["type"] == "numpy", "an array is not stored as an array")
        _require(file_name not in self.arrays, "an array is read more than once")
        self.arrays.add(file_name)
        with self.archive.open(file_name) as file:
            _require(npy.read_magic(file) == (1, 0), "the format of an array is not supported")
            shape, _, dtype = npy.read_array_header_1_0(file)
            size = file.tell() + math.prod(shape) * dtype.itemsize
        _require(dtype in {*_NUMBERS, NODE_DTYPE}, f"it contains an array of {dtype!s:.80}")
        _require(
            min(shape, default=0) >= 0 and size == self.archive.getinfo(file_name).file_size,
            "the size of an array differs from its header",
        )
        return dtype, shape


def _read_scalar(text: str) -> Any:
    """Parse a short JSON text that must be a scalar."""
    _require(len(text) <= _MAX_SCALAR_LENGTH, "a value is too long")
    value = json.loads(text)
    _require(_is_scalar(value), f"it contains the value {value!r:.80}")
    return value


def _check_tree_state(arguments: Any, state: dict[str, Any]) -> None:
    """Check what the compiled class of a tree uses while it is being constructed."""
    int64, float64 = np.dtype(np.int64), np.dtype(np.float64)
    _require(
        arguments == [_N_CLASSES, (int64, (1,)), 1],
        "a tree does not have ten features, ten classes and one output",
    )
    n_nodes, depth = state["node_count"], state["max_depth"]
    _require(
        state.keys() == {"max_depth", "node_count", "nodes", "values"}
        and type(n_nodes) is type(depth) is int
        and 0 <= depth < n_nodes
        and state["nodes"] == (NODE_DTYPE, (n_nodes,))
        and state["values"] == (float64, (n_nodes, 1, _N_CLASSES)),
        "the nodes and values of a tree do not match",
    )


def check_pipeline(pipeline: Any) -> None:
    """Check that an object is this project's Pipeline; raise ModelError or any other error."""
    _require(type(pipeline) is Pipeline, f"it contains a {type(pipeline).__name__}")
    steps = [(name, type(step)) for name, step in pipeline.steps]
    _require(
        steps == list(STEPS.items()),
        f"it contains {_list_types(steps)}, but expected {_list_types(STEPS.items())}",
    )
    _check_attributes(pipeline, {"steps": _OBJECT})
    _require(pipeline.memory is None and not pipeline.verbose, "it uses a cache or prints")
    preprocessing, features, components, scores, forest = (step for _, step in pipeline.steps)
    _check_attributes(preprocessing, {})
    _check_attributes(features, dict.fromkeys({"n_features_in_"} & vars(features).keys(), _SCALAR))
    for step in (preprocessing, features):
        step.fit(None)  # only checks the parameters
    _check_components(components, features.n_orientations * features.n_cells**2)
    _check_scores(scores, len(components.components_))
    _check_forest(forest)
    _check_probe(pipeline)


def _check_components(pca: PCA, n_features: int) -> None:
    n_components = len(pca.components_)
    vector = (n_components,)
    scalars = ("n_features_in_", "n_components_", "n_samples_", "noise_variance_")
    _check_attributes(
        pca,
        dict.fromkeys((*scalars, "_fit_svd_solver"), _SCALAR)
        | {"mean_": (n_features,), "components_": (n_components, n_features)}
        | dict.fromkeys(
            ("explained_variance_", "explained_variance_ratio_", "singular_values_"), vector
        ),
    )
    pca._validate_params()
    sizes = (pca.n_components_, pca.n_features_in_)
    _require(sizes == (n_components, n_features), "the sizes of its components do not match")
    _require(n_components > 0 and not pca.whiten, "it has no components, or they are whitened")


def _check_scores(scores: KernelScores, n_components: int) -> None:
    n_landmarks = len(scores.landmarks_)
    _check_attributes(
        scores,
        {
            "classes_": _OBJECT,
            "n_features_in_": _SCALAR,
            "gamma_": _SCALAR,
            "landmarks_": (n_landmarks, n_components),
            "landmark_norms_": (n_landmarks,),
            "coef_": (n_landmarks, _N_CLASSES),
            "intercept_": (_N_CLASSES,),
        },
    )
    scores._check_parameters()
    _check_classes(scores, np.int64)
    _require(scores.n_features_in_ == n_components, "the sizes of its landmarks do not match")
    _require(0 < n_landmarks <= _MAX_LANDMARKS, f"it has {n_landmarks:,} landmarks")
    gamma = scores.gamma_
    _require(type(gamma) is float and 0 < gamma <= _MAX_MAGNITUDE, f"it has gamma {gamma!r:.20}")


def _check_forest(forest: LowLatencyRandomForest) -> None:
    objects = ("classes_", "estimator", "estimator_", "estimator_params", "estimators_")
    scalars = ("_n_samples", "_n_samples_bootstrap", "_sample_weight")
    _check_attributes(
        forest, _SIZES | dict.fromkeys(objects, _OBJECT) | dict.fromkeys(scalars, _SCALAR)
    )
    forest._validate_params()
    _require(forest.n_jobs is None and not forest.verbose, "its forest uses threads or prints")
    trees, names = forest.estimators_, forest.estimator_params
    _require(
        type(trees) is list and 0 < len(trees) == forest.n_estimators <= _MAX_TREES,
        "the number of its trees differs from n_estimators or is out of range",
    )
    _require({type(tree) for tree in trees} == {DecisionTreeClassifier}, "it has other estimators")
    _require(type(names) is tuple and {type(name) for name in names} <= {str}, "a name is not text")
    _check_classes(forest, np.int64)
    for template in (forest.estimator, forest.estimator_):
        _require(type(template) is DecisionTreeClassifier, "it has other estimators")
        _check_attributes(template, {})
    for tree in trees:
        _check_attributes(
            tree, _SIZES | {"max_features_": _SCALAR, "classes_": _OBJECT, "tree_": _OBJECT}
        )
        _check_classes(tree, np.float64)
    for estimator in (forest, *trees):
        sizes = (estimator.n_features_in_, estimator.n_classes_, estimator.n_outputs_)
        _require(sizes == (_N_CLASSES, _N_CLASSES, 1), f"its forest has the sizes {sizes!r:.80}")
    for tree in trees:
        _check_tree(tree.tree_)


def _check_tree(tree: Tree) -> None:
    """Check that each path ends at a leaf: scikit-learn follows the nodes without such checks."""
    _require(type(tree) is Tree and tree.n_features == _N_CLASSES, "a tree is of another type")
    state = tree.__getstate__()
    nodes, values = state["nodes"], state["values"]
    left, right = nodes["left_child"], nodes["right_child"]
    is_leaf = left == -1
    inner = np.flatnonzero(~is_leaf)
    # scikit-learn numbers children after their parents, so that there is no cycle.
    children = np.stack([left[inner], right[inner]])
    is_sound = (
        np.all(right[is_leaf] == -1)
        and np.all((children > inner) & (children < len(nodes)))
        and np.all((nodes["feature"][inner] >= 0) & (nodes["feature"][inner] < _N_CLASSES))
        and np.isfinite(nodes["threshold"]).all()
    )
    _require(bool(is_sound), "a node of a tree points outside it or back, or has no threshold")
    _require(
        bool(np.all((values >= 0) & (values <= 1)))
        and np.allclose(values[is_leaf].sum(axis=(1, 2)), 1, atol=1e-6),
        "a leaf of a tree does not hold probabilities",
    )


def _check_probe(pipeline: Pipeline) -> None:
    """Predict an image of a 7."""
    probe = np.full((60, 40), 255, dtype=np.uint8)
    probe[10:15, 8:32] = probe[15:32, 25:30] = probe[32:50, 19:24] = 0
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        probabilities = pipeline.predict_proba([probe])
    _require(
        probabilities.shape == (1, _N_CLASSES)
        and bool((probabilities >= 0).all())
        and math.isclose(probabilities.sum(), 1, abs_tol=1e-6),
        "it does not return ten probabilities that add up to 1",
    )


def _check_attributes(estimator: Any, attributes: Mapping[str, str | tuple[int, ...]]) -> None:
    """Check that an estimator has its parameters and exactly these attributes of these kinds."""
    name, found = type(estimator).__name__, vars(estimator)
    kinds = dict.fromkeys(type(estimator)._get_param_names(), _SCALAR) | attributes
    wrong = sorted(found.keys() ^ kinds.keys())
    _require(not wrong, f"{name} has unknown attributes, or lacks some: {wrong!r:.80}")
    for key, kind in kinds.items():
        value = found[key]
        if kind == _SCALAR:
            _require(_is_scalar(value), f"{name} has {key}={value!r:.80}")
        elif kind != _OBJECT:
            is_array = type(value) is np.ndarray and value.dtype == np.float32
            _require(is_array and value.shape == kind, f"{key} of {name} is not float32 {kind}")
            is_bounded = bool((np.abs(value) <= _MAX_MAGNITUDE).all())  # false for NaN
            _require(is_bounded, f"{key} of {name} has values that are not finite or too large")


def _check_classes(estimator: Any, dtype: type[np.generic]) -> None:
    classes = estimator.classes_
    is_array = type(classes) is np.ndarray and classes.dtype == dtype
    _require(
        is_array and np.array_equal(classes, np.arange(_N_CLASSES)),
        f"the classes of {type(estimator).__name__} are not the digits 0 to 9",
    )


def _is_scalar(value: Any) -> bool:
    is_float = isinstance(value, float | np.floating)
    return type(value) in _SCALARS and (not is_float or math.isfinite(value))


def _list_types(steps: Any) -> str:
    return " -> ".join(f"{name}: {kind.__name__}" for name, kind in steps)[:300]


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ModelError(problem)
