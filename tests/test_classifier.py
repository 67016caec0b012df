import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from pipeline.classifier import (
    FOREST_PARAMS,
    make_extractor,
    make_forest,
    make_scorer,
    slim_forest,
)
from pipeline.preprocessing import MnistPreprocessor


def test_the_model_reads_digits_it_has_not_seen(model, digits):
    images, labels = digits
    assert model.score(images[1500:], labels[1500:]) > 0.93


def test_probabilities_sum_to_one(model, digits):
    probabilities = model.predict_proba(digits[0][:20])
    assert probabilities.shape == (20, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(model.classes_, np.arange(10))


def test_slimming_changes_no_probability(digits):
    images, labels = digits
    features = make_extractor().transform(images)
    forest = make_forest(n_estimators=10, min_samples_split=5).fit(features[:1000], labels[:1000])
    before = forest.set_params(n_jobs=None).predict_proba(features)
    slim_forest(forest)
    np.testing.assert_array_equal(forest.predict_proba(features), before)


def test_a_slim_forest_says_that_it_has_forgotten_its_importances(digits):
    images, labels = digits
    features = make_extractor().transform(images[:300])
    forest = make_forest(n_estimators=5).fit(features, labels[:300])
    theirs = RandomForestClassifier(**forest.get_params()).fit(features, labels[:300])
    np.testing.assert_allclose(forest.feature_importances_, theirs.feature_importances_)
    slim_forest(forest)
    assert "feature_importances_" not in dir(forest)  # and no warning
    with pytest.raises(AttributeError, match="permutation_importance"):
        _ = forest.feature_importances_


def test_one_seed_one_forest(digits):
    images, labels = digits
    features = make_extractor().transform(images[:600])
    first, again, other = (
        make_forest(seed, n_estimators=5).fit(features[:500], labels[:500]).predict_proba(features)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_pipeline_goes_from_the_transformer_to_a_forest_on_one_thread(model):
    names = [name for name, _ in model.steps]
    assert names == ["preprocessing", "gradients", "components", "scores", "forest"]
    assert isinstance(model[0], MnistPreprocessor)
    assert isinstance(model[-1], RandomForestClassifier)
    assert model[-1].n_jobs is None


def test_the_whole_pipeline_can_be_fitted_as_any_other(digits):
    images, labels = digits
    steps = [*make_extractor().steps, *make_scorer(300).steps, ("forest", make_forest())]
    pipeline = clone(Pipeline(steps)).fit(images[:500], labels[:500])
    assert pipeline.score(images[500:], labels[500:]) > 0.9


def test_tuned_parameters_can_be_replaced():
    assert make_forest().n_estimators == FOREST_PARAMS["n_estimators"]
    assert make_forest(n_estimators=7).n_estimators == 7
