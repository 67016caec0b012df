"""Cross-fitted kernel ridge classifiers: one score per digit, from which the forest learns."""

from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Tags, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .cross_fit import BLOCK_SIZE, assign_folds, fit_folds, out_of_fold_scores
from .sklearn_internals import check_sample_weight

# The label of drawings that are not digits.
NOT_A_DIGIT: Final = -1
_MIN_VARIANCE: Final = 1e-12
# The logistic function of this is 1.
_CERTAIN_LOGIT: Final = 40.0


class KernelScores(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Score each class with a ridge regression on similarities to landmarks.

    The landmarks are random training rows, compared by a Gaussian kernel: the subset of
    regressors of [1]_. The targets are 1 for rows of the class and -1 for others, as in
    `sklearn.linear_model.RidgeClassifier`. Scores are relative to the best score of a digit: the
    splits of a forest compare one score with a constant, not two scores with each other.

    `fit_transform` returns out-of-fold scores: each row is scored by classifiers that were not
    fitted on its group, so that a classifier trained on the scores sees the errors that it will
    see on new rows (stacking [2]_). `transform` uses the mean of the folds' classifiers.

    Parameters
    ----------
    n_components : int, default=4000
        Number of landmarks; at most one for every five training rows.
    gamma_scale : float, default=2
        The kernel's gamma is `gamma_scale` over twice the sum of the features' variances.
    alpha : float, default=3e-6
        L2 penalty, relative to the mean squared similarity.
    n_folds : int, default=5
    random_state : int, default=0

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    landmarks_ : ndarray of shape (n_landmarks, n_features), float32
        Rounded to multiples of a power of two, at most half the features' standard deviation:
        files are a third as large, and the regression is fitted to what they hold.
    landmark_norms_ : ndarray of shape (n_landmarks,), float32
        Squared norms of the landmarks.
    gamma_ : float
    coef_ : ndarray of shape (n_landmarks, n_classes), float32
        Rounded to half precision, if its range suffices.
    intercept_ : ndarray of shape (n_classes,), float32
    calibration_ : ndarray of shape (2,), float32
        Slope and intercept of the logistic function in `is_digit`.

    References
    ----------
    .. [1] T. Poggio, F. Girosi, "Networks for approximation and learning", Proceedings of the
       IEEE 78 (1990), 1481-1497; A. Smola, B. Schoelkopf, "Sparse greedy matrix approximation
       for machine learning", ICML 2000.
    .. [2] D. Wolpert, "Stacked generalization", Neural Networks 5 (1992), 241-259.
    .. [3] J. Platt, "Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods", Advances in Large Margin Classifiers, 1999.
    """

    def __init__(
        self,
        n_components: int = 4000,
        gamma_scale: float = 2,
        alpha: float = 3e-6,
        n_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.gamma_scale = gamma_scale
        self.alpha = alpha
        self.n_folds = n_folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None, sample_weight: Any = None) -> Self:
        """Fit the classifiers; see `fit_transform`.

        Parameters
        ----------
        X : array of shape (n, n_features)
        y : array of shape (n,)
        groups : array of shape (n,), optional
        sample_weight : array of shape (n,), optional

        Returns
        -------
        KernelScores
        """
        self.fit_transform(X, y, groups, sample_weight)
        return self

    def fit_transform(
        self, X: Any, y: Any, groups: Any = None, sample_weight: Any = None
    ) -> NDArray[np.float32]:
        """Fit the classifiers and return out-of-fold scores.

        Parameters
        ----------
        X : array of shape (n, n_features)
        y : array of shape (n,)
        groups : array of shape (n,), optional
            Rows of one group are never in different folds; each row is its own group if not
            given.
        sample_weight : array of shape (n,), optional
            Not negative, and not all zero.

        Returns
        -------
        ndarray of shape (n, n_classes), float32

        Raises
        ------
        ValueError
            If a parameter is out of its range, or there are fewer groups than folds.
        ConvergenceError
            If `alpha` is too small for a solution in floating point.
        """
        self._check_parameters()
        X, y = validate_data(self, X, y, dtype=np.float32, order="C")
        check_classification_targets(y)
        n = len(X)
        weights = check_sample_weight(sample_weight, X)
        self.classes_, codes = np.unique(y, return_inverse=True)
        rng = check_random_state(self.random_state)
        folds = assign_folds(np.arange(n) if groups is None else groups, self.n_folds, rng)
        n_landmarks = max(1, min(self.n_components, n // 5))
        variance = max(float(X.var(axis=0).sum()), _MIN_VARIANCE)
        step = np.float32(2 ** np.floor(np.log2(np.sqrt(variance / X.shape[1]) / 2)))
        self.landmarks_ = np.rint(X[rng.permutation(n)[:n_landmarks]] / step) * step
        self.landmark_norms_ = np.einsum("ij,ij->i", self.landmarks_, self.landmarks_)
        self.gamma_ = float(self.gamma_scale / (2 * variance))

        targets = np.where(np.arange(len(self.classes_)) == codes[:, None], 1, -1)
        coef = fit_folds(self.similarity, X, targets.astype(np.float32), weights, folds, self.alpha)
        mean = coef.mean(axis=0).astype(np.float32)
        self.coef_, self.intercept_ = _round_to_half(mean[:-1]), mean[-1]
        scores = self._relative(out_of_fold_scores(self.similarity, X, folds, coef))
        self._calibrate(scores, codes)
        return scores

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Score rows.

        Parameters
        ----------
        X : array of shape (n, n_features)

        Returns
        -------
        ndarray of shape (n, n_classes), float32
        """
        check_is_fitted(self)
        return self.score_rows(validate_data(self, X, dtype=np.float32, reset=False))

    def score_rows(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score rows, of which nothing is checked."""
        scores = np.empty((len(X), len(self.classes_)), dtype=np.float32)
        for start in range(0, len(X), BLOCK_SIZE):
            block = slice(start, start + BLOCK_SIZE)
            scores[block] = self.score_similarity(self.similarity(X[block]))
        return scores

    def similarity(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the Gaussian similarity (n, n_landmarks) of rows to landmarks, from 0 to 1."""
        exponent = X @ self.landmarks_.T
        exponent *= 2
        exponent -= np.einsum("ij,ij->i", X, X)[:, None]
        exponent -= self.landmark_norms_
        np.minimum(exponent, 0, out=exponent)  # rounding may make a distance negative
        exponent *= np.float32(self.gamma_)
        return np.exp(exponent, out=exponent)

    def score_similarity(self, similarity: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score rows (n, n_classes) whose similarity to the landmarks is known."""
        return self._relative(similarity @ self.coef_ + self.intercept_)

    def is_digit(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability (n,) that rows with these scores are digits at all.

        It depends on the score of `NOT_A_DIGIT`, relative to the best digit's, and is calibrated
        on out-of-fold scores by Platt scaling [3]_, with equal weight for digits and other rows.
        It is 1 if no row was labeled `NOT_A_DIGIT` in `fit`.
        """
        slope, intercept = self.calibration_
        probabilities: NDArray[np.float64] = expit(slope * scores[:, 0].astype(float) + intercept)
        return probabilities

    def _relative(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Subtract the best score of a digit in each row."""
        first = int(self.classes_[0] == NOT_A_DIGIT and len(self.classes_) > 1)
        return scores - scores[:, first:].max(axis=1, keepdims=True)

    def _calibrate(self, scores: NDArray[np.float32], codes: NDArray[np.int64]) -> None:
        """Fit the logistic function of `is_digit` on out-of-fold scores."""
        self.calibration_ = np.array([0, _CERTAIN_LOGIT], dtype=np.float32)
        if self.classes_[0] == NOT_A_DIGIT and len(self.classes_) > 1:
            regression = LogisticRegression(class_weight="balanced")
            regression.fit(scores[:, :1].astype(float), codes > 0)
            coef = np.append(regression.coef_[0], regression.intercept_)
            self.calibration_ = coef.astype(np.float32)

    def _check_parameters(self) -> None:
        for name, low in (("n_components", 1), ("n_folds", 2)):
            if getattr(self, name) < low:
                raise ValueError(f"Got {name}={getattr(self, name)!r}, but expected >= {low}.")
        for name in ("gamma_scale", "alpha"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"Got {name}={getattr(self, name)!r}, but expected more than 0.")

    @property
    def _n_features_out(self) -> int:
        return len(self.classes_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _round_to_half(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to the precision of float16, unless a value is too large for it."""
    with np.errstate(over="ignore"):
        rounded = X.astype(np.float16).astype(np.float32)
    return rounded if np.isfinite(rounded).all() else X
