"""Ablation: the validation accuracy of a smaller training run without one part at a time."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from .data import Mnist
from .feature_set import FeatureSet, Source, Split, Strokes, build_feature_set
from .model import FOREST_PARAMS, build_extractor, build_scorer
from .progress import Display
from .scorer import FittedScorer, fit_scorer

# Every third MNIST image and no augmented copies: the differences remain, in a tenth of the time.
MNIST_STEP: Final = 3

FULL_MODEL: Final = "full model"
# Parameters of the extractor.
EXTRACTOR_VARIANTS: Final[dict[str, dict[str, float]]] = {
    "no stroke width normalization": {"preprocessing__stroke_normalization": 0},
    "full stroke width normalization": {"preprocessing__stroke_normalization": 1},
    "no deskewing": {"preprocessing__deskew": 0},
    "no aspect ratio normalization": {"preprocessing__aspect_ratio_normalization": 0},
    "8 gradient orientations": {"features__n_orientations": 8},
}
# Landmarks of scikit-learn's Nystroem, whose file grows with their square: 6 MB.
_N_NYSTROEM: Final = 1200

Fit = Callable[[FeatureSet, int], FittedScorer]


@dataclass(frozen=True)
class AblationResult:
    """Validation accuracy of one variant, by source."""

    variant: str
    accuracy: dict[str, float]


def ablate(
    mnist: Mnist, strokes: Strokes, seed: int, step: Display = nullcontext
) -> list[AblationResult]:
    """Train without one step or one source at a time and measure the validation accuracy."""
    small = Mnist(mnist.train[::MNIST_STEP], mnist.validation, mnist.test[:0])
    results = []

    def build(extractor: Pipeline) -> FeatureSet:
        return build_feature_set(extractor, small, strokes, seed, augment=False)

    def measure(variant: str, rows: FeatureSet, fit: Fit, *without: Source) -> None:
        train = rows.up_to(Split.TRAIN)
        for source in without:
            train = train[train.sources != source]
        results.append(AblationResult(variant, _accuracies(fit(train, seed), rows, seed)))

    with step(f"Ablation: {FULL_MODEL}, scorers and sources"):
        rows = build(build_extractor())
        measure(FULL_MODEL, rows, fit_scorer)
        measure("forest on the histograms, no scores", rows, unscored)
        measure("scikit-learn's Nystroem and RidgeClassifier", rows, fit_nystroem)
        for source in rows.stroke_sources:
            measure(f"no training on {source.title}", rows, fit_scorer, source)
        if len(rows.stroke_sources) > 1:
            measure("training on MNIST only", rows, fit_scorer, *rows.stroke_sources)
    for variant, params in EXTRACTOR_VARIANTS.items():
        with step(f"Ablation: {variant}"):
            measure(variant, build(build_extractor().set_params(**params)), fit_scorer)
    with step("Ablation: forest on pixels"):
        measure("forest on the 784 pixels", build(build_extractor()[:1]), unscored)
    return results


def _accuracies(fitted: FittedScorer, rows: FeatureSet, seed: int) -> dict[str, float]:
    """Measure the validation accuracy on each source."""
    forest = fitted.fit_forest(seed, FOREST_PARAMS)
    accuracies = {}
    for source in (Source.MNIST, *rows.stroke_sources):
        validation = rows.select(Split.VALIDATION, source)
        if len(validation):
            scores = fitted.scorer.transform(validation.features)
            accuracies[source.title] = float(forest.score(scores, validation.labels))
    return accuracies


def unscored(train: FeatureSet, seed: int) -> FittedScorer:
    """Give a forest the features instead of scores."""
    return FittedScorer(Pipeline([("scores", "passthrough")]), train.features, train.labels)


def fit_nystroem(train: FeatureSet, seed: int) -> FittedScorer:
    """Fit scikit-learn's own approximation of the same kernel instead of `KernelScores`."""
    rows = len(train)
    # Each fold is fitted on fewer rows.
    components, kernel = (step for _, step in build_scorer(rows // 2, seed).steps)
    variance = components.fit_transform(train.features).var(axis=0).sum()
    nystroem = Nystroem(
        gamma=kernel.gamma_scale / (2 * variance),
        n_components=min(_N_NYSTROEM, rows // 5),
        random_state=seed,
    )
    # RidgeClassifier is Ridge on these targets, but needs every class in every fold.
    regression = make_pipeline(components, nystroem, Ridge(alpha=1e-3))
    targets = np.where(train.labels[:, None] == np.arange(10), 1.0, -1.0)
    folds = GroupKFold(kernel.n_folds, shuffle=True, random_state=seed)
    scores = cross_val_predict(regression, train.features, targets, groups=train.groups, cv=folds)
    regression.fit(train.features, targets)
    scorer = Pipeline([("scores", FunctionTransformer(regression.predict))])
    return FittedScorer(scorer, scores, train.labels)
