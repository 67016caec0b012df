"""Cross-fitted support vector machines on similarities to landmarks."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from sklearn.model_selection import GroupKFold

from .exceptions import ConvergenceError

# Rows per block: the similarities of all training rows at once would not fit into memory.
BLOCK_SIZE: Final = 3000
# Few rows may be so similar that single precision makes the equations singular.
_MAX_EXACT_ROWS: Final = 20_000


class CrossFit:
    """Solve the ridge regressions of all folds at once: they share their sums over rows."""

    def __init__(
        self,
        similarity: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        n_landmarks: int,
        X: NDArray[np.float32],
        targets: NDArray[np.float32],
        weights: NDArray[np.float64],
        folds: NDArray[np.int64],
    ) -> None:
        self.similarity, self.n_landmarks = similarity, n_landmarks
        self.X, self.targets, self.folds = X, targets, folds
        self.n_folds = int(folds.max()) + 1
        self.weights = weights.astype(np.float32)

    def solve(self, alpha: float, max_iter: int) -> NDArray[np.float64]:
        """Return the coefficients (n_folds, n_landmarks + 1, n_classes), intercepts last."""
        factors = self._factorize(alpha)
        size = self.n_landmarks + 1
        coef = np.zeros((self.n_folds, size, self.targets.shape[1]))
        for _ in range(max_iter):
            moments = self._moments(coef)
            coef = np.stack([cho_solve(*pair) for pair in zip(factors, moments, strict=True)])
        return coef

    def out_of_fold_scores(self, coef: NDArray[np.float64]) -> NDArray[np.float32]:
        """Score each row with the classifiers of the fold that it was held out of."""
        scores = np.empty_like(self.targets)
        for fold, rows, values in self._blocks():
            scores[rows] = values @ coef[fold].astype(np.float32)
        return scores

    def _factorize(self, alpha: float) -> list[Any]:
        """Return the Cholesky factors of the normal equations, one for each fold."""
        size = self.n_landmarks + 1
        gram = np.zeros((self.n_folds, size, size))
        for fold, rows, values in self._blocks():
            values *= np.sqrt(self.weights[rows])[:, None]
            if len(self.X) <= _MAX_EXACT_ROWS:
                values = values.astype(float)
            gram[fold] += values.T @ values
        total = gram.sum(axis=0)
        total[np.diag_indices(size)] += alpha * np.trace(total) / size
        try:
            return [cho_factor(total - part, overwrite_a=True, check_finite=False) for part in gram]
        except LinAlgError as error:
            raise ConvergenceError(
                f"Got alpha={alpha!r}, which is too small for {len(self.X)} rows and {size - 1} "
                "landmarks. Try ten times as much, or fewer landmarks."
            ) from error

    def _moments(self, coef: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the right-hand sides for targets that majorize the squared hinge at `coef`."""
        n_folds, size, n_classes = coef.shape
        flat = coef.transpose(1, 0, 2).reshape(size, -1).astype(np.float32)
        moments = np.zeros((size, n_folds * n_classes))
        for fold, rows, values in self._blocks():
            targets = self.targets[rows][:, None]
            margins = targets * (values @ flat).reshape(len(rows), n_folds, n_classes)
            aims = targets * np.maximum(1, margins) * self.weights[rows][:, None, None]
            aims[:, fold] = 0
            moments += values.T @ aims.reshape(len(rows), -1)
        return moments.reshape(size, n_folds, n_classes).transpose(1, 0, 2)

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32]]]:
        """Yield fold, rows, and their similarities with a column of ones, block by block."""
        for fold in range(self.n_folds):
            rows = np.flatnonzero(self.folds == fold)
            for start in range(0, len(rows), BLOCK_SIZE):
                block = rows[start : start + BLOCK_SIZE]
                similarity = self.similarity(self.X[block])
                ones = np.ones((len(block), 1), dtype=np.float32)
                yield fold, block, np.concatenate([similarity, ones], axis=1)


def assign_folds(groups: Any, n_folds: int, rng: np.random.RandomState) -> NDArray[np.int64]:
    """Assign each row to a fold, whole groups at a time."""
    folds = np.empty(len(groups), dtype=np.int64)
    splitter = GroupKFold(n_folds, shuffle=True, random_state=rng)
    for fold, (_, held_out) in enumerate(splitter.split(folds, groups=groups)):
        folds[held_out] = fold
    return folds
