import numpy as np
import pytest

from pipeline.feature_set import Split
from pipeline.scorer import fit_scorer, predict


@pytest.fixture(scope="module")
def train(rows):
    return rows.up_to(Split.TRAIN)


@pytest.fixture(scope="module")
def fitted(train):
    return fit_scorer(train, seed=0)


def test_the_forest_learns_from_all_rows_but_distorted_images(fitted, train):
    assert len(fitted.scores) == len(fitted.labels) == train.forest_rows.sum()
    np.testing.assert_array_equal(fitted.labels, train.labels[train.forest_rows])
    scores = fitted.scorer.transform(train.features[train.forest_rows])
    assert not np.allclose(scores, fitted.scores, atol=1e-3)  # those are out of fold


def test_predictions_are_those_of_the_steps(fitted, rows):
    test = rows.select(Split.TEST)
    forest = fitted.fit_forest(0, {"n_estimators": 5})
    predictions = predict(fitted.scorer, forest, test.features)
    expected = forest.predict_proba(fitted.scorer.transform(test.features))
    np.testing.assert_allclose(predictions.probabilities, expected, atol=1e-6)
    np.testing.assert_array_equal(predictions.is_digit, 1)  # it has seen nothing else
