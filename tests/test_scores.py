import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import LinearSVC

from pipeline import ConvergenceError
from pipeline.scores import KernelScores, assign_folds


@pytest.fixture(scope="module")
def data(digits):
    images, labels = digits
    return (images.reshape(len(images), -1) / 255).astype(np.float32), labels


def test_similarity_is_the_gaussian_kernel(data):
    machine = KernelScores(n_landmarks=100).fit(data[0][:900], data[1][:900])
    expected = rbf_kernel(data[0][900:950], machine.landmarks_, gamma=machine.gamma_)
    np.testing.assert_allclose(machine.similarity(data[0][900:950]), expected, atol=1e-5)
    np.testing.assert_allclose(machine.similarity(machine.landmarks_).max(axis=1), 1, atol=1e-4)


def test_it_reads_about_as_well_as_liblinear_on_the_same_similarities(data):
    features, labels = data
    machine = KernelScores(n_landmarks=200).fit(features[:1400], labels[:1400])
    peer = LinearSVC(C=10, max_iter=20000)
    peer.fit(machine.similarity(features[:1400]), labels[:1400])
    expected = peer.score(machine.similarity(features[1400:]), labels[1400:])
    found = (machine.transform(features[1400:]).argmax(axis=1) == labels[1400:]).mean()
    assert found >= expected - 0.02
    assert found > 0.9


def test_scores_of_the_fit_are_out_of_fold(data):
    """With random labels, only machines that have seen a row can know its label."""
    features = data[0][:1000]
    labels = np.random.default_rng(0).integers(0, 10, 1000)
    machine = KernelScores(n_landmarks=200, ridge=1e-4)
    held_out = machine.fit_transform(features, labels).argmax(axis=1)
    seen = machine.transform(features).argmax(axis=1)
    assert (held_out == labels).mean() < 0.15
    assert (seen == labels).mean() > 0.25


def test_weight_two_is_the_row_twice(data):
    features, labels = data[0][:600], data[1][:600]
    groups = np.arange(600) // 10
    weight = np.where(np.arange(600) < 300, 2.0, 1.0)
    weighted = KernelScores(n_landmarks=50, n_rounds=0)
    weighted.fit(features, labels, groups, weight)
    twice = KernelScores(n_landmarks=50, n_rounds=0)
    twice.fit_transform(
        np.concatenate([features, features[:300]]),
        np.concatenate([labels, labels[:300]]),
        np.concatenate([groups, groups[:300]]),
    )
    # Other landmarks, the same problem: the scores agree on nearly all rows.
    agreed = weighted.transform(data[0][600:]).argmax(1) == twice.transform(data[0][600:]).argmax(1)
    assert agreed.mean() > 0.9


def test_one_seed_one_machine(data):
    first, again, other = (
        KernelScores(100, random_state=seed).fit_transform(data[0][:700], data[1][:700])
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_groups_stay_together_and_fill_all_folds():
    groups = np.repeat(np.arange(23), 4)
    folds = assign_folds(groups, 5, np.random.default_rng(0))
    assert all(len(set(folds[groups == group])) == 1 for group in range(23))
    assert np.bincount(folds).tolist() == [20, 20, 20, 16, 16]


def test_too_few_groups_are_named(data):
    with pytest.raises(ValueError, match="Got 2 groups, but expected at least n_folds=5"):
        KernelScores().fit(data[0][:50], data[1][:50], groups=np.arange(50) % 2)


def test_it_can_be_cloned():
    assert clone(KernelScores(ridge=1e-3)).get_params()["ridge"] == 1e-3


def test_a_ridge_that_is_too_small_is_named(data):
    features = np.repeat(data[0][:60], 10, axis=0)
    with pytest.raises(ConvergenceError, match=r"Got ridge=0, with which .*en times"):
        KernelScores(ridge=0).fit(features, np.repeat(data[1][:60], 10))
