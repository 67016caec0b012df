"""From features to one score a digit: kernel machines, cross-fitted so that a forest can learn."""

import math
from collections.abc import Iterator
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from .exceptions import ConvergenceError

_BLOCK: Final = 3000


class KernelScores(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Score each class with a support vector machine on Gaussian similarities to landmarks.

    The landmarks are training rows drawn at random (the Nystroem method [1]_); the machines are
    one-vs-rest with squared hinge loss. What `fit_transform` returns is out of fold: each row is
    scored by machines that have not seen its group. A forest trained on these scores meets the
    same errors that it will meet on new rows [2]_. `transform` uses the mean of the machines.

    Parameters
    ----------
    n_landmarks : int, default=4000
        At most this many, and at most one for every five training rows: with more, the
        normal equations lose their rank in single precision.
    width : float, default=1.5
        gamma is `width` over twice the sum of the features' variances.
    ridge : float, default=3e-6
        L2 penalty, as a share of the mean squared similarity.
    n_rounds : int, default=8
        Rounds from least squares to squared hinge.
    n_folds : int, default=5
    random_state : int, default=0

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    landmarks_ : ndarray of shape (n_landmarks, n_features), float32
    squares_ : ndarray of shape (n_landmarks,), float32
        Their squared lengths.
    gamma_ : float
    coef_ : ndarray of shape (n_landmarks, n_classes), float32
    intercept_ : ndarray of shape (n_classes,), float32

    References
    ----------
    .. [1] C. Williams, M. Seeger, "Using the Nystroem method to speed up kernel machines",
       NIPS 2000.
    .. [2] D. Wolpert, "Stacked generalization", Neural Networks 5 (1992), 241-259.
    """

    def __init__(
        self,
        n_landmarks: int = 4000,
        width: float = 1.5,
        ridge: float = 3e-6,
        n_rounds: int = 8,
        n_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.n_landmarks = n_landmarks
        self.width = width
        self.ridge = ridge
        self.n_rounds = n_rounds
        self.n_folds = n_folds
        self.random_state = random_state

    def fit(
        self,
        features: NDArray[np.float32],
        y: NDArray[Any],
        groups: NDArray[Any] | None = None,
        sample_weight: NDArray[np.float32] | None = None,
    ) -> Self:
        """Fit the machines; see `fit_transform`.

        Parameters
        ----------
        features : ndarray of shape (n, n_features), float32
        y : ndarray of shape (n,)
        groups : ndarray of shape (n,), optional
        sample_weight : ndarray of shape (n,), optional

        Returns
        -------
        KernelScores
            Itself.
        """
        self.fit_transform(features, y, groups, sample_weight)
        return self

    def fit_transform(
        self,
        features: NDArray[np.float32],
        y: NDArray[Any],
        groups: NDArray[Any] | None = None,
        sample_weight: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Fit the machines and score each row by those that have not seen its group.

        Parameters
        ----------
        features : ndarray of shape (n, n_features), float32
        y : ndarray of shape (n,)
            Labels.
        groups : ndarray of shape (n,), optional
            Rows of one group stay in one fold: copies of one image, digits of one writer. When
            left out, neighbouring rows are a group.
        sample_weight : ndarray of shape (n,), optional
            1 for every row when left out.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
            About 1 for the row's own class, about -1 for others.

        Raises
        ------
        ValueError
            If there are fewer groups than folds.
        ConvergenceError
            If `ridge` is too small for single precision.
        """
        features = np.asarray(features, dtype=np.float32)
        rng = np.random.default_rng(self.random_state)
        self.classes_, codes = np.unique(y, return_inverse=True)
        n, n_classes = len(features), len(self.classes_)
        if groups is None:
            groups = np.arange(n) * 10 * self.n_folds // n
        folds = assign_folds(groups, self.n_folds, rng)
        weight = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.landmarks_ = features[rng.permutation(n)[: max(1, min(self.n_landmarks, n // 5))]]
        self.squares_ = np.einsum("ij,ij->i", self.landmarks_, self.landmarks_)
        self.gamma_ = float(self.width / (2 * features.var(axis=0).sum()))

        problem = _CrossFit(self, features, codes, n_classes, weight, folds)
        machines, scores = problem.solve(self.n_rounds, self.ridge)
        mean = machines.mean(axis=0).astype(np.float32)
        self.coef_, self.intercept_ = mean[:-1], mean[-1]
        return scores

    def transform(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score rows.

        Parameters
        ----------
        features : ndarray of shape (n, n_features), float32

        Returns
        -------
        ndarray of shape (n, n_classes), float32
        """
        features = np.asarray(features, dtype=np.float32)
        scores = np.empty((len(features), len(self.classes_)), dtype=np.float32)
        for start in range(0, len(features), _BLOCK):
            block = slice(start, start + _BLOCK)
            scores[block] = self.score_similar(self.similarity(features[block]))
        return scores

    def score_similar(self, similarity: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score rows whose similarity to the landmarks is known.

        Parameters
        ----------
        similarity : ndarray of shape (n, n_landmarks), float32
            From `similarity`.

        Returns
        -------
        ndarray of shape (n, n_classes), float32
        """
        return similarity @ self.coef_ + self.intercept_

    def similarity(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the Gaussian similarity of rows to landmarks.

        Parameters
        ----------
        features : ndarray of shape (n, n_features), float32

        Returns
        -------
        ndarray of shape (n, n_landmarks), float32
            From 0 (unlike) to 1 (the same).
        """
        exponent = features @ self.landmarks_.T
        exponent *= 2
        exponent -= np.einsum("ij,ij->i", features, features)[:, None]
        exponent -= self.squares_
        # Rounding may leave a square distance just below 0.
        np.minimum(exponent, 0, out=exponent)
        exponent *= np.float32(self.gamma_)
        return np.exp(exponent, out=exponent)

    @property
    def _n_features_out(self) -> int:
        return len(self.classes_)


class _CrossFit:
    """The machines of all folds at once: sums over the rows are shared between them.

    The squared hinge is majorised by least squares around the present scores, which leaves the
    normal equations' matrix, and so its factors, the same in every round; Nesterov's momentum
    makes few rounds enough.
    """

    def __init__(
        self,
        scores: KernelScores,
        features: NDArray[np.float32],
        codes: NDArray[np.int64],
        n_classes: int,
        weight: NDArray[np.float64],
        folds: NDArray[np.int64],
    ) -> None:
        self.scores, self.features, self.folds = scores, features, folds
        self.n_folds = int(folds.max()) + 1
        self.weight = weight.astype(np.float32)
        self.target = np.where(np.arange(n_classes) == codes[:, None], 1, -1).astype(np.float32)

    def blocks(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32]]]:
        """Walk over all rows, one fold at a time: fold, rows, similarities and a one."""
        for fold in range(self.n_folds):
            rows = np.flatnonzero(self.folds == fold)
            for start in range(0, len(rows), _BLOCK):
                block = rows[start : start + _BLOCK]
                similarity = self.scores.similarity(self.features[block])
                ones = np.ones((len(block), 1), dtype=np.float32)
                yield fold, block, np.concatenate([similarity, ones], axis=1)

    def solve(self, n_rounds: int, ridge: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return one machine a fold, and each row's scores from the one it was held out of."""
        factors, first = self._least_squares(ridge)
        machines = previous = first
        momentum, least_loss = 1.0, math.inf
        for _ in range(n_rounds):
            following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
            ahead = machines + (momentum - 1) / following * (machines - previous)
            momentum, previous = following, machines
            moments, loss = self._majorise(ahead)
            if not loss < 10 * least_loss:
                raise ConvergenceError(
                    f"Got ridge={ridge!r}, with which the rounds diverge. Try ten times as much."
                )
            least_loss = min(least_loss, loss)
            machines = _solve_all(factors, moments)
        return machines, self._held_out(machines)

    def _least_squares(self, ridge: float) -> tuple[list[Any], NDArray[np.float64]]:
        size, n_classes = len(self.scores.landmarks_) + 1, self.target.shape[1]
        gram = np.zeros((self.n_folds, size, size))
        moments = np.zeros((self.n_folds, size, n_classes))
        for fold, rows, values in self.blocks():
            root = np.sqrt(self.weight[rows])[:, None]
            values *= root
            gram[fold] += values.T @ values
            moments[fold] += values.T @ (self.target[rows] * root)
        total = gram.sum(axis=0)
        total[np.diag_indices(size)] += ridge * np.trace(total) / size
        try:
            factors = [
                cho_factor(total - gram[fold], overwrite_a=True, check_finite=False)
                for fold in range(self.n_folds)
            ]
        except LinAlgError as error:
            raise ConvergenceError(
                f"Got ridge={ridge!r}, with which the equations of {len(self.features)} rows and "
                f"{size - 1} landmarks have no solution. Try ten times as much, or fewer landmarks."
            ) from error
        return factors, _solve_all(factors, moments.sum(axis=0) - moments)

    def _majorise(self, machines: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Moments of the least squares that lie above the squared hinge; held-out loss."""
        n_folds, size, n_classes = machines.shape
        flat = machines.transpose(1, 0, 2).reshape(size, -1).astype(np.float32)
        moments = np.zeros((size, n_folds * n_classes))
        loss = 0.0
        for fold, rows, values in self.blocks():
            target = self.target[rows][:, None]
            margin = target * (values @ flat).reshape(len(rows), n_folds, n_classes)
            weight = self.weight[rows][:, None]
            loss += float((weight * np.maximum(0, 1 - margin[:, fold]) ** 2).sum())
            aim = target * np.maximum(1, margin) * weight[:, None]
            aim[:, fold] = 0
            moments += values.T @ aim.reshape(len(rows), -1)
        return moments.reshape(size, n_folds, n_classes).transpose(1, 0, 2), loss

    def _held_out(self, machines: NDArray[np.float64]) -> NDArray[np.float32]:
        scores = np.empty_like(self.target)
        for fold, rows, values in self.blocks():
            scores[rows] = values @ machines[fold].astype(np.float32)
        return scores


def _solve_all(factors: list[Any], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    pairs = zip(factors, moments, strict=True)
    return np.stack([cho_solve(factor, right) for factor, right in pairs])


def assign_folds(groups: NDArray[Any], n_folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Spread groups over folds at random, as evenly as their number allows.

    Parameters
    ----------
    groups : ndarray of shape (n,)
    n_folds : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n,), int64
        From 0 to n_folds - 1.

    Raises
    ------
    ValueError
        If there are fewer groups than folds.
    """
    names, codes = np.unique(groups, return_inverse=True)
    if len(names) < n_folds:
        raise ValueError(f"Got {len(names)} groups, but expected at least n_folds={n_folds}.")
    return (rng.permutation(len(names)) % n_folds)[codes]
