import numpy as np
import pytest

from pipeline.drawings import DRAWINGS
from pipeline.scorer import Predictions
from pipeline.thresholds import (
    choose_digit_threshold,
    choose_number_threshold,
)
from siffra.rejection import Thresholds


def make_predictions(rng, n=2000):
    top = rng.beta(8, 1, n)
    probabilities = np.zeros((n, 10))
    probabilities[:, 3], probabilities[:, 4] = top, 1 - top
    return Predictions(probabilities, rng.beta(30, 1, n))


def choose(sets, n_wrong):
    """The threshold, and what it asserts, if the first rows of each set are wrong."""
    labels = [np.full(len(one.is_digit), 3) for one in sets]
    for rows, n in zip(labels, n_wrong, strict=True):
        rows[:n] = 4
    threshold = Thresholds(choose_digit_threshold(sets, labels))
    asserted = [~threshold.reject(one.probabilities, one.is_digit) for one in sets]
    wrong = [
        (one & (one_set.probabilities.argmax(axis=1) != rows)).mean()
        for one, one_set, rows in zip(asserted, sets, labels, strict=True)
    ]
    return np.mean([one.mean() for one in asserted]), max(wrong)


@pytest.mark.parametrize(
    ("n_wrong", "accepted"),
    [((0, 0), 0.99), ((0, 400), 0.98), ((100, 0), 0.98)],
)
def test_98_to_99_percent_are_asserted_whatever_the_size_of_the_sources(n_wrong, accepted):
    rng = np.random.default_rng(0)
    sets = [make_predictions(rng, 500), make_predictions(rng, 4000)]
    assert choose(sets, n_wrong)[0] == pytest.approx(accepted, abs=0.003)


def test_half_a_percent_of_a_source_is_asserted_and_wrong():
    # One more than 0.5 % is wrong: the least confident of them decides.
    ranks = [60, *range(200, 4000, 190)]
    assert len(ranks) == 21
    top = np.linspace(0.5, 1, 4002)[1:-1]
    top = np.r_[top[ranks], np.delete(top, ranks)]
    probabilities = np.zeros((4000, 10))
    probabilities[:, 3], probabilities[:, 4] = top, 1 - top
    accepted, wrong = choose([Predictions(probabilities, np.ones(4000))], [21])
    assert accepted == 1 - 61 / 4000
    assert wrong == 20 / 4000


def test_what_is_asserted_is_more_likely_than_not():
    labels = np.full(1000, 3)
    probabilities = np.eye(10)[labels]
    unlikely = Predictions(probabilities, np.linspace(0.2, 1, 1000))
    assert choose_digit_threshold([unlikely], [labels]) == 0.5


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


@pytest.mark.parametrize("kind", DRAWINGS)
def test_non_digits_are_drawn_and_vary(kind):
    rng = np.random.default_rng(0)
    first, second = DRAWINGS[kind](rng), DRAWINGS[kind](rng)
    assert first.dtype == np.uint8
    assert 0 < (first > 127).mean() < 0.6
    assert not np.array_equal(first, second)
