import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier

from pipeline.forest import JoinedForest, join, walk
from pipeline.trust import TRUSTED_TYPES


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1500, 10)).astype(np.float32)


def fit(rows, n_estimators=20, **params):
    labels = (rows[:, 0] > 0).astype(int) + 2 * (rows[:, 1] + rows[:, 2] > 0.3)
    return JoinedForest(n_estimators=n_estimators, random_state=0, **params).fit(rows, labels)


@pytest.fixture(scope="module")
def forest(rows):
    return fit(rows)


@pytest.mark.parametrize("n", [1, 2, 7, 999, 1000, 1001, 1500])
def test_probabilities_are_scikit_learns_to_the_last_digit(forest, rows, n):
    expected = RandomForestClassifier.predict_proba(forest, rows[:n])
    np.testing.assert_array_equal(forest.predict_proba(rows[:n]), expected)


@pytest.mark.parametrize("n_estimators", [1, 2, 3, 64, 100])
def test_any_number_of_trees_can_be_joined(rows, n_estimators):
    forest = fit(rows[:200], n_estimators, max_depth=4)
    joined = join([estimator.tree_ for estimator in forest.estimators_])
    n_nodes = sum(estimator.tree_.node_count for estimator in forest.estimators_)
    assert joined.node_count == n_nodes + n_estimators - 1
    found = walk(joined, rows[:50], n_estimators)
    expected = RandomForestClassifier.predict_proba(forest, rows[:50])
    np.testing.assert_array_equal(found, expected)


def test_a_forest_of_single_leaves_can_be_joined(rows):
    forest = JoinedForest(n_estimators=3).fit(rows[:10], [1] * 10)
    np.testing.assert_array_equal(forest.predict_proba(rows[:2]), [[1], [1]])


@pytest.mark.parametrize(
    "convert", [lambda rows: rows.astype(np.float64), lambda rows: rows.tolist(), np.asfortranarray]
)
def test_other_kinds_of_rows_are_scikit_learns(forest, rows, convert):
    expected = RandomForestClassifier.predict_proba(forest, rows[:5])
    np.testing.assert_array_equal(forest.predict_proba(convert(rows[:5])), expected)


@pytest.mark.parametrize("wrong", [np.zeros((0, 10)), np.zeros((1, 9)), np.full((1, 10), np.inf)])
def test_wrong_rows_are_refused_as_scikit_learn_refuses_them(forest, wrong):
    wrong = wrong.astype(np.float32)
    with pytest.raises(ValueError) as expected:  # noqa: PT011
        RandomForestClassifier.predict_proba(forest, wrong)
    with pytest.raises(ValueError) as found:  # noqa: PT011
        forest.predict_proba(wrong)
    assert str(found.value).replace("JoinedForest", "") == str(expected.value).replace(
        "JoinedForest", ""
    )


def test_fitting_again_forgets_the_joined_trees(rows):
    forest = fit(rows)
    forest.predict_proba(rows[:1])
    forest.fit(rows, (rows[:, 3] > 0).astype(int))
    expected = RandomForestClassifier.predict_proba(forest, rows[:20])
    np.testing.assert_array_equal(forest.predict_proba(rows[:20]), expected)


def test_the_joined_trees_are_not_saved(forest, rows):
    before = skops.io.dumps(fit(rows))
    forest.predict_proba(rows[:1])
    assert len(skops.io.dumps(forest)) == len(before)
    loaded = skops.io.loads(skops.io.dumps(forest), trusted=list(TRUSTED_TYPES))
    expected = forest.predict_proba(rows[:9])
    np.testing.assert_array_equal(loaded.predict_proba(rows[:9]), expected)


def test_it_can_be_cloned(forest):
    assert clone(forest).get_params() == forest.get_params()
