import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from pipeline.model import FOREST_PARAMS, build_extractor
from pipeline.training.data import Mnist
from pipeline.training.feature_set import Split, build_feature_set
from pipeline.training.scorer import fit_scorer
from pipeline.training.search import PARAM_GRID, search


@pytest.fixture(scope="module")
def digit_rows(small):
    mnist = Mnist(small[:900], small[900:1200], small[1200:])
    return build_feature_set(build_extractor(), mnist, {}, seed=0, augment=False)


def test_each_point_is_measured_on_the_validation_rows(digit_rows):
    fitted = fit_scorer(digit_rows.up_to(Split.TRAIN), 5)
    validation = digit_rows.select(Split.VALIDATION)
    grid = {"n_estimators": [2, 10], "max_depth": [3, 20]}
    found = search(fitted, validation, grid, seed=5)
    assert found.param_grid == grid
    assert len({tuple(point.params.items()) for point in found.results}) == 4
    for point in found.results:
        forest = RandomForestClassifier(**(FOREST_PARAMS | point.params), random_state=5)
        forest.fit(fitted.scores, fitted.labels)
        score = forest.score(fitted.scorer.transform(validation.features), validation.labels)
        assert point.validation_accuracy == pytest.approx(score)
    best = max(found.results, key=lambda point: point.validation_accuracy)
    assert found.best_params == best.params


def test_the_full_grid_has_eighteen_points():
    assert np.prod([len(values) for values in PARAM_GRID.values()]) == 18
