import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from siffra.forest import LowLatencyRandomForest


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(size=(1500, 10)).astype(np.float32)


@pytest.fixture(scope="module")
def forest(X):
    y = (X[:, 0] > 0).astype(int) + 2 * (X[:, 1] + X[:, 2] > 0.3)
    return LowLatencyRandomForest(n_estimators=20, random_state=0).fit(X, y)


@pytest.mark.parametrize("n", [1, 7, 1001, 1500])
@pytest.mark.parametrize("convert", [np.asarray, np.float64, np.asfortranarray, np.ndarray.tolist])
def test_probabilities_are_scikit_learns_to_the_last_digit(forest, X, n, convert):
    rows = convert(X[:n])
    expected = RandomForestClassifier.predict_proba(forest, rows)
    np.testing.assert_array_equal(forest.predict_proba(rows), expected)


def test_a_forest_of_single_leaves_is_certain(X):
    forest = LowLatencyRandomForest(n_estimators=3).fit(X[:10], [1] * 10)
    np.testing.assert_array_equal(forest.predict_proba(X[:2]), [[1], [1]])


def test_several_outputs_are_scikit_learns(X):
    forest = LowLatencyRandomForest(n_estimators=3, random_state=0).fit(X, X[:, :2] > 0)
    expected = RandomForestClassifier.predict_proba(forest, X[:5])
    np.testing.assert_array_equal(forest.predict_proba(X[:5]), expected)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (np.zeros((0, 10)), "0 sample"),
        (np.zeros((1, 9)), "9 features"),
        (np.full((1, 10), np.inf), "inf"),
    ],
)
def test_unsupported_rows_are_refused(forest, wrong, found):
    with pytest.raises(ValueError, match=found):
        forest.predict_proba(wrong.astype(np.float32))
