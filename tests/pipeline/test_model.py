import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from pipeline.model import build_extractor, build_forest, build_scorer
from siffra.forest import LowLatencyRandomForest
from siffra.preprocessing import MnistPreprocessor


def test_the_model_reads_unseen_digits(model, digits):
    images, labels = digits
    assert model.score(images[1500:], labels[1500:]) > 0.93


def test_the_pipeline_is_scikit_learns_and_its_forest_has_one_thread(model):
    assert type(model) is Pipeline
    assert list(model.named_steps) == [
        "preprocessing",
        "features",
        "components",
        "scores",
        "forest",
    ]
    assert isinstance(model[0], MnistPreprocessor)
    assert isinstance(model[-1], LowLatencyRandomForest)
    assert model[-1].n_jobs is None


def test_the_whole_pipeline_can_be_fitted_as_any_other(digits):
    images, labels = digits
    steps = [*build_extractor().steps, *build_scorer(100).steps, ("forest", build_forest())]
    pipeline = clone(Pipeline(steps)).fit(images[:500], labels[:500])
    assert pipeline.score(images[500:], labels[500:]) > 0.9


def test_the_seed_decides(digits):
    images, labels = digits
    features = build_extractor().transform(images[:600])
    first, again, other = (
        build_forest(seed, n_estimators=5).fit(features[:500], labels[:500]).predict_proba(features)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
