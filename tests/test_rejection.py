import numpy as np
import pytest

from pipeline.rejection import RejectionThresholds

PROBABILITIES = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [0.6, 0.4]])
SIMILARITY = np.array([0.8, 0.8, 0.2, 0.5], dtype=np.float32)


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        (RejectionThresholds(), [False, False, False, False]),
        (RejectionThresholds(probability=0.6), [False, True, False, False]),
        (RejectionThresholds(similarity=0.5), [False, False, True, False]),
        (RejectionThresholds(0.6, 0.5), [False, True, True, False]),
    ],
)
def test_a_value_below_either_threshold_is_rejected(thresholds, expected):
    assert thresholds.reject(PROBABILITIES, SIMILARITY).tolist() == expected
