"""Ridge regressions on similarities to landmarks, one for each fold that is left out."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, solve
from sklearn.model_selection import GroupKFold

from .exceptions import ConvergenceError

# Rows per block: the similarities of all training rows at once would not fit into memory.
BLOCK_SIZE: Final = 3000
# Few rows may be so similar that single precision makes the equations singular.
_MAX_EXACT_ROWS: Final = 20_000

Similarity = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def fit_folds(
    similarity: Similarity,
    X: NDArray[np.float32],
    targets: NDArray[np.float32],
    weights: NDArray[np.float64],
    folds: NDArray[np.int64],
    alpha: float,
) -> NDArray[np.float64]:
    """Return the coefficients (n_folds, n_landmarks + 1, n_classes), intercepts last.

    The regressions share their sums over rows: each subtracts those of the fold it leaves out.
    """
    exact = float if len(X) <= _MAX_EXACT_ROWS else np.float32
    n_folds, size, n_classes = (
        int(folds.max()) + 1,
        similarity(X[:1]).shape[1] + 1,
        targets.shape[1],
    )
    gram = np.zeros((n_folds, size, size))
    moments = np.zeros((n_folds, size, n_classes))
    for fold, rows, values in _blocks(similarity, X, folds):
        root = np.sqrt(weights[rows])[:, None]
        weighted = (values * root).astype(exact)
        gram[fold] += weighted.T @ weighted
        moments[fold] += weighted.T @ (targets[rows] * root).astype(exact)
    total, total_moments = gram.sum(axis=0), moments.sum(axis=0)
    total[np.diag_indices(size)] += alpha * np.trace(total) / size
    try:
        return np.stack(
            [
                solve(total - gram[fold], total_moments - moments[fold], assume_a="pos")
                for fold in range(n_folds)
            ]
        )
    except LinAlgError as error:
        raise ConvergenceError(
            f"Got alpha={alpha!r}, which is too small for {len(X)} rows and {size - 1} "
            "landmarks. Try ten times as much, or fewer landmarks."
        ) from error


def out_of_fold_scores(
    similarity: Similarity,
    X: NDArray[np.float32],
    folds: NDArray[np.int64],
    coef: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Score each row (n, n_classes) with the regression that left out its fold."""
    scores = np.empty((len(X), coef.shape[2]), dtype=np.float32)
    for fold, rows, values in _blocks(similarity, X, folds):
        scores[rows] = values @ coef[fold].astype(np.float32)
    return scores


def _blocks(
    similarity: Similarity, X: NDArray[np.float32], folds: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32]]]:
    """Yield fold, rows, and their similarities with a column of ones, block by block."""
    for fold in range(int(folds.max()) + 1):
        rows = np.flatnonzero(folds == fold)
        for start in range(0, len(rows), BLOCK_SIZE):
            block = rows[start : start + BLOCK_SIZE]
            ones = np.ones((len(block), 1), dtype=np.float32)
            yield fold, block, np.concatenate([similarity(X[block]), ones], axis=1)


def assign_folds(groups: Any, n_folds: int, rng: np.random.RandomState) -> NDArray[np.int64]:
    """Assign each row to a fold, whole groups at a time."""
    folds = np.empty(len(groups), dtype=np.int64)
    splitter = GroupKFold(n_folds, shuffle=True, random_state=rng)
    for fold, (_, held_out) in enumerate(splitter.split(folds, groups=groups)):
        folds[held_out] = fold
    return folds
