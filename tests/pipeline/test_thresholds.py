import numpy as np
import pytest

from pipeline.drawings import DRAWINGS
from pipeline.feature_set import Source, Split, build_non_digits
from pipeline.model import build_extractor
from pipeline.scorer import Predictions, fit_scorer
from pipeline.thresholds import (
    choose_digit_threshold,
    choose_number_threshold,
    measure_rejection,
)
from siffra.rejection import Thresholds


def make_predictions(rng, n=2000):
    top = rng.beta(8, 1, n)
    probabilities = np.zeros((n, 10))
    probabilities[:, 3], probabilities[:, 4] = top, 1 - top
    return Predictions(probabilities, rng.beta(5, 2, n))


def test_99_percent_are_accepted_whatever_the_size_of_the_sources():
    rng = np.random.default_rng(0)
    sets = [make_predictions(rng, 500), make_predictions(rng, 4000)]
    threshold = Thresholds(choose_digit_threshold(sets))
    accepted = [1 - threshold.reject(one.probabilities, one.is_digit).mean() for one in sets]
    assert np.mean(accepted) == pytest.approx(0.99, abs=0.003)


@pytest.mark.parametrize("n_wrong", [0, 1, 5, 50])
def test_at_most_one_percent_of_the_asserted_numbers_are_wrong(n_wrong):
    rng = np.random.default_rng(n_wrong)
    confidences = rng.random(300)
    is_right = np.ones(300, dtype=bool)
    is_right[rng.choice(300, n_wrong, replace=False)] = False
    threshold = choose_number_threshold(confidences, is_right)

    def error_rate(limit):
        return np.mean(~is_right[confidences >= limit])

    assert error_rate(threshold) <= 0.01
    lower = confidences[confidences < threshold]
    assert all(error_rate(limit) > 0.01 for limit in lower)


def test_no_number_is_asserted_if_all_are_wrong():
    assert choose_number_threshold(np.array([0.9, 0.5]), np.zeros(2, dtype=bool)) == 1
    assert choose_number_threshold(np.zeros(0), np.zeros(0, dtype=bool)) == 1


@pytest.mark.parametrize("kind", DRAWINGS)
def test_non_digits_are_drawn_and_vary(kind):
    rng = np.random.default_rng(0)
    first, second = DRAWINGS[kind](rng), DRAWINGS[kind](rng)
    assert first.dtype == np.uint8
    assert 0 < (first > 127).mean() < 0.6
    assert not np.array_equal(first, second)


def test_non_digits_are_measured_on_test_rows(rows, draw):
    fitted = fit_scorer(rows.up_to(Split.TRAIN), 0)
    forest = fitted.fit_forest(0, {"n_estimators": 5})
    threshold = Thresholds(choose_digit_threshold([make_predictions(np.random.default_rng(0))]))
    characters = {Source.UNIPEN: draw("X", range(200, 210))}
    non_digits = build_non_digits(build_extractor(), characters, rows, seed=0)
    report = measure_rejection(threshold, {"MNIST": 0.99}, fitted.scorer, forest, non_digits)
    assert report.n_images.keys() == {*DRAWINGS, "letters, drawn by people"}
    assert report.rejection_rates.keys() == report.n_images.keys()
    assert all(0 <= rate <= 1 for rate in report.rejection_rates.values())
    assert report.acceptance_rates == {"MNIST": 0.99}
