import pytest
from sklearn.ensemble import RandomForestClassifier

from pipeline.data import Mnist
from pipeline.feature_set import Split, build_feature_set
from pipeline.model import FOREST_PARAMS, build_extractor
from pipeline.scorer import fit_scorer
from pipeline.search import GridPoint, choose_point, search


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
        assert point.n_nodes == sum(tree.tree_.node_count for tree in forest.estimators_)


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [([0.9, 0.87, 0.884, 0.89], 0), ([0.87, 0.882, 0.884, 0.9], 2)],
)
def test_the_smallest_forest_within_a_standard_error_is_chosen(accuracies, expected):
    """On 300 rows the standard error of 90 % is 1.73 points."""
    points = [
        GridPoint({"n_estimators": index}, accuracy, n_nodes=100 * index, fit_seconds=0)
        for index, accuracy in enumerate(accuracies)
    ]
    assert choose_point(points[::-1], 300) is points[expected]
