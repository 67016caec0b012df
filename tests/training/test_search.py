import pytest
from sklearn.ensemble import RandomForestClassifier

from pipeline.classifier import FOREST_PARAMS, make_extractor
from pipeline.training.data import Mnist
from pipeline.training.fitting import fit_scorer, judge
from pipeline.training.pool import Part, build_pool
from pipeline.training.search import PARAM_GRID, search


@pytest.fixture(scope="module")
def pool(small):
    mnist = Mnist(small[:900], small[900:1200], small[1200:], {})
    return build_pool(make_extractor(), mnist, [], seed=0)


def test_every_point_is_scored_on_the_validation_rows(pool):
    fit, validation = fit_scorer(pool.up_to(Part.TRAIN), 5), pool.originals(Part.VALIDATION)
    assert len(fit.labels) == 900
    assert len(validation) == 300
    grid = {"n_estimators": [2, 10], "max_depth": [3, 20]}
    found = search(fit, validation, grid, seed=5)
    assert found["param_grid"] == grid
    assert len(found["results"]) == 4
    for result in found["results"]:
        forest = RandomForestClassifier(**(FOREST_PARAMS | result["params"]), random_state=5)
        forest.fit(fit.scores, fit.labels)
        score = forest.score(fit.scorer.transform(validation.features), validation.labels)
        assert result["validation_accuracy"] == pytest.approx(score)
    best = max(found["results"], key=lambda result: result["validation_accuracy"])
    assert found["best_params"] == best["params"]


def test_a_fit_is_judged_on_rows_it_has_not_seen(pool):
    fit = fit_scorer(pool.up_to(Part.VALIDATION), seed=0)
    test = pool.originals(Part.TEST)
    report = judge(fit.scorer, fit.forest(0, {"n_estimators": 20}), test)
    assert sum(map(sum, report["confusion_matrix"])) == len(test) == 300
    assert report["accuracy"] > 0.93
    assert judge(fit.scorer, fit.forest(0, {}), test[test.labels > 9]) is None


def test_the_full_grid_has_eighteen_points():
    sizes = [len(values) for values in PARAM_GRID.values()]
    assert sizes == [2, 3, 3]
