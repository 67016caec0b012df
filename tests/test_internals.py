"""Private parts of libraries are reached from one file each."""

import ast

import numpy as np
from apps import ROOT
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier

from siffra.sklearn_internals import FOREST_SCALARS, PCA_SCALARS

SOURCES = [
    path
    for folder in ("siffra", "interface", "pipeline")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not path.stem.endswith("_internals")
] + [ROOT / "app.py", ROOT / "train.py"]
# Of named tuples: documented, in spite of their names.
DOCUMENTED = {"_replace", "_asdict", "_fields", "_make"}


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def own_names():
    """The private names that this project defines."""
    names = set(DOCUMENTED)
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.update([node.attr] if ast.unparse(node.value) in ("self", "cls") else [])
    return names


def private_parts(path, own):
    """The private names of libraries that a file reaches."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [*node.module.split("."), *(one.name for one in node.names)]
            yield from (f"{node.module}: {name}" for name in names if is_private(name))


def test_no_other_file_reaches_private_parts():
    own = own_names()
    found = {str(path): list(private_parts(path, own)) for path in SOURCES}
    assert {path: names for path, names in found.items() if names} == {}


def test_private_parts_are_found(tmp_path):
    (tmp_path / "a.py").write_text(
        "from sklearn.tree._tree import Tree\nfrom a import _b\nx._queue\nself._own\nx.__dict__"
    )
    found = list(private_parts(tmp_path / "a.py", {"_own"}))
    assert sorted(found) == ["a: _b", "sklearn.tree._tree: _tree", "x._queue"]


def test_attributes_of_fitted_estimators():
    """Those that a saved model may have."""
    images, labels = np.random.default_rng(0).random((30, 6)), np.arange(30) % 3
    forest = RandomForestClassifier(3, max_samples=9)
    for estimator, names in ((PCA(2), PCA_SCALARS), (forest, FOREST_SCALARS)):
        found = vars(estimator.fit(images, labels))
        assert {name for name in found if is_private(name)} <= names
