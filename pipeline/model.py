"""Put the Pipeline together: preprocessing, features, components, scores, forest."""

from typing import Final

from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from siffra.features import GradientHistograms
from siffra.forest import LowLatencyRandomForest
from siffra.preprocessing import MnistPreprocessor
from siffra.scores import KernelScores

N_COMPONENTS: Final = 120
# Chosen by the grid search on validation data: `search` in model/metrics.json.
FOREST_PARAMS: Final = {"n_estimators": 50, "max_depth": 15, "min_samples_leaf": 20}


def build_extractor() -> Pipeline:
    """Return the stateless steps from images to features."""
    return Pipeline([("preprocessing", MnistPreprocessor()), ("features", GradientHistograms())])


def build_scorer(n_rows: int, seed: int = 0) -> Pipeline:
    """Return the unfitted steps from features to one score per digit, for so many rows."""
    components = PCA(min(N_COMPONENTS, n_rows), svd_solver="covariance_eigh")
    return Pipeline([("components", components), ("scores", KernelScores(random_state=seed))])


def build_forest(seed: int = 0, **params: int) -> LowLatencyRandomForest:
    """Return an unfitted forest with the tuned parameters, some of them replaced."""
    return LowLatencyRandomForest(**(FOREST_PARAMS | params), random_state=seed, n_jobs=-1)


def assemble_pipeline(
    extractor: Pipeline, scorer: Pipeline, forest: LowLatencyRandomForest
) -> Pipeline:
    """Join the fitted parts into the Pipeline that is released.

    The forest is changed to one thread, which is faster for few images.
    """
    forest.set_params(n_jobs=None)
    return Pipeline([*extractor.steps, *scorer.steps, ("forest", forest)])
