import numpy as np
import pytest

from pipeline.training import ablation
from pipeline.training.ablation import FULL_MODEL, ablate
from pipeline.training.data import Mnist


@pytest.fixture
def small_mnist(small, monkeypatch):
    monkeypatch.setattr(ablation, "MNIST_STEP", 1)
    return Mnist(small[:600], small[600:800], small[800:])


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
    # Digits that a program drew with straight lines are not read without having seen such.
    assert np.mean(list(by_name[FULL_MODEL].values())) > np.mean(
        list(by_name["training on MNIST only"].values())
    )


def test_sources_that_are_missing_are_left_out(small_mnist):
    results = ablate(small_mnist, {}, seed=0)
    assert {tuple(result.accuracy) for result in results} == {("MNIST",)}
    assert "training on MNIST only" not in {result.variant for result in results}
