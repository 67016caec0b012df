import pytest

from pipeline import ablation
from pipeline.ablation import FULL_MODEL, ablate
from pipeline.data import Mnist
from pipeline.feature_set import Source
from pipeline.scorer import fit_scorer


@pytest.fixture
def small_mnist(small, monkeypatch):
    monkeypatch.setattr(ablation, "MNIST_STEP", 1)
    return Mnist(small[:300], small[300:500], small[500:])


@pytest.fixture(autouse=True)
def one_extractor_variant(monkeypatch):
    name = "no deskewing"
    monkeypatch.setattr(ablation, "EXTRACTOR_VARIANTS", {name: ablation.EXTRACTOR_VARIANTS[name]})


def test_each_variant_is_measured_on_each_source(small_mnist, strokes):
    results = ablate(small_mnist, strokes, seed=0)
    by_name = {result.variant: result.accuracy for result in results}
    assert next(iter(by_name)) == FULL_MODEL
    assert len(by_name) == len(results) == 8
    for accuracy in by_name.values():
        assert accuracy.keys() == {"MNIST", "pen digits", "UNIPEN"}
        assert accuracy["MNIST"] > 0.6
    assert by_name[FULL_MODEL]["MNIST"] > 0.85


def test_a_source_that_is_left_out_is_not_trained_on(small_mnist, strokes, monkeypatch):
    trained = []

    def fit(train, seed):
        trained.append({Source(source).title for source in train.sources})
        return fit_scorer(train, seed)

    monkeypatch.setattr(ablation, "fit_scorer", fit)
    ablate(small_mnist, strokes, seed=0)
    everything = {"MNIST", "pen digits", "UNIPEN"}
    less = [everything - {"pen digits"}, everything - {"UNIPEN"}, {"MNIST"}]
    assert trained == [everything, *less, everything]  # the last one without deskewing
