import pytest

from pipeline.evaluation import Evaluation


def test_each_source_is_evaluated_on_unseen_writers(result):
    metrics = result.metrics
    assert sum(map(sum, metrics.test.confusion_matrix)) == metrics.test.n_digits == 100
    assert metrics.test.n_writers is None
    assert metrics.strokes.sources.keys() == {"pen digits", "UNIPEN"}
    for name, n_writers in (("pen digits", 2), ("UNIPEN", 1)):
        one = metrics.strokes.sources[name]
        assert isinstance(one, Evaluation)
        assert (one.n_writers, one.n_digits) == (n_writers, n_writers * 12)
        # Each digit was rendered twice.
        assert sum(map(sum, one.confusion_matrix)) == n_writers * 24
    assert metrics.strokes.n_digits == 36
    low, high = metrics.strokes.accuracy_interval
    assert low < metrics.strokes.accuracy <= high
    assert min(metrics.test.accuracy, metrics.strokes.accuracy) > 0.85


def test_the_data_is_described(result):
    data = result.metrics.data
    assert data.split == {"train": 400, "validation": 100, "test": 100}
    files = [(one.source, one.name, one.characters, one.writers) for one in data.strokes]
    assert files == [("pen digits", "pendigits.tra", 120, 10), ("UNIPEN", "unipen.txt", 60, 5)]
    assert [one.characters for one in data.others] == [72]
    assert data.corrections == 0


def test_rejection_is_chosen_on_validation_digits_and_measured_on_test_digits(result):
    report = result.metrics.rejection
    assert report.thresholds["digit"] == result.thresholds.digit
    assert 0 < result.thresholds.digit < 1
    assert report.acceptance_rates.keys() == {"MNIST", "pen digits", "UNIPEN"}
    assert report.acceptance_rates["MNIST"] == 1 - result.metrics.test.rejection_rate
    # One of five writers that are known, and one of seven new ones, six characters each.
    assert report.n_images["letters, drawn by people"] == 12


def test_learning_is_measured_on_unseen_writers(result):
    learning = result.metrics.learning
    found = {name: (one.n_writers, one.n_digits) for name, one in learning.items()}
    assert found == {"pen digits": (2, 24), "UNIPEN": (1, 12)}
    for name, one in learning.items():
        errors = result.metrics.strokes.sources[name].error * one.n_digits
        assert one.errors == pytest.approx(errors)
