"""Everything of scikit-learn that is not documented, in one file: each version may change it."""

from typing import Any, Final

from sklearn.tree._tree import NODE_DTYPE, Tree
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "FOREST_SCALARS",
    "NODE_DTYPE",
    "PCA_SCALARS",
    "Tree",
    "check_parameters",
    "check_sample_weight",
    "parameter_names",
]

# Attributes of fitted estimators that their classes do not document.
PCA_SCALARS: Final = ("_fit_svd_solver",)
FOREST_SCALARS: Final = ("_n_samples", "_n_samples_bootstrap", "_sample_weight")


def check_parameters(estimator: Any) -> None:
    """Raise a ValueError for a parameter that `fit` would not accept."""
    estimator._validate_params()


def parameter_names(kind: type) -> list[str]:
    """Return the names of the parameters of a class of estimators."""
    names: list[str] = kind._get_param_names()  # type: ignore[attr-defined]
    return names
