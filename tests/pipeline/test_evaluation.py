import numpy as np
import pytest
from scipy.stats import binomtest

from pipeline.evaluation import (
    ClassReport,
    evaluate,
    expected_calibration_error,
    reliability,
    wilson_interval,
    worst_tenth,
)


def test_a_case_worked_out_by_hand():
    labels = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    rejected = np.array([True, False, False, False])
    report = evaluate(
        labels, probabilities, rejected, writers=np.array([5, 5, 5, 9]), n_renderings=2
    )
    assert (report.accuracy, report.error, report.n_digits) == (0.75, 0.25, 2)
    assert report.confusion_matrix == [[1, 1], [0, 2]]
    assert (report.rejection_rate, report.accepted_error_rate) == (0.25, 0.25)
    assert report.n_writers == 2
    assert report.mean_writer_accuracy == pytest.approx((2 / 3 + 1) / 2)
    assert report.worst_tenth_accuracy == pytest.approx(2 / 3)
    first, second = report.per_class
    assert first == ClassReport(label=0, precision=1.0, recall=0.5, support=2)
    assert second == ClassReport(1, pytest.approx(2 / 3), recall=1.0, support=2)


def test_rejected_errors_are_not_accepted_errors():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6]])
    report = evaluate(np.array([1, 1]), probabilities, np.array([True, False]))
    assert (report.accuracy, report.accepted_error_rate) == (0.5, 0)
    assert report.n_writers is None


@pytest.mark.parametrize(("k", "n"), [(996, 1000), (10, 10), (0, 7), (3, 4)])
def test_the_interval_is_scipys(k, n):
    expected = binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(k / n, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_worst_tenth_is_at_least_one_writer():
    assert worst_tenth(np.array([1, 0.5, 0.8])) == 0.5
    assert worst_tenth(np.linspace(0.81, 1, 20)) == pytest.approx(0.815)


def test_calibration_by_its_definition():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0, 1, 500)
    correct = rng.uniform(0, 1, 500) < confidence**2
    bins = reliability(correct, confidence)
    assert len(bins) == 15
    expected = 0.0
    for k, one in enumerate(bins):
        inside = (confidence >= k / 15) & (confidence < (k + 1) / 15)
        assert one.n == inside.sum()
        assert one.accuracy == pytest.approx(correct[inside].mean())
        assert one.confidence == pytest.approx(confidence[inside].mean())
        expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(bins) == pytest.approx(expected)
