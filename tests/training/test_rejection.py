import numpy as np
import pytest

from pipeline.model import build_extractor
from pipeline.training.feature_set import Source, Split, build_non_digits
from pipeline.training.rejection import NON_DIGITS, choose_thresholds, measure_rejection
from pipeline.training.scorer import Predictions, fit_scorer


def make_predictions(rng, n=2000):
    top = rng.beta(8, 1, n)
    probabilities = np.zeros((n, 10))
    probabilities[:, 3], probabilities[:, 4] = top, 1 - top
    return Predictions(probabilities, rng.beta(5, 2, n).astype(np.float32))


def test_99_percent_of_every_source_are_accepted():
    rng = np.random.default_rng(0)
    sets = [make_predictions(rng), make_predictions(rng)]
    thresholds = choose_thresholds(sets)
    accepted = [1 - thresholds.reject(p.probabilities, p.similarity).mean() for p in sets]
    assert min(accepted) >= 0.99
    # The thresholds are as high as they can be: not everything is accepted.
    assert min(accepted) < 0.997


@pytest.mark.parametrize("kind", NON_DIGITS)
def test_non_digits_are_drawn_and_vary(kind):
    rng = np.random.default_rng(0)
    first, second = NON_DIGITS[kind](rng), NON_DIGITS[kind](rng)
    assert first.dtype == np.uint8
    assert 0 < (first > 127).mean() < 0.6
    assert not np.array_equal(first, second)


def test_drawn_characters_are_measured_on_test_writers(rows, draw, monkeypatch):
    monkeypatch.setattr("pipeline.training.rejection.N_EACH", 3)
    extractor, fitted = build_extractor(), fit_scorer(rows.up_to(Split.TRAIN), 0)
    forest = fitted.fit_forest(0, {"n_estimators": 5})
    thresholds = choose_thresholds([make_predictions(np.random.default_rng(0))])
    characters = {Source.UNIPEN: draw("X", range(200, 210))}
    others = build_non_digits(extractor, characters, rows, seed=0)
    report = measure_rejection(
        thresholds, {"MNIST": 0.99}, extractor, fitted.scorer, forest, others, seed=0
    )
    assert report.n_images == dict.fromkeys(NON_DIGITS, 3) | {"letters, drawn by people": 12}
    assert report.rejection_rates.keys() == report.n_images.keys()
    assert all(0 <= rate <= 1 for rate in report.rejection_rates.values())
    assert report.acceptance_rates == {"MNIST": 0.99}
