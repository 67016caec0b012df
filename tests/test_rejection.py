import numpy as np
import pytest

from siffra import ParameterError
from siffra.rejection import Thresholds, confidence

PROBABILITIES = np.array([[0.9, 0.1], [0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
IS_DIGIT = np.array([1.0, 1.0, 0.4, 0.7])


def test_the_confidence_is_that_of_a_digit_and_of_this_digit():
    np.testing.assert_allclose(confidence(PROBABILITIES, IS_DIGIT), [0.9, 0.5, 0.36, 0.56])


@pytest.mark.parametrize(
    ("threshold", "rejected"),
    [(0.0, [False, False, False, False]), (0.5, [False, False, True, False]), (1.0, [True] * 4)],
)
def test_answers_below_the_threshold_are_rejected(threshold, rejected):
    found = Thresholds(threshold).reject(PROBABILITIES, IS_DIGIT)
    assert found.tolist() == rejected


@pytest.mark.parametrize("value", [5, -0.1, 1.01, float("nan"), "0.5", True, None])
@pytest.mark.parametrize("name", ["digit", "number"])
def test_a_threshold_out_of_its_range_is_a_clear_error(name, value):
    with pytest.raises(ParameterError, match=f"Got the threshold {name}=.* from 0 to 1"):
        Thresholds(**{name: value})
