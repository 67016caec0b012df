"""The Pipeline: preprocessing, features, scores, and the tuned forest."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.tree._tree import Tree

from .components import QuickPCA
from .features import GradientHistograms
from .forest import JoinedForest
from .preprocessing import MnistPreprocessor
from .scores import KernelScores

N_COMPONENTS = 120
# What the grid search chose on the validation set; see `search` in model/metrics.json.
FOREST_PARAMS = {"n_estimators": 50, "max_depth": 30, "min_samples_split": 5}


class DigitPipeline(Pipeline):
    """A Pipeline that hands images from step to step and does nothing else.

    For one image, what `sklearn.pipeline.Pipeline` looks up before each prediction (tags,
    routing, whether it is fitted) costs as much as half of the preprocessing. The steps check
    what they are given. Parameters and attributes are those of `sklearn.pipeline.Pipeline`.
    """

    def predict_proba(self, X: Any, **params: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the probabilities of each digit.

        Parameters
        ----------
        X : array of shape (n, H, W) or sequence of images
            What the first step takes.
        **params
            Only of use with metadata routing, which is scikit-learn's to do.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            Columns as in `classes_`. No images give no rows.
        """
        steps = [step for _, step in self.steps]
        if params or not all(hasattr(step, "transform") for step in steps[:-1]):
            return super().predict_proba(X, **params)
        for step in steps[:-1]:
            X = bare_transform(step)(step, X)  # noqa: N806
        return steps[-1].predict_proba(X) if len(X) else np.empty((0, len(self.classes_)))

    def predict(self, X: Any, **params: Any) -> NDArray[Any]:  # noqa: N803
        """Return the likeliest digit of each image.

        Parameters
        ----------
        X : array of shape (n, H, W) or sequence of images
        **params
            See `predict_proba`.

        Returns
        -------
        ndarray of shape (n,)
            Of `classes_`.
        """
        return self.classes_.take(self.predict_proba(X, **params).argmax(axis=1))


def bare_transform(step: Any) -> Callable[[Any, Any], Any]:
    """Return a step's transform without the wrapper that can make data frames of arrays.

    Parameters
    ----------
    step : transformer

    Returns
    -------
    callable
        Takes the step and what it transforms.
    """
    transform = type(step).transform
    return getattr(transform, "__wrapped__", transform)


def make_forest(seed: int = 0, **params: int) -> JoinedForest:
    """Return an unfitted forest with the tuned parameters.

    Parameters
    ----------
    seed : int, default=0
    **params : int
        Replace tuned ones by name.

    Returns
    -------
    JoinedForest
    """
    return JoinedForest(**(FOREST_PARAMS | params), random_state=seed, n_jobs=-1)


def make_extractor() -> Pipeline:
    """Return the steps that learn nothing, from images to features.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps "preprocessing" and "gradients".
    """
    return Pipeline([("preprocessing", MnistPreprocessor()), ("gradients", GradientHistograms())])


def make_scorer(n_rows: int, seed: int = 0) -> Pipeline:
    """Return the steps from features to one score a digit, unfitted.

    Parameters
    ----------
    n_rows : int
        How many rows it will be fitted on.
    seed : int, default=0

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps "components" and "scores".
    """
    components = QuickPCA(min(N_COMPONENTS, n_rows), svd_solver="covariance_eigh")
    return Pipeline([("components", components), ("scores", KernelScores(random_state=seed))])


def assemble(extractor: Pipeline, scorer: Pipeline, forest: JoinedForest) -> DigitPipeline:
    """Join the fitted parts into one Pipeline for serving.

    Parameters
    ----------
    extractor : sklearn.pipeline.Pipeline
        From `make_extractor`.
    scorer : sklearn.pipeline.Pipeline
        From `make_scorer`, fitted.
    forest : JoinedForest
        Fitted on the scores. Slimmed in place, see `slim_forest`, and set to one thread: for
        one image a pool of threads costs several times what it saves.

    Returns
    -------
    DigitPipeline
        Steps "preprocessing", "gradients", "components", "scores" and "forest".
    """
    slim_forest(forest)
    forest.set_params(n_jobs=None)
    return DigitPipeline([*extractor.steps, *scorer.steps, ("forest", forest)])


def slim_forest(forest: JoinedForest) -> None:
    """Blank the fields of the trees that prediction never reads, so that they compress away.

    Probabilities stay the same to the last digit. What is lost is what only training statistics
    need: `feature_importances_` is an AttributeError from then on.

    Parameters
    ----------
    forest : JoinedForest
        Fitted; changed in place.
    """
    for estimator in forest.estimators_:
        estimator.tree_ = _slim_tree(estimator.tree_)


def _slim_tree(tree: Tree) -> Tree:
    state = tree.__getstate__()
    nodes, values = state["nodes"].copy(), state["values"].copy()
    is_leaf = nodes["left_child"] == -1
    values[~is_leaf] = 0
    nodes["impurity"] = 0
    nodes["n_node_samples"] = 1
    nodes["weighted_n_node_samples"] = 1
    n_classes = np.atleast_1d(tree.n_classes).astype(np.intp)
    slim = Tree(tree.n_features, n_classes, tree.n_outputs)
    slim.__setstate__(state | {"nodes": nodes, "values": values})
    return slim
