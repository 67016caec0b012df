"""Train the digit reader: python train.py --data DIR|openml --output DIR."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline import TrainingConfig, train
from pipeline.data import OPENML
from pipeline.release import check_output, release
from pipeline.run import Metrics
from siffra import SiffraError
from siffra.cluster import cluster
from siffra.escaping import printable
from siffra.hub.client import check_login
from siffra.hub.publish import push_model

CARD = Path(__file__).parent / "model_card.md"
RELEASED_METRICS = Path(__file__).parent / "model" / "metrics.json"
_MIN_PASSED = 10  # seconds of the released run, before anything can be said

console = Console(stderr=True)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description="Compare, search, evaluate and release a digit reader."
    )
    add = parser.add_argument
    files: dict[str, Any] = {"type": Path, "nargs": "+", "action": "extend", "default": []}
    mnist = "folder with MNIST: IDX files, mnist.npz or Kaggle's CSV files; or openml (default)"
    add("--data", default=OPENML, metavar="DIR|openml", help=mnist)
    output = "model folder to write; an older model there is replaced at the very end"
    add("--output", type=Path, required=True, metavar="DIR", help=output)
    strokes = "digits as pen trajectories (UNIPEN format, such as UCI's pendigits-orig.tra)"
    add("--strokes", **files, metavar="FILE", help=strokes)
    others = "letters and symbols in the same format, to measure how many are rejected"
    add("--others", **files, metavar="FILE", help=others)
    images = "digits of your own: folders 0 to 9, or a CSV file with the columns path and label"
    add("--images", type=Path, metavar="DIR|CSV", help=images)
    corrections = "drawings that visitors labeled, as the app stores them, to train on"
    add("--corrections", type=Path, metavar="DIR", help=corrections)
    push = "publish the finished model there, as make publish does"
    add("--push-to-hub", metavar="USER/REPO", help=push)
    fast = "use a tenth of the data and a grid of two points: a trial, not a release"
    add("--fast", action="store_true", help=fast)
    skip = "leave out baselines, ablation and robustness"
    add("--skip-comparison", action="store_true", help=skip)
    add("--skip-search", action="store_true", help="use forest parameters of an earlier search")
    hold_out = "save the model that was evaluated, which was not trained on the test data"
    add("--hold-out-test", action="store_true", help=hold_out)
    scheduler = "run on a dask cluster, such as tcp://10.0.0.1:8786; or local, for this machine"
    add("--scheduler", metavar="ADDRESS", help=scheduler)
    add("--seed", type=int, default=0, metavar="N", help="default: 0")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        check_output(arguments.output)
        if arguments.push_to_hub:
            check_login(arguments.push_to_hub)
        with cluster(arguments.scheduler) as dashboard:
            if dashboard:
                say(f"Dashboard: {dashboard}")
            run(arguments)
    except SiffraError as error:
        say(f"Error: {error}", style="red")
        return 1
    except KeyboardInterrupt:
        say(f"Interrupted: {arguments.output} was not changed.")
        return 130
    return 0


def run(arguments: argparse.Namespace) -> None:
    """Train, report, save and publish."""
    config = TrainingConfig(**{f.name: getattr(arguments, f.name) for f in fields(TrainingConfig)})
    result = train(config, Estimate(RELEASED_METRICS).show)
    report(result.metrics)
    with show_step("Release"):
        release(result, CARD, arguments.output)
    if arguments.push_to_hub:
        with show_step("Publish"):
            publish(arguments.output, arguments.push_to_hub)


def report(metrics: Metrics) -> None:
    """Print the accuracy on the test digits of each source."""
    evaluations = {"MNIST": metrics.test} | (metrics.strokes.sources if metrics.strokes else {})
    evaluations |= {"own images": metrics.images} if metrics.images else {}
    for source, one in evaluations.items():
        low, high = one.accuracy_interval
        writers = f", {one.n_writers} unseen writers" if one.n_writers else ""
        say(
            f"{source}: {one.accuracy:.2%} of {one.n_digits:,} test digits{writers} "
            f"(95 % interval {low:.2%} to {high:.2%}); {one.rejection_rate:.2%} rejected"
        )


def publish(folder: Path, repo_id: str) -> None:
    """Upload the finished model; if that fails, say how to try again."""
    try:
        commit = push_model(folder, repo_id)
    except SiffraError:
        say(
            f"The model is in {folder}. To try again: .venv/bin/python -m siffra publish "
            f"{folder} {repo_id}"
        )
        raise
    say(f"Published: {commit.commit_url}")


@contextmanager
def show_step(title: str) -> Iterator[None]:
    """Show a step with a spinner and its elapsed time."""
    columns = SpinnerColumn(finished_text="✓"), TextColumn("{task.description}")
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(title, total=1)
        yield
        progress.advance(task)


class Estimate:
    """Show each step, and how long the rest takes if it takes its share of the released run."""

    def __init__(self, metrics: Path) -> None:
        self._expected: dict[str, float] = {}
        with suppress(OSError, ValueError, KeyError):
            self._expected |= json.loads(metrics.read_text(encoding="utf-8"))["cost"]["seconds"]
        self._spent = self._passed = 0.0  # seconds of this run, and of the same steps of that one

    @contextmanager
    def show(self, title: str) -> Iterator[None]:
        """Show a step and the estimate of all that are left, once there is one."""
        start, name = time.perf_counter(), title.partition(":")[0]
        left = sum(self._expected.values())
        if left and self._passed > _MIN_PASSED:
            title = f"{title} (about {left * self._spent / self._passed / 60:.0f} min left)"
        with show_step(title):
            yield
        self._passed += self._expected.pop(name, 0.0)
        self._spent += time.perf_counter() - start


def say(text: str, style: str | None = None) -> None:
    """Print a line that may contain paths and addresses, without wrapping it."""
    console.print(printable(text), style=style, markup=False, soft_wrap=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up, as after Ctrl+C
    sys.exit(main())
