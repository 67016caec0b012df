import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel

from siffra import ConvergenceError
from siffra.cross_fit import assign_folds
from siffra.scores import NOT_A_DIGIT, KernelScores


@pytest.fixture(scope="module")
def data(digits):
    images, labels = digits
    return (images.reshape(len(images), -1) / 255).astype(np.float32), labels


def test_similarity_is_scikit_learns_gaussian_kernel(data):
    X, y = data
    scores = KernelScores(n_components=100).fit(X[:900], y[:900])
    expected = rbf_kernel(X[900:950], scores.landmarks_, gamma=scores.gamma_)
    np.testing.assert_allclose(scores.similarity(X[900:950]), expected, atol=1e-5)
    np.testing.assert_allclose(scores.similarity(scores.landmarks_).max(axis=1), 1, atol=1e-4)


def test_scores_are_ridge_regressions(data):
    """Each fold's classifier is Ridge on the other folds, with the intercept penalized too."""
    X, y = data[0][:400], data[1][:400]
    scores = KernelScores(n_components=30, n_folds=2, alpha=1e-3)
    held_out = scores.fit_transform(X, y)
    values = np.hstack([scores.similarity(X), np.ones((400, 1), np.float32)]).astype(float)
    targets = np.where(y[:, None] == scores.classes_, 1.0, -1.0)
    penalty = 1e-3 * np.square(values).sum() / values.shape[1]
    folds = assign_folds(np.arange(400), 2, np.random.RandomState(0))
    for fold in range(2):
        fitted, rest = folds != fold, folds == fold
        ridge = Ridge(penalty, fit_intercept=False).fit(values[fitted], targets[fitted])
        expected = ridge.predict(values[rest])
        expected -= expected.max(axis=1)[:, None]
        np.testing.assert_allclose(held_out[rest], expected, atol=0.01)


def test_training_scores_are_out_of_fold(data):
    """With random labels, only classifiers that have seen a row can know its label."""
    X = data[0][:1000]
    y = np.random.default_rng(0).integers(0, 10, 1000)
    scores = KernelScores(n_components=200, alpha=1e-4)
    held_out = scores.fit_transform(X, y).argmax(axis=1)
    seen = scores.transform(X).argmax(axis=1)
    assert (held_out == y).mean() < 0.15
    assert (seen == y).mean() > 0.25


def test_rows_of_a_group_are_held_out_together(data):
    """Copies of a row reveal its random label, unless they are in its group."""
    X = np.repeat(data[0][:250], 4, axis=0)
    y = np.repeat(np.random.default_rng(0).integers(0, 10, 250), 4)
    scores = KernelScores(n_components=200, alpha=1e-4)
    apart = scores.fit_transform(X, y).argmax(axis=1)
    together = scores.fit_transform(X, y, groups=np.repeat(np.arange(250), 4)).argmax(axis=1)
    assert (apart == y).mean() > 0.25
    assert (together == y).mean() < 0.15


def test_weight_two_equals_the_row_twice(data):
    X, y = data[0][:600], data[1][:600]
    groups = np.arange(600) // 10
    weight = np.where(np.arange(600) < 300, 2.0, 1.0)
    weighted = KernelScores(n_components=100).fit(X, y, groups, weight)
    twice = KernelScores(n_components=100)
    twice.fit(*(np.concatenate([array, array[:300]]) for array in (X, y, groups)))
    # The landmarks differ, the problem is the same: nearly all rows get the same label.
    labels = [scores.transform(data[0][600:]).argmax(axis=1) for scores in (weighted, twice)]
    assert (labels[0] == labels[1]).mean() > 0.9


def test_the_seed_decides(data):
    X, y = data[0][:700], data[1][:700]
    first, again, other = (
        KernelScores(100, random_state=seed).fit_transform(X, y) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_too_few_groups_are_an_error(data):
    with pytest.raises(ValueError, match="2"):
        KernelScores().fit(data[0][:50], data[1][:50], groups=np.arange(50) % 2)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"n_folds": 1}, "n_folds=1"),
        ({"alpha": 0}, "alpha=0"),
        ({"n_components": 0}, "components=0"),
    ],
)
def test_parameters_are_checked_in_fit(data, params, found):
    scores = KernelScores(**params)
    with pytest.raises(ValueError, match=found):
        scores.fit(data[0][:50], data[1][:50])


def test_a_penalty_that_is_too_small_is_an_error(data):
    X = np.repeat(data[0][:60], 10, axis=0)
    with pytest.raises(ConvergenceError, match="alpha=1e-300"):
        KernelScores(alpha=1e-300).fit(X, np.repeat(data[1][:60], 10))


def test_other_images_get_a_low_digit_probability():
    rng = np.random.default_rng(0)
    centers = 4 * rng.normal(size=(4, 8))
    labels = np.repeat([NOT_A_DIGIT, 0, 1, 2], 200)
    X = (centers[labels] + rng.normal(size=(800, 8))).astype(np.float32)
    kernel = KernelScores(n_components=60).fit(X[::2], labels[::2])
    is_digit = kernel.is_digit(kernel.transform(X[1::2]))
    is_right = (is_digit > 0.5) == (labels[1::2] != NOT_A_DIGIT)
    assert is_right.mean() > 0.97


@pytest.mark.parametrize("scale", [1e-3, 1, 1e6])
def test_landmarks_are_rows_on_a_grid(scale):
    X = (scale * np.random.default_rng(0).normal(size=(100, 20))).astype(np.float32)
    landmarks = KernelScores().fit(X, np.arange(100) % 3).landmarks_
    rows = [np.abs(X - landmark).sum(axis=1).argmin() for landmark in landmarks]
    np.testing.assert_allclose(landmarks, X[rows], atol=X.std() / 4)
    values = np.unique(landmarks)
    step = np.diff(values).min()
    assert np.log2(step) % 1 == 0
    np.testing.assert_array_equal(values % step, 0)
    assert len(values) < 50


def test_coefficients_have_half_precision(data):
    coef = KernelScores(n_components=50).fit(data[0][:300], data[1][:300]).coef_
    np.testing.assert_array_equal(coef.astype(np.float16), coef)
