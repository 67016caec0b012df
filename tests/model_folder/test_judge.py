"""The judge of numbers in a model folder is checked like the Pipeline."""

import copy
import shutil
import time
from zipfile import ZIP_DEFLATED

import numpy as np
import pytest
import skops.io
from model_files import change_nodes, make_chain, share_child, swap_children, vouch
from sklearn.ensemble import RandomForestClassifier

from siffra import ModelError
from siffra.forest import LowLatencyRandomForest
from siffra.model_folder.checks import check_judge
from siffra.model_folder.loading import load_judge, load_pipeline, verify_checksums
from siffra.model_folder.saving import save_model

N_SIGNALS, N_KINDS = 42, 9


def fit(n_features=N_SIGNALS, kind=LowLatencyRandomForest, n_classes=N_KINDS, **params):
    rng = np.random.default_rng(0)
    X = rng.random((200, n_features)).astype(np.float32)
    labels = (X[:, :2].mean(axis=1) * n_classes).astype(int)
    return kind(n_estimators=3, random_state=0, **params).fit(X, labels)


JUDGE = fit()


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("judge") / "model"
    path.mkdir()
    save_model(model, path, judge=JUDGE)
    return path


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "model")


def replace(folder, content):
    """Write another judge, and record its checksum."""
    (folder / "numbers.skops").write_bytes(content)
    vouch(folder, "numbers.skops")


def test_the_loaded_judge_gives_the_same_probabilities(folder):
    signals = np.random.default_rng(1).random((50, N_SIGNALS)).astype(np.float32)
    expected = JUDGE.predict_proba(signals)
    np.testing.assert_array_equal(load_judge(folder).predict_proba(signals), expected)


def test_a_folder_without_a_judge(saved_model):
    assert load_judge(saved_model) is None
    verify_checksums(saved_model)


def test_a_missing_judge_is_an_error(folder):
    (folder / "numbers.skops").unlink()
    for load in (load_judge, verify_checksums):
        with pytest.raises(ModelError, match=r"No numbers\.skops"):
            load(folder)
    load_pipeline(folder)


def test_a_damaged_judge_is_an_error(folder):
    content = bytearray((folder / "numbers.skops").read_bytes())
    content[100] ^= 1
    (folder / "numbers.skops").write_bytes(content)
    for load in (load_judge, verify_checksums):
        with pytest.raises(ModelError, match="SHA-256"):
            load(folder)


def test_other_contents(folder, model):
    for other in (
        model,
        fit(kind=RandomForestClassifier),
        fit(n_features=11),
        fit(n_classes=3),
    ):
        replace(folder, skops.io.dumps(other))
        with pytest.raises(ModelError, match=r"numbers\.skops"):
            load_judge(folder)


@pytest.mark.parametrize("change", [swap_children, share_child])
def test_trees_in_another_order(change):
    judge = copy.deepcopy(JUDGE)
    judge.estimators_[0].tree_ = change_nodes(judge.estimators_[0].tree_, change)
    with pytest.raises(ModelError, match="order"):
        check_judge(judge)


def test_a_chain_of_many_nodes(folder):
    """Each row of a number would go through hundreds of thousands of nodes."""
    judge = copy.deepcopy(JUDGE)
    judge.estimators_[0].tree_ = make_chain(150_000, N_SIGNALS, N_KINDS)
    replace(folder, skops.io.dumps(judge, compression=ZIP_DEFLATED, compresslevel=1))
    start = time.process_time()
    with pytest.raises(ModelError, match="more than 64 levels"):
        load_judge(folder)
    assert time.process_time() - start < 2


def test_many_trees_that_are_deep():
    judge = copy.deepcopy(JUDGE)
    judge.set_params(n_estimators=500)
    judge.estimators_ = [copy.deepcopy(judge.estimators_[0]) for _ in range(500)]
    for tree in judge.estimators_:
        tree.tree_ = make_chain(60, N_SIGNALS, N_KINDS)
    with pytest.raises(ModelError, match="add up to 30,000"):
        check_judge(judge)
    judge.set_params(n_estimators=100).estimators_ = judge.estimators_[:100]
    check_judge(judge)


def test_a_judge_that_would_not_be_loaded_is_not_saved(model, tmp_path):
    with pytest.raises(ModelError, match="cannot be saved"):
        save_model(model, tmp_path, judge=fit(n_features=5))
    assert list(tmp_path.iterdir()) == []
