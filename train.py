"""Train the digit reader: python train.py --data DIR|openml --output DIR."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import SiffraError
from pipeline.artifact import installed_versions
from pipeline.classifier import FOREST_PARAMS, assemble, make_forest
from pipeline.preprocessing import MnistPreprocessor
from pipeline.training.comparison import compare
from pipeline.training.data import OPENML, load_mnist
from pipeline.training.evaluation import evaluate
from pipeline.training.progress import console, step
from pipeline.training.release import check_output, release
from pipeline.training.search import FAST_GRID, PARAM_GRID, search

CARD = Path(__file__).parent / "model_card.md"


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Compare, search, evaluate and release a digit reader."
    )
    parser.add_argument(
        "--data",
        default=OPENML,
        metavar="DIR|openml",
        help="folder with MNIST's four IDX files, gzipped or not, or openml (the default)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="model folder to write; an older model there is replaced at the very end",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="a tenth of the images and a grid of two points: a trial, not a release",
    )
    parser.add_argument(
        "--skip-comparison", action="store_true", help="leave out the four plain models"
    )
    parser.add_argument(
        "--skip-search", action="store_true", help="use the parameters of an earlier search"
    )
    parser.add_argument(
        "--hold-out-test",
        action="store_true",
        help="save the model that was evaluated, which has never seen the test set",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = parse_arguments(argv)
    try:
        run(arguments)
    except SiffraError as error:
        console.print("Error:", str(error), style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print(f"Interrupted: {arguments.output} is as it was.")
        return 130
    return 0


def run(arguments: argparse.Namespace) -> None:
    """Take the data all the way to a model folder."""
    seed = arguments.seed
    check_output(arguments.output)
    with step("Data"):
        mnist = load_mnist(arguments.data)
    if arguments.fast:
        mnist = mnist.tenth()
    comparison = [] if arguments.skip_comparison else compare(mnist.train, mnist.validation, seed)

    preprocessor = MnistPreprocessor()
    with step("Preprocessing"):
        development = mnist.train + mnist.validation
        features = preprocessor.fit_transform(development.images)
        test_features = preprocessor.transform(mnist.test.images)

    found: dict[str, Any] | None = None
    if not arguments.skip_search:
        grid = FAST_GRID if arguments.fast else PARAM_GRID
        found = search(features, development.labels, len(mnist.train), grid, seed)
    forest = make_forest(seed, **(found["best_params"] if found else FOREST_PARAMS))

    with step("Evaluation"):
        forest.fit(features, development.labels)
        probabilities = forest.predict_proba(test_features)
        test = evaluate(mnist.test.labels, probabilities, forest.classes_)
    console.print(f"Test accuracy {test['accuracy']:.2%}")

    if not arguments.hold_out_test:
        with step("Final fit"):
            everything = np.concatenate([features, test_features])
            forest.fit(everything, (development + mnist.test).labels)

    metrics = {
        "data": mnist.describe(),
        "comparison": comparison,
        "search": found,
        "test": test,
        "strokes": None,
        "run": {"seed": seed, "fast": arguments.fast, "hold_out_test": arguments.hold_out_test},
        "versions": installed_versions(),
    }
    with step("Release"):
        release(assemble(preprocessor, forest), metrics, CARD, arguments.output)


if __name__ == "__main__":
    sys.exit(main())
