"""The types that a model file may contain."""

from importlib.util import find_spec
from typing import Final

from sklearn.decomposition import PCA

from ..exceptions import ModelError
from ..features import GradientHistograms
from ..forest import LowLatencyRandomForest
from ..preprocessing import MnistPreprocessor
from ..scores import KernelScores
from ..sklearn_internals import Tree

PACKAGE: Final = "siffra"
# The steps of the Pipeline: names and types.
STEPS: Final = {
    "preprocessing": MnistPreprocessor,
    "features": GradientHistograms,
    "components": PCA,
    "scores": KernelScores,
    "forest": LowLatencyRandomForest,
}
# In addition to the types that skops trusts. Exact names, never taken from the file itself.
TRUSTED_TYPES: Final = (
    f"{PACKAGE}.features.GradientHistograms",
    f"{PACKAGE}.forest.LowLatencyRandomForest",
    f"{PACKAGE}.preprocessing.transformer.MnistPreprocessor",
    f"{PACKAGE}.scores.KernelScores",
    "sklearn.tree._tree.Tree",
)


def full_name(kind: type) -> str:
    """Return the name under which skops stores a type."""
    return f"{kind.__module__}.{kind.__name__}"


def check_package_name() -> None:
    """Check that the names in a model file stand for the classes of this package."""
    found = {full_name(kind) for kind in (*STEPS.values(), Tree)}
    if not found.issuperset(TRUSTED_TYPES):
        spec = find_spec(PACKAGE)
        raise ModelError(
            f"This package was imported as {__package__.rpartition('.')[0]!r}, but model files "
            f"call it {PACKAGE!r}, which belongs to {spec.origin if spec else None}. Rename that "
            "module."
        )
