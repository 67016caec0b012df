import numpy as np
import pytest

from pipeline.training.evaluation import evaluate, expected_calibration_error, reliability


def test_a_hand_made_case():
    classes = np.array([0, 1])
    labels = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    report = evaluate(labels, probabilities, classes)
    assert report["accuracy"] == 0.75
    assert report["error"] == 0.25
    assert report["confusion_matrix"] == [[1, 1], [0, 2]]
    first, second = report["per_class"]
    assert first == {"label": 0, "precision": 1.0, "recall": 0.5, "support": 2}
    assert second == {"label": 1, "precision": pytest.approx(2 / 3), "recall": 1.0, "support": 2}


def test_calibration_by_its_definition():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0, 1, 500)
    correct = rng.uniform(0, 1, 500) < confidence**2
    bins = reliability(correct, confidence)
    assert len(bins) == 15
    expected = 0.0
    for k, one in enumerate(bins):
        inside = (confidence >= k / 15) & (confidence < (k + 1) / 15)
        assert one["n"] == inside.sum()
        assert one["accuracy"] == pytest.approx(correct[inside].mean())
        assert one["confidence"] == pytest.approx(confidence[inside].mean())
        expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(bins) == pytest.approx(expected)


def test_certain_and_right_is_calibrated():
    bins = reliability(np.ones(9, bool), np.ones(9))
    assert bins[-1] == {"n": 9, "confidence": 1, "accuracy": 1}
    assert expected_calibration_error(bins) == 0
