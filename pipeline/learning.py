"""Measure the errors of a reader that learns from its writer's corrections."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from siffra.adaptation import MAX_EXAMPLES, Adaptation
from siffra.forest import LowLatencyRandomForest
from siffra.scores import KernelScores

from .evaluation import worst_tenth
from .feature_set import N_RENDERINGS, FeatureSet, Split

N_ORDERS: Final = 5  # of each rendering of a writer's digits


@dataclass(frozen=True)
class LearningResult:
    """The errors with and without learning from them; means over all orders.

    A digit that is misread is corrected. It counts as an error either way, and only the digits
    after it can be read better.
    """

    n_writers: int
    n_digits: int
    errors: float  # of all writers together
    errors_learning: float
    worst_tenth_accuracy: float
    worst_tenth_accuracy_learning: float
    n_better: int  # writers with fewer errors, as the mean over the orders
    n_worse: int
    most_added: int  # errors that learning added for one writer, in any order


def evaluate_learning(
    scorer: Pipeline, forest: LowLatencyRandomForest, rows: FeatureSet, seed: int
) -> dict[str, LearningResult]:
    """Read the digits of each test writer in random orders, with and without learning.

    The results are by source of pen strokes. Scorer and forest were not fitted on the writers.
    """
    components, kernel = (step for _, step in scorer.steps)
    rng = np.random.default_rng(seed)
    results = {}
    for source in rows.stroke_sources:
        test = rows.select(Split.TEST, source)
        if not len(test):
            continue
        values = components.transform(test.features)
        scores = kernel.transform(values)
        # (n_writers, n_orders, 2) errors without and with learning
        counts = np.array(
            [
                [
                    count_errors(kernel, forest, values[order], scores[order], test.labels[order])
                    for order in _orders(np.flatnonzero(test.groups == writer), rng)
                ]
                for writer in np.unique(test.groups)
            ]
        )
        sizes = np.unique(test.groups, return_counts=True)[1] // N_RENDERINGS
        results[source.title] = _summarize(counts, sizes)
    return results


def _orders(rows: NDArray[np.int64], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Return each rendering of a writer's digits in random orders."""
    renderings = np.split(rows, N_RENDERINGS)
    return [rng.permutation(one) for one in renderings for _ in range(N_ORDERS)]


def count_errors(
    kernel: KernelScores,
    forest: LowLatencyRandomForest,
    rows: NDArray[np.float32],
    scores: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> tuple[int, int]:
    """Return the errors without learning, and those with each error corrected when it happens.

    The rows (n, n_components), their scores (n, 11) and labels are of one writer's digits, in the
    order in which they are read.
    """

    def is_wrong(scores: NDArray[np.float32], start: int) -> NDArray[np.bool_]:
        return forest.predict_proba(scores).argmax(axis=1) != labels[start:]

    wrong = is_wrong(scores, 0)
    learning = wrong.copy()
    corrected: list[int] = []
    start = 0
    while start < len(labels) and learning[start:].any():
        corrected.append(start + int(learning[start:].argmax()))
        start = corrected[-1] + 1
        examples = corrected[-MAX_EXAMPLES:]
        adaptation = Adaptation.fit(kernel, rows[examples], labels[examples])
        if start < len(labels):
            similarity = adaptation.similarity(rows[start:])
            learning[start:] = is_wrong(adaptation.adapt(scores[start:], similarity), start)
    return int(wrong.sum()), len(corrected)


def _summarize(counts: NDArray[np.int64], sizes: NDArray[np.int64]) -> LearningResult:
    """Summarize errors (n_writers, n_orders, 2) of writers with so many digits each."""
    means = counts.mean(axis=1)
    accuracies = 1 - means / sizes[:, None]
    added = counts[..., 1] - counts[..., 0]
    return LearningResult(
        n_writers=len(sizes),
        n_digits=int(sizes.sum()),
        errors=float(means[:, 0].sum()),
        errors_learning=float(means[:, 1].sum()),
        worst_tenth_accuracy=worst_tenth(accuracies[:, 0]),
        worst_tenth_accuracy_learning=worst_tenth(accuracies[:, 1]),
        n_better=int((means[:, 1] < means[:, 0]).sum()),
        n_worse=int((means[:, 1] > means[:, 0]).sum()),
        most_added=max(int(added.max()), 0),
    )
