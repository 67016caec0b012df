"""Checks on a model from an untrusted author: attributes, arrays, trees, one prediction."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from ..exceptions import ModelError
from ..forest import LowLatencyRandomForest
from ..numbers.signals import SIGNALS
from ..scores import NOT_A_DIGIT, KernelScores
from ..sklearn_internals import (
    FOREST_SCALARS,
    PCA_SCALARS,
    Tree,
    check_parameters,
    parameter_names,
)
from .limits import N_CLASSES, N_SCORES, N_VERDICTS
from .trusted_types import STEPS

_MAX_TREES: Final = 1000
_MAX_TREE_DEPTH: Final = 64  # the released judge has 31
_MAX_TOTAL_DEPTH: Final = 8_000  # of all trees of a forest, which a row goes through: it has 1,373
_MAX_LANDMARKS: Final = 10_000
_MAX_MAGNITUDE: Final = 1e6  # larger values could overflow in single precision
N_SIGNALS: Final = len(SIGNALS)

_SCALARS: Final = (int, float, str, bool, type(None), np.int64, np.float32, np.float64)
# Kinds of attributes besides arrays, which are described by their shape.
_SCALAR: Final = "scalar"
_OBJECT: Final = "object"  # checked separately
_SIZES: Final = dict.fromkeys(("n_features_in_", "n_outputs_", "n_classes_"), _SCALAR)


def check_pipeline(pipeline: Any) -> None:
    """Check that an object is this project's Pipeline; raise ModelError or any other error."""
    require(type(pipeline) is Pipeline, f"it contains a {type(pipeline).__name__}")
    steps = [(name, type(step)) for name, step in pipeline.steps]
    found, expected = (" -> ".join(kind.__name__ for _, kind in s) for s in (steps, STEPS.items()))
    require(
        steps == list(STEPS.items()),
        f"it contains {found:.200}, but expected {expected}, named {', '.join(STEPS)}",
    )
    _check_attributes(pipeline, {"steps": _OBJECT})
    require(pipeline.memory is None and not pipeline.verbose, "it uses a cache or prints")
    preprocessing, features, components, scores, forest = (step for _, step in pipeline.steps)
    _check_attributes(preprocessing)
    _check_attributes(features, dict.fromkeys({"n_features_in_"} & vars(features).keys(), _SCALAR))
    for step in (preprocessing, features):
        step.fit(None)  # only checks the parameters
    _check_components(components, features.n_orientations * features.n_cells**2)
    _check_scores(scores, len(components.components_))
    _check_forest(forest, N_SCORES, N_CLASSES)
    _check_probe(pipeline)


def _check_components(pca: PCA, n_features: int) -> None:
    n_components = len(pca.components_)
    scalars = ("n_features_in_", "n_components_", "n_samples_", "noise_variance_")
    vectors = ("explained_variance_", "explained_variance_ratio_", "singular_values_")
    _check_attributes(
        pca,
        dict.fromkeys((*scalars, *(PCA_SCALARS & vars(pca).keys())), _SCALAR)
        | dict.fromkeys(vectors, (n_components,))
        | {"mean_": (n_features,), "components_": (n_components, n_features)},
    )
    check_parameters(pca)
    sizes = (pca.n_components_, pca.n_features_in_)
    require(sizes == (n_components, n_features), "the sizes of its components do not match")
    require(n_components > 0 and not pca.whiten, "it has no components, or they are whitened")


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
            "coef_": (n_landmarks, N_SCORES),
            "intercept_": (N_SCORES,),
            "calibration_": (2,),
        },
    )
    scores._check_parameters()
    _check_classes(scores, np.int64, range(NOT_A_DIGIT, N_CLASSES))
    require(scores.n_features_in_ == n_components, "the sizes of its landmarks do not match")
    require(0 < n_landmarks <= _MAX_LANDMARKS, f"it has {n_landmarks:,} landmarks")
    gamma = scores.gamma_
    require(type(gamma) is float and 0 < gamma <= _MAX_MAGNITUDE, f"it has gamma {gamma!r:.20}")


def check_judge(judge: Any) -> None:
    """Check that an object is a forest that judges segments of a number; raise any error."""
    kind = type(judge)
    require(kind is LowLatencyRandomForest, f"it contains a {kind.__name__}")
    _check_forest(judge, N_SIGNALS, N_VERDICTS)
    _check_probabilities(judge.predict_proba(np.zeros((1, N_SIGNALS), np.float32)), N_VERDICTS)


def _check_forest(forest: LowLatencyRandomForest, n_features: int, n_classes: int) -> None:
    objects = ("classes_", "estimator", "estimator_", "estimator_params", "estimators_")
    private = dict.fromkeys(FOREST_SCALARS & vars(forest).keys(), _SCALAR)
    _check_attributes(forest, _SIZES | dict.fromkeys(objects, _OBJECT) | private)
    check_parameters(forest)
    require(forest.n_jobs is None and not forest.verbose, "its forest uses threads or prints")
    trees, names = forest.estimators_, forest.estimator_params
    require(type(names) is tuple and {type(name) for name in names} <= {str}, "a name is not text")
    require(
        type(trees) is list and 0 < len(trees) == forest.n_estimators <= _MAX_TREES,
        "the number of its trees differs from n_estimators or is out of range",
    )
    kinds = {type(tree) for tree in (*trees, forest.estimator, forest.estimator_)}
    require(kinds == {DecisionTreeClassifier}, "its forest has other estimators than trees")
    _check_attributes(forest.estimator)
    _check_attributes(forest.estimator_)
    _check_classes(forest, np.int64, range(n_classes))
    total_depth = 0
    for tree in trees:
        attributes = {"max_features_": _SCALAR, "classes_": _OBJECT, "tree_": _OBJECT}
        _check_attributes(tree, _SIZES | attributes)
        _check_classes(tree, np.float64, range(n_classes))
        total_depth += _check_tree(tree.tree_, n_features)
    require(
        total_depth <= _MAX_TOTAL_DEPTH,
        f"the depths of its trees add up to {total_depth:,}, more than {_MAX_TOTAL_DEPTH:,}",
    )
    for estimator in (forest, *trees):
        sizes = (estimator.n_features_in_, estimator.n_classes_, estimator.n_outputs_)
        require(sizes == (n_features, n_classes, 1), f"its forest has the sizes {sizes!r:.80}")


def _check_tree(tree: Tree, n_features: int) -> int:
    """Check the values that scikit-learn does not check itself, and return the depth."""
    require(type(tree) is Tree and tree.n_features == n_features, "a tree is of another type")
    state = tree.__getstate__()
    nodes, values = state["nodes"], state["values"]
    depth = _check_order(nodes["left_child"].tolist(), nodes["right_child"].tolist())
    is_leaf = nodes["left_child"] == -1
    features = nodes["feature"][~is_leaf]
    require(
        bool(np.all((features >= 0) & (features < n_features)))
        and bool(np.isfinite(nodes["threshold"]).all()),
        "a node of a tree has no feature or no threshold",
    )
    require(
        bool(np.all((values >= 0) & (values <= 1)))
        and np.allclose(values[is_leaf].sum(axis=(1, 2)), 1, atol=1e-6),
        "a leaf of a tree does not hold probabilities",
    )
    return depth


def _check_order(left_children: list[int], right_children: list[int]) -> int:
    """Check that a tree is numbered depth first, left before right, and return its depth.

    scikit-learn numbers nodes in this order, and JavaScript relies on it.
    """
    ahead = [(0, 0)]  # the nodes to come and their depths; the next one is the last
    max_depth = 0
    for node, (left, right) in enumerate(zip(left_children, right_children, strict=True)):
        expected, depth = ahead.pop() if ahead else (None, 0)
        require(node == expected, "a node of a tree is not in scikit-learn's order")
        require(depth <= _MAX_TREE_DEPTH, f"a tree has more than {_MAX_TREE_DEPTH} levels")
        max_depth = max(max_depth, depth)
        if left != -1:
            ahead += [(right, depth + 1), (left, depth + 1)]
        else:
            require(right == -1, "a leaf of a tree has a child")
    require(not ahead, "a node of a tree points outside it")
    return max_depth


def _check_probe(pipeline: Pipeline) -> None:
    """Predict an image of a 7."""
    probe = np.full((60, 40), 255, dtype=np.uint8)
    probe[10:15, 8:32] = probe[15:32, 25:30] = probe[32:50, 19:24] = 0
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        _check_probabilities(pipeline.predict_proba([probe]), N_CLASSES)


def _check_probabilities(probabilities: NDArray[np.float64], n_classes: int) -> None:
    require(
        probabilities.shape == (1, n_classes)
        and bool((probabilities >= 0).all())
        and math.isclose(probabilities.sum(), 1, abs_tol=1e-6),
        f"it does not return {n_classes} probabilities that add up to 1",
    )


def _check_attributes(
    estimator: Any, attributes: Mapping[str, str | tuple[int, ...]] = MappingProxyType({})
) -> None:
    """Check that an estimator has its parameters and exactly these attributes of these kinds."""
    name, found = type(estimator).__name__, vars(estimator)
    kinds = dict.fromkeys(parameter_names(type(estimator)), _SCALAR) | {**attributes}
    wrong = sorted(found.keys() ^ kinds.keys())
    require(not wrong, f"{name} has unknown attributes, or lacks some: {wrong!r:.80}")
    for key, kind in kinds.items():
        value = found[key]
        if kind == _SCALAR:
            require(is_scalar(value), f"{key} of {name} is not valid: a {type(value).__name__}")
        elif kind != _OBJECT:
            is_array = type(value) is np.ndarray and value.dtype == np.float32
            require(is_array and value.shape == kind, f"{key} of {name} is not float32 {kind}")
            is_bounded = bool((np.abs(value) <= _MAX_MAGNITUDE).all())  # false for NaN
            require(is_bounded, f"{key} of {name} has values that are not finite or too large")


def _check_classes(estimator: Any, dtype: type[np.generic], expected: range) -> None:
    classes = estimator.classes_
    is_array = type(classes) is np.ndarray and classes.dtype == dtype
    require(
        is_array and np.array_equal(classes, expected),
        f"the classes of {type(estimator).__name__} are not {expected[0]} to {expected[-1]}",
    )


def is_scalar(value: Any) -> bool:
    """Tell whether a value is a finite number, text, a truth value or None."""
    is_float = isinstance(value, float | np.floating)
    return type(value) in _SCALARS and (not is_float or math.isfinite(value))


def require(condition: bool, problem: str) -> None:
    """Raise a ModelError unless a condition holds."""
    if not condition:
        raise ModelError(problem)
