"""What each step is worth: the same small training run without it."""

from typing import Any, Final

from sklearn.pipeline import Pipeline

from ..classifier import FOREST_PARAMS, make_extractor
from .data import Mnist
from .fitting import Fit, fit_scorer, judge
from .pool import Kind, Part, Pool, build_pool
from .progress import step
from .strokes import Trajectory

# Every third training image and no distorted copies: the differences stay, the hours do not.
THIRD: Final = 3

EVERYTHING: Final = "everything"
VARIANTS: Final[dict[str, dict[str, float]]] = {
    EVERYTHING: {},
    "stroke width left as it is": {"preprocessing__evening": 0},
    "stroke width evened out fully": {"preprocessing__evening": 1},
    "slant left as it is": {"preprocessing__deslanting": 0},
    "narrow digits stay narrow": {"preprocessing__widening": 0},
    "8 gradient directions": {"gradients__n_directions": 8},
}


def ablate(mnist: Mnist, drawings: list[Trajectory], seed: int) -> list[dict[str, Any]]:
    """Train without one step at a time and score the validation rows.

    Parameters
    ----------
    mnist : Mnist
    drawings : list of Trajectory
    seed : int

    Returns
    -------
    list of dict
        `variant`, `mnist` and `drawings`: validation accuracies; the latter None without
        drawings.
    """
    small = Mnist(mnist.train[::THIRD], mnist.validation, mnist.test[:0], mnist.checksums)
    results = []

    def note(variant: str, pool: Pool, fit: Fit) -> None:
        forest = fit.forest(seed, FOREST_PARAMS)
        accuracies = {}
        for name, kind in (("mnist", Kind.MNIST), ("drawings", Kind.DRAWING)):
            report = judge(fit.scorer, forest, pool.originals(Part.VALIDATION, kind))
            accuracies[name] = report and report["accuracy"]
        results.append({"variant": variant, **accuracies})

    for variant, params in VARIANTS.items():
        with step(f"Ablation: {variant}"):
            extractor = make_extractor().set_params(**params)
            pool = build_pool(extractor, small, drawings, seed, copies=False)
            train = pool.up_to(Part.TRAIN)
            note(variant, pool, fit_scorer(train, seed))
        if variant == EVERYTHING:
            with step("Ablation: without scores, without drawings"):
                note("forest on the histograms, no scores", pool, unscored(train))
                if drawings:
                    mnist_only = train[train.kinds == Kind.MNIST]
                    note("no drawings to learn from", pool, fit_scorer(mnist_only, seed))
    with step("Ablation: forest on pixels"):
        pool = build_pool(make_extractor()[:1], small, drawings, seed, copies=False)
        train = pool.up_to(Part.TRAIN)
        note("forest on the 784 pixels", pool, unscored(train))
    return results


def unscored(train: Pool) -> Fit:
    """Give a forest the features themselves instead of scores."""
    return Fit(Pipeline([("scores", "passthrough")]), train.features, train.labels)
