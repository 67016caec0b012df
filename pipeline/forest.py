"""The forest: scikit-learn's, quick for a few rows."""

from contextlib import nullcontext
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from joblib import parallel_config
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree._tree import Tree
from sklearn.utils.validation import check_is_fitted

# Above it, scikit-learn's way is faster: each of its trees stays in the processor's cache.
_FEW_ROWS: Final = 1000


class JoinedForest(RandomForestClassifier):
    """A random forest that walks all its trees in one call when there are few rows.

    For one row scikit-learn spends nearly all its time on calling a hundred trees. Here they
    hang, side by side, in one tree whose first nodes ask for the number of a tree, a feature
    that is added to the row; each row goes down once for every tree. Probabilities are the same
    to the last digit. Parameters and attributes are those of
    `sklearn.ensemble.RandomForestClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from pipeline.forest import JoinedForest
    >>> rows = np.arange(20, dtype=np.float32).reshape(-1, 1)
    >>> forest = JoinedForest(n_estimators=10, random_state=0).fit(rows, rows.ravel() > 9)
    >>> forest.predict(rows[[3, 15]])
    array([False,  True])
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Fit the trees; see `sklearn.ensemble.RandomForestClassifier.fit`.

        Parameters
        ----------
        X : array of shape (n, n_features)
        y : array of shape (n,)
        sample_weight : array of shape (n,), optional

        Returns
        -------
        JoinedForest
            Itself.
        """
        self.__dict__.pop("_joined", None)
        # joblib's dask backend would send the trees of a single job through its scheduler too.
        with parallel_config(backend="sequential") if self.n_jobs == 1 else nullcontext():
            return super().fit(X, y, sample_weight)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the mean of the trees' probabilities.

        Parameters
        ----------
        X : array of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            Columns as in `classes_`.
        """
        if self._is_plain(X):
            return walk(self._joined, X, len(self.estimators_))
        return super().predict_proba(X)

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """The importance of each feature, by how much its splits reduce impurity.

        Returns
        -------
        ndarray of shape (n_features,), float64

        Raises
        ------
        AttributeError
            If it is not fitted, or `pipeline.classifier.slim_forest` has made it forget.
        """
        check_is_fitted(self)
        if not any(tree.tree_.impurity.any() for tree in self.estimators_):
            raise AttributeError(
                "The forest keeps only what prediction needs, not its feature importances. "
                "Use sklearn.inspection.permutation_importance."
            )
        return super().feature_importances_

    def _is_plain(self, rows: Any) -> bool:
        """Tell rows that need no check or conversion; scikit-learn sees to all others."""
        return (
            hasattr(self, "estimators_")
            and self.n_outputs_ == 1
            and isinstance(rows, np.ndarray)
            and rows.dtype == np.float32
            and rows.shape[1:] == (self.n_features_in_,)
            and 0 < len(rows) <= _FEW_ROWS
            and bool(np.isfinite(rows).all())
        )

    @cached_property
    def _joined(self) -> Tree:
        return join([estimator.tree_ for estimator in self.estimators_])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_joined"}


def join(trees: list[Tree]) -> Tree:
    """Hang trees into one, below nodes that choose among them by an added last feature.

    Parameters
    ----------
    trees : list of sklearn.tree._tree.Tree
        Of the same features and classes.

    Returns
    -------
    sklearn.tree._tree.Tree
        With one feature more: the index of the tree to walk.
    """
    states = [tree.__getstate__() for tree in trees]
    n_features, n_choices = trees[0].n_features, len(trees) - 1
    roots = n_choices + np.cumsum([0, *(len(state["nodes"]) for state in states[:-1])])
    choices = np.zeros(n_choices, dtype=states[0]["nodes"].dtype)
    choices["feature"] = n_features
    _choose(choices, roots, 0, len(trees))
    parts = [choices]
    for root, state in zip(roots, states, strict=True):
        nodes = state["nodes"].copy()
        for side in ("left_child", "right_child"):
            nodes[side][nodes[side] != -1] += root
        parts.append(nodes)
    values = np.concatenate(
        [np.zeros((n_choices, *states[0]["values"].shape[1:]))] + [s["values"] for s in states]
    )
    n_classes = np.atleast_1d(trees[0].n_classes).astype(np.intp)
    joined = Tree(n_features + 1, n_classes, trees[0].n_outputs)
    nodes = np.concatenate(parts)
    depth = max(state["max_depth"] for state in states) + n_choices
    joined.__setstate__(
        {"max_depth": depth, "node_count": len(nodes), "nodes": nodes, "values": values}
    )
    return joined


def _choose(choices: np.ndarray, roots: NDArray[np.intp], low: int, high: int, at: int = 0) -> int:
    """Fill in, from node `at` on, the nodes that choose among trees `low` to `high` - 1.

    Returns where such a choice begins: at the root of the only tree, or at node `at`.
    """
    if high - low == 1:
        return int(roots[low])
    middle = (low + high) // 2
    choices[at]["threshold"] = middle - 0.5
    choices[at]["left_child"] = _choose(choices, roots, low, middle, at + 1)
    choices[at]["right_child"] = _choose(choices, roots, middle, high, at + middle - low)
    return at


def walk(joined: Tree, rows: NDArray[np.float32], n_trees: int) -> NDArray[np.float64]:
    """Send each row down every tree and average what it finds.

    Parameters
    ----------
    joined : sklearn.tree._tree.Tree
        From `join`.
    rows : ndarray of shape (n, n_features), float32
    n_trees : int

    Returns
    -------
    ndarray of shape (n, n_classes), float64
    """
    n, n_features = rows.shape
    numbered = np.empty((n_trees, n, n_features + 1), dtype=np.float32)
    numbered[:, :, :-1] = rows
    numbered[:, :, -1] = np.arange(n_trees)[:, None]
    found = joined.predict(numbered.reshape(n_trees * n, -1))
    return found.reshape(n_trees, n, -1).sum(axis=0) / n_trees
