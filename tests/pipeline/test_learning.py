import numpy as np
import pytest

from pipeline.learning import _summarize, count_errors
from pipeline.model import build_forest
from siffra.adaptation import Adaptation
from siffra.scores import NOT_A_DIGIT, KernelScores


@pytest.fixture(scope="module")
def fitted(digits):
    """Kernel scores and a forest from 200 images, with some noise: they make errors."""
    images, labels = digits[0].reshape(-1, 64).astype(np.float32) / 255, digits[1]
    rng = np.random.default_rng(0)
    X = np.concatenate([images[:200], rng.random((40, 64), np.float32)])
    y = np.append(labels[:200], np.full(40, NOT_A_DIGIT))
    kernel = KernelScores()
    scores = kernel.fit_transform(X, y)
    forest = build_forest(n_estimators=20, min_samples_leaf=2).fit(scores[:200], y[:200])
    return kernel, forest.set_params(n_jobs=1), images[200:500], labels[200:500]


def read_one_by_one(kernel, forest, rows, labels):
    """Count the errors of a reader that is adapted after each one."""
    examples, adaptation = [], None
    for index in range(len(rows)):
        row = rows[index : index + 1]
        scores = kernel.transform(row)
        if adaptation is not None:
            scores = adaptation.adapt(scores, adaptation.similarity(row))
        if forest.predict(scores)[0] != labels[index]:
            examples.append(index)
            known = examples[-50:]
            adaptation = Adaptation.fit(kernel, rows[known], labels[known])
    return len(examples)


def test_errors_are_those_of_reading_one_by_one(fitted):
    kernel, forest, rows, labels = fitted
    scores = kernel.transform(rows)
    before, after = count_errors(kernel, forest, rows, scores, labels)
    assert before == (forest.predict(scores) != labels).sum() > 10
    assert after == read_one_by_one(kernel, forest, rows, labels)
    assert after < before


def test_writers_are_summarized():
    # Three writers of 10, 20 and 40 digits, in two orders.
    counts = np.array([[[4, 2], [4, 3]], [[1, 1], [1, 2]], [[0, 0], [0, 0]]])
    result = _summarize(counts, np.array([10, 20, 40]))
    assert (result.n_writers, result.n_digits) == (3, 70)
    assert (result.errors, result.errors_learning) == (5, 4)
    assert result.worst_tenth_accuracy == pytest.approx(0.6)
    assert result.worst_tenth_accuracy_learning == pytest.approx(0.75)
    assert (result.n_better, result.n_worse, result.most_added) == (1, 1, 1)
