import numpy as np
import pytest

from siffra.rejection import RejectionThreshold, confidence

PROBABILITIES = np.array([[0.9, 0.1], [0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
IS_DIGIT = np.array([1.0, 1.0, 0.4, 0.7])


def test_the_confidence_is_that_of_a_digit_and_of_this_digit():
    np.testing.assert_allclose(confidence(PROBABILITIES, IS_DIGIT), [0.9, 0.5, 0.36, 0.56])


@pytest.mark.parametrize(
    ("threshold", "rejected"),
    [(0.0, [False, False, False, False]), (0.5, [False, False, True, False]), (1.1, [True] * 4)],
)
def test_what_is_less_confident_than_the_threshold_is_rejected(threshold, rejected):
    found = RejectionThreshold(threshold).reject(PROBABILITIES, IS_DIGIT)
    assert found.tolist() == rejected
