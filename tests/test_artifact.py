import json
import os
import pickle
import shutil

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from pipeline import ModelError, load_model
from pipeline.artifact import TRUSTED_TYPES, load_limits, save_artifact, sha256
from pipeline.classifier import _slim_tree
from pipeline.doubt import Limits
from pipeline.preprocessing import MnistPreprocessor


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


@pytest.mark.parametrize("name", ["model.skops", "config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"No {name}"):
        load_model(folder)


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "has format None"),
        ('{"format": 2, "file": "model.skops"}', "has format 2, but this code reads 1"),
        ('{"format": 1, "file": "../other.skops"}', r"has file '\.\./other\.skops'"),
        (
            '{"format": 1, "file": "model.skops"}',
            "lacks sha256, trusted_types, unsure_below, versions",
        ),
    ],
)
def test_a_broken_config_is_refused(folder, text, message):
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelError, match=message):
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
        folder, Pipeline([("preprocessing", MnistPreprocessor()), ("other", LogisticRegression())])
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


def test_a_pipeline_that_no_loader_would_trust_is_not_saved(tmp_path):
    with pytest.raises(ModelError, match=r"shutil\.rmtree"):
        save_artifact(Pipeline([("run", FunctionTransformer(shutil.rmtree))]), tmp_path)


def test_the_limits_of_doubt_come_with_the_model(folder):
    assert load_limits(folder) == Limits(probability=0.4, familiarity=0.3)


@pytest.mark.parametrize(
    "limits",
    [None, {}, {"probability": 0.5}, {"probability": "high", "familiarity": 0}]
    + [{"probability": value, "familiarity": 0} for value in (-1, 2, float("nan"))],
)
def test_broken_limits_are_refused(folder, limits):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"unsure_below": limits}))
    with pytest.raises(ModelError, match=r"config\.json has"):
        load_limits(folder)
