import pytest
from sklearn.ensemble import RandomForestClassifier

from pipeline.preprocessing import MnistPreprocessor
from pipeline.training.search import PARAM_GRID, search


def test_every_point_is_scored_on_the_validation_rows(small):
    features = MnistPreprocessor().fit_transform(small.images)
    grid = {"n_estimators": [2, 10], "max_depth": [3, 20]}
    found = search(features, small.labels, 1000, grid, seed=5)
    assert found["param_grid"] == grid
    assert len(found["results"]) == 4
    for result in found["results"]:
        forest = RandomForestClassifier(**result["params"], min_samples_split=2, random_state=5)
        forest.fit(features[:1000], small.labels[:1000])
        score = forest.score(features[1000:], small.labels[1000:])
        assert result["validation_accuracy"] == pytest.approx(score)
    best = max(found["results"], key=lambda result: result["validation_accuracy"])
    assert found["best_params"] == best["params"]


def test_the_full_grid_has_eighteen_points():
    sizes = [len(values) for values in PARAM_GRID.values()]
    assert sizes == [2, 3, 3]
