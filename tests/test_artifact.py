import io
import json
import os
import pickle
import shutil
import zipfile

import numpy as np
import pytest
import skops.io
from numpy.lib.recfunctions import repack_fields
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from pipeline import ModelError, load_model
from pipeline.artifact import save_artifact
from pipeline.classifier import DigitPipeline, _slim_tree
from pipeline.folder import sha256
from pipeline.preprocessing import MnistPreprocessor
from pipeline.trust import TRUSTED_TYPES


def rewrite(folder, obj):
    """Put another object into a model folder, with a config.json that vouches for it."""
    skops.io.dump(obj, folder / "model.skops")
    vouch(folder)


def vouch(folder):
    config = json.loads((folder / "config.json").read_text())
    config["sha256"] = sha256(folder / "model.skops")
    (folder / "config.json").write_text(json.dumps(config))


def test_a_loaded_model_answers_as_the_saved_one(model, folder, digits):
    loaded = load_model(folder)
    expected = model.predict_proba(digits[0][:50])
    np.testing.assert_array_equal(loaded.predict_proba(digits[0][:50]), expected)


def test_the_config_says_what_is_in_the_file(folder):
    config = json.loads((folder / "config.json").read_text())
    assert config["file"] == "model.skops"
    assert config["trusted_types"] == list(TRUSTED_TYPES)
    assert set(config["trusted_types"]) == set(
        skops.io.get_untrusted_types(file=folder / "model.skops")
    )
    assert {"python", "scikit-learn", "skops", "numpy"} <= config["versions"].keys()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:100] + bytes([content[100] ^ 1]) + content[101:],
    ],
    ids=["empty", "truncated", "one flipped bit"],
)
def test_a_damaged_model_is_refused(folder, damage):
    path = folder / "model.skops"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match="SHA-256"):
        load_model(folder)


def test_a_pickle_is_refused_unopened(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    (folder / "model.skops").write_bytes(pickle.dumps(Bomb()))
    vouch(folder)
    with pytest.raises(ModelError, match="cannot be read as a skops file"):
        load_model(folder)
    assert not (tmp_path / "exploded").exists()


def test_a_function_in_the_file_is_refused(folder):
    rewrite(folder, Pipeline([("run", FunctionTransformer(shutil.rmtree))]))
    with pytest.raises(ModelError, match=r"not trusted: shutil\.rmtree"):
        load_model(folder)


def test_another_estimator_is_refused(folder):
    rewrite(
        folder,
        DigitPipeline([("preprocessing", MnistPreprocessor()), ("other", LogisticRegression())]),
    )
    with pytest.raises(
        ModelError, match="holds MnistPreprocessor -> LogisticRegression, but expected"
    ):
        load_model(folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_child", 10**6),
        ("right_child", -5),
        ("feature", 10),
        ("feature", -3),
        ("left_child", 0),
    ],
)
def test_tree_nodes_that_point_outside_are_refused(folder, field, value):
    crafted = skops.io.load(folder / "model.skops", trusted=list(TRUSTED_TYPES))
    estimator = crafted[-1].estimators_[0]
    tree = _slim_tree(estimator.tree_)
    state = tree.__getstate__()
    state["nodes"][field][0] = value
    tree.__setstate__(state)
    estimator.tree_ = tree
    rewrite(folder, crafted)
    with pytest.raises(ModelError, match="nodes point outside"):
        load_model(folder)


def craft(folder, change):
    crafted = skops.io.load(folder / "model.skops", trusted=list(TRUSTED_TYPES))
    change(crafted[-1])
    rewrite(folder, crafted)


def test_a_tree_that_reads_more_than_the_forest_gives_it_is_refused(folder):
    """Nodes that are sound in themselves, in a tree for more features than there are."""

    def change(forest):
        wide = make_classification(100, 40, n_informative=40, n_redundant=0, random_state=0)
        forest.estimators_[3].tree_ = DecisionTreeClassifier(max_depth=2).fit(*wide).tree_

    craft(folder, change)
    with pytest.raises(ModelError, match="no tree of its forest"):
        load_model(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda forest: forest.estimators_.append(LogisticRegression()),
        lambda forest: forest.__dict__.pop("n_outputs_"),
        lambda forest: forest.__dict__.pop("estimators_"),
        lambda forest: forest.__dict__.update(n_classes_=11),
    ],
)
def test_a_forest_that_is_none_is_refused(folder, change):
    craft(folder, change)
    with pytest.raises(ModelError, match=r"holds a (forest that lacks|tree that is no tree)"):
        load_model(folder)


def test_a_file_that_unpacks_without_end_is_refused_unopened(folder):
    with (
        zipfile.ZipFile(folder / "model.skops", "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bomb.npy", "w", force_zip64=True) as file,
    ):
        for _ in range(21):
            file.write(bytes(10 * 2**20))
    vouch(folder)
    with pytest.raises(ModelError, match=r"unpacks to 2\d\d,.* Expected at most"):
        load_model(folder)


def record_version(folder, version):
    config = json.loads((folder / "config.json").read_text())
    config["versions"]["scikit-learn"] = version
    (folder / "config.json").write_text(json.dumps(config))


def test_another_scikit_learn_is_a_warning(folder):
    record_version(folder, "1.8.0")
    with pytest.warns(UserWarning, match=r"saved with scikit-learn 1\.8\.0.*install .*==1\.8\.0"):
        load_model(folder)


def test_a_scikit_learn_that_cannot_read_the_trees_is_an_error(folder):
    """Older ones had nodes without the last field."""
    record_version(folder, "1.2.0")
    with zipfile.ZipFile(folder / "model.skops") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, content in files.items():
        if name.endswith(".npy") and b"missing_go_to_left" in content:
            nodes = np.load(io.BytesIO(content))
            old = nodes[[field for field in nodes.dtype.names if field != "missing_go_to_left"]]
            buffer = io.BytesIO()
            np.save(buffer, repack_fields(old))
            files[name] = buffer.getvalue()
    with zipfile.ZipFile(folder / "model.skops", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    vouch(folder)
    with pytest.raises(
        ModelError, match=r"incompatible dtype[\s\S]*pip install scikit-learn==1\.2"
    ):
        load_model(folder)


def test_a_pipeline_that_no_loader_would_trust_is_not_saved(tmp_path):
    with pytest.raises(ModelError, match=r"shutil\.rmtree"):
        save_artifact(Pipeline([("run", FunctionTransformer(shutil.rmtree))]), tmp_path)
