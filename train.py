"""Train the digit reader: python train.py --data DIR|openml --output DIR."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Any

from pipeline import SiffraError
from pipeline.artifact import installed_versions
from pipeline.classifier import FOREST_PARAMS, assemble, make_extractor
from pipeline.cluster import cluster
from pipeline.corrections import read_corrections
from pipeline.publish import check_login, push_model
from pipeline.training.ablation import ablate
from pipeline.training.comparison import compare
from pipeline.training.data import OPENML, load_mnist
from pipeline.training.fitting import fit_scorer, judge
from pipeline.training.limits import find_limits, try_limits
from pipeline.training.pool import Kind, Part, build_pool
from pipeline.training.progress import Steps, console
from pipeline.training.release import check_output, release
from pipeline.training.search import FAST_GRID, PARAM_GRID, search
from pipeline.training.strokes import describe, read_unipen

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
        "--strokes",
        type=Path,
        metavar="FILE",
        help="digits as pen trajectories (UNIPEN, such as UCI's pendigits-orig.tra), to learn "
        "from besides MNIST",
    )
    parser.add_argument(
        "--corrections",
        type=Path,
        metavar="DIR",
        help="what visitors drew and what it was, as the app stores it, to learn from",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="a tenth of the images and a grid of two points: a trial, not a release",
    )
    parser.add_argument(
        "--skip-comparison",
        action="store_true",
        help="leave out the four plain models and the ablation",
    )
    parser.add_argument(
        "--skip-search", action="store_true", help="use the parameters of an earlier search"
    )
    parser.add_argument(
        "--hold-out-test",
        action="store_true",
        help="save the model that was evaluated, which has never seen the test set",
    )
    parser.add_argument(
        "--push-to-hub",
        metavar="USER/REPO",
        help="publish the finished model folder there, as make publish does",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run comparison, search and forests on a dask cluster, such as "
        "tcp://10.0.0.1:8786, or local for one on this machine",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = parse_arguments(argv)
    try:
        check_output(arguments.output)
        with cluster(arguments.scheduler) as dashboard:
            if dashboard:
                console.print(f"Dashboard: {dashboard}", markup=False, soft_wrap=True)
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
    seed, steps = arguments.seed, Steps()
    if arguments.push_to_hub:
        check_login(arguments.push_to_hub)
    with steps.shown("Data"):
        mnist = load_mnist(arguments.data)
        drawings = read_unipen(arguments.strokes) if arguments.strokes else []
        corrections = read_corrections(arguments.corrections) if arguments.corrections else []
    if arguments.fast:
        mnist, drawings = mnist.tenth(), drawings[::10]
    comparison, ablation = [], []
    if not arguments.skip_comparison:
        with steps.timed("Comparison"):
            comparison = compare(mnist.train, mnist.validation, seed)
        with steps.timed("Ablation"):
            ablation = ablate(mnist, drawings, seed)
    extractor = make_extractor()
    with steps.shown("Features"):
        pool = build_pool(extractor, mnist, drawings, seed, corrections=corrections)

    with steps.shown("Validation fit"):
        fit = fit_scorer(pool.up_to(Part.TRAIN), seed)
    found: dict[str, Any] | None = None
    if not arguments.skip_search:
        grid = FAST_GRID if arguments.fast else PARAM_GRID
        with steps.timed("Search"):
            found = search(fit, pool.originals(Part.VALIDATION), grid, seed)
    params = found["best_params"] if found else FOREST_PARAMS
    with steps.shown("Limits of doubt"):
        limits = find_limits(fit, fit.forest(seed, params), pool)

    with steps.shown("Evaluation"):
        fit = fit_scorer(pool.up_to(Part.VALIDATION), seed)
        forest = fit.forest(seed, params)
        test = judge(fit.scorer, forest, pool.originals(Part.TEST, Kind.MNIST))
        strokes = judge(fit.scorer, forest, pool.originals(Part.TEST, Kind.DRAWING))
        doubt = try_limits(limits, extractor, fit.scorer, forest, pool, seed)
    for name, report in (("MNIST's test images", test), ("Drawings of unseen writers", strokes)):
        if report:
            console.print(f"{name}: {report['accuracy']:.2%} right")

    if not arguments.hold_out_test:
        with steps.shown("Final fit"):
            fit = fit_scorer(pool, seed)
            forest = fit.forest(seed, params)

    metrics = {
        "data": mnist.describe()
        | describe(drawings, arguments.strokes)
        | {"corrections": len(corrections)},
        "comparison": comparison,
        "ablation": ablation,
        "search": found,
        "test": test,
        "strokes": strokes,
        "doubt": doubt,
        "run": {"seed": seed, "fast": arguments.fast, "hold_out_test": arguments.hold_out_test},
        "cost": steps.report(),
        "versions": installed_versions(),
    }
    with steps.shown("Release"):
        model = assemble(extractor, fit.scorer, forest)
        release(model, limits, metrics, CARD, arguments.output)
    if arguments.push_to_hub:
        with steps.shown("Publish"):
            publish(arguments.output, arguments.push_to_hub)


def publish(folder: Path, repo_id: str) -> None:
    """Upload the finished model; if that fails, say that it is not lost."""
    try:
        commit = push_model(folder, repo_id)
    except SiffraError:
        console.print(
            f"The model is in {folder}. To try again: .venv/bin/python -m pipeline publish "
            f"{folder} {repo_id}",
            markup=False,
            soft_wrap=True,
        )
        raise
    console.print(f"Published: {commit.commit_url}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to clean up, as after Ctrl+C
    sys.exit(main())
