"""Everything of scikit-learn that is not documented, in one file: each version may change it."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.tree._tree import NODE_DTYPE, Tree
from sklearn.utils.validation import _check_sample_weight

__all__ = [
    "FOREST_SCALARS",
    "NODE_DTYPE",
    "PCA_SCALARS",
    "Tree",
    "check_parameters",
    "check_sample_weight",
    "parameter_names",
]

# Attributes of fitted estimators that their classes do not document. Not every release has them
# all, and none is used to predict.
PCA_SCALARS: Final = frozenset({"_fit_svd_solver"})
FOREST_SCALARS: Final = frozenset({"_n_samples", "_n_samples_bootstrap", "_sample_weight"})


def check_sample_weight(weights: Any, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return one weight for each row of X, or raise a ValueError about negative or only zeros."""
    checked: NDArray[np.float64] = _check_sample_weight(
        weights, X, dtype=np.float64, ensure_non_negative=True
    )
    if not checked.any():  # older releases do not check it
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return checked


def check_parameters(estimator: Any) -> None:
    """Raise a ValueError for a parameter that `fit` would not accept."""
    estimator._validate_params()


def parameter_names(kind: type) -> list[str]:
    """Return the names of the parameters of a class of estimators."""
    names: list[str] = kind._get_param_names()  # type: ignore[attr-defined]
    return names
