import numpy as np
import pytest
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from pipeline.corruptions import CORRUPTIONS
from pipeline.data import Digits
from pipeline.evaluation import wilson_interval
from pipeline.robustness import measure_robustness
from siffra.preprocessing import MnistPreprocessor


@pytest.fixture(scope="module")
def results(model, small):
    return measure_robustness(model, small[:1200], small[1200:1300], seed=0)


def by_name(results):
    return {one.corruption: one for one in results}


def test_each_corruption_is_measured_for_each_model(results):
    assert [one.corruption for one in results] == list(CORRUPTIONS)
    assert len(CORRUPTIONS) == 15
    for one in results:
        assert one.n_images == 100
        assert one.accuracy.keys() == one.accuracy_interval.keys()
        assert len(one.accuracy) == 3
        for model, accuracy in one.accuracy.items():
            assert one.accuracy_interval[model] == wilson_interval(accuracy, 100)


def test_without_corruption_the_accuracy_is_that_of_the_pipeline(results, model, small):
    clean = results[0]
    assert clean.corruption == "none"
    assert clean.accuracy["Siffra"] == model.score(small.images[1200:1300], small.labels[1200:1300])
    assert min(clean.accuracy.values()) > 0.85


@pytest.fixture
def always_three():
    tree = DecisionTreeClassifier().fit(np.zeros((2, 784)), [3, 3])
    return Pipeline([("preprocessing", MnistPreprocessor()), ("tree", tree)])


def test_a_blank_image_counts_as_misread(always_three, small):
    images, labels = small.images[:4].copy(), np.full(4, 3)
    images[1] = 0
    test = Digits(images, labels)
    found = by_name(measure_robustness(always_three, small[:100], test, seed=0))
    for name in ("none", "inversion", "scale by 0.6"):
        assert found[name].accuracy["Siffra"] == 0.75
