"""Of several readings of an image, JavaScript chooses the one that Python chooses."""

import numpy as np
from node import CONSTANTS

from siffra.alternatives import choose
from siffra.predictions import Prediction


def random_reading(rng):
    """A reading that is nearly sure, as all those that compete are."""
    probabilities = np.full(10, 0.0)
    probabilities[rng.integers(3)] = rng.choice([0.5, 0.88, 0.9, 0.95, 0.96, 0.99])
    guess = int(probabilities.argmax())
    is_digit = float(rng.choice([0.9, 0.97, 1.0]))
    unsure = bool(probabilities.max() * is_digit < 0.8)
    label = None if unsure else guess
    return Prediction(label, unsure, guess, probabilities, is_digit, None, None)


def as_json(reading):
    names = {"label": "label", "unsure": "unsure", "guess": "guess", "is_digit": "isDigit"}
    values = {name: getattr(reading, key) for key, name in names.items()}
    return values | {"probabilities": reading.probabilities.tolist()}


def test_the_choice_and_the_doubt(node):
    rng = np.random.default_rng(0)
    images = [[random_reading(rng) for _ in range(rng.integers(1, 4))] for _ in range(300)]
    calls = [([as_json(one) for one in readings], CONSTANTS) for readings in images]
    found = node.call("alternatives.js", "choose", *calls)
    expected = [choose(readings) for readings in images]
    assert found == [as_json(one) for one in expected]
    doubts = [one.unsure and one.probabilities.max() * one.is_digit >= 0.8 for one in expected]
    assert 20 < sum(doubts) < 200
