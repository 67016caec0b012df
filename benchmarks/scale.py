"""Search and batch prediction with one and two workers: python -m benchmarks.scale --data DIR."""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import psutil

from pipeline.data import load_mnist
from pipeline.feature_set import Source, Split, build_feature_set
from pipeline.model import build_extractor
from pipeline.scorer import fit_scorer
from pipeline.search import PARAM_GRID, search
from pipeline.strokes import read_unipen
from siffra import load_model
from siffra.cluster import cluster

from .__main__ import describe_machine
from .inference import as_scikit_learn
from .measuring import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from processes import workers

Measured: TypeAlias = dict[str, Any]

PAGE, RESULTS = Path("docs/scale.md"), Path("docs/scale.json")
ROUNDS = 3
REFERENCE, NO_CLUSTER = "preprocessing and scikit-learn's predict, one process", "no cluster"
HOW = {NO_CLUSTER: 0, "1 worker": 1, "2 workers": 2}
KILLED = "2 workers, one killed halfway"
CORES, IMAGES, POINTS = 64, 100_000_000, 1000


def measure_search(data: str, strokes: Path | None) -> Measured:
    """Search the whole grid in every way."""
    drawn = {Source.of_file(strokes): read_unipen(strokes)} if strokes else {}
    rows = build_feature_set(build_extractor(), load_mnist(data), drawn, seed=0)
    fitted, validation = fit_scorer(rows.up_to(Split.TRAIN), 0), rows.select(Split.VALIDATION)

    def find(address: str | None) -> tuple[float, object]:
        with cluster(address):
            start = time.perf_counter()
            found = search(fitted, validation, PARAM_GRID, 0)
            seconds = time.perf_counter() - start
        results = [(point.params, point.validation_accuracy) for point in found.results]
        return seconds, (results, found.best_params)

    seconds, results = {}, {}
    for name, n in (HOW | {KILLED: 2}).items():
        with workers(n) if n else nullcontext((None, [])) as (address, processes):
            if name == KILLED:
                threading.Timer(seconds["2 workers"] / 2, processes[0].kill).start()
            seconds[name], results[name] = find(address)
    return {
        "points": int(np.prod([len(values) for values in PARAM_GRID.values()])),
        "rows": len(fitted.labels),
        "validation_rows": len(validation),
        "seconds": seconds,
        "same": {name: found == results[NO_CLUSTER] for name, found in results.items()},
    }


def measure_batch(data: str, strokes: Path | None) -> Measured:
    """Read all of MNIST in every way, turn by turn."""
    mnist, model = load_mnist(data), load_model("model")
    images = np.concatenate([part.images for part in (mnist.train, mnist.validation, mnist.test)])
    forest = as_scikit_learn(model[-1])
    seconds: dict[str, list[float]] = {name: [] for name in (REFERENCE, *HOW)}
    memory = dict.fromkeys(HOW, 0)
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "mnist.npz", Path(folder) / "table.csv"
        np.savez(source, images=images)
        for _ in range(ROUNDS):
            seconds[REFERENCE].append(reference(model, forest, images))
            for how, n in HOW.items():
                with workers(n) if n else nullcontext((None, [])) as (address, processes):
                    options = ["--scheduler", address] if address else []
                    command = ["predict", str(source), "--output", str(output), *options]
                    took, peak = watch(command, [process.pid for process in processes])
                seconds[how].append(took)
                memory[how] = max(memory[how], peak)
                size = output.stat().st_size
                output.unlink()
    return {
        "images": len(images),
        "seconds": {name: float(np.median(times)) for name, times in seconds.items()},
        "ratio": {
            name: float(np.median(np.divide(times, seconds[REFERENCE])))
            for name, times in seconds.items()
        },
        "peak_memory": memory,
        "csv_bytes": size,
    }


def reference(model: Any, forest: Any, images: Any) -> float:
    """Return the seconds of preprocessing and of scikit-learn's predict on ready features."""
    start = time.perf_counter()
    pixels = model[0].transform(images)
    middle = time.perf_counter()
    ready = model[1:-1].transform(pixels)
    again = time.perf_counter()
    forest.predict(ready)
    return middle - start + time.perf_counter() - again


def watch(command: list[str], others: list[int]) -> tuple[float, int]:
    """Run the library's command line; return its seconds and the most memory in use."""
    start, peak = time.perf_counter(), 0
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-m", "siffra", *command], **quiet) as process:
        while process.poll() is None:
            peak = max(peak, sum(memory(pid) for pid in (process.pid, *others)))
            time.sleep(0.1)
    if process.returncode:
        raise RuntimeError(f"{command} ended with code {process.returncode}")
    return time.perf_counter() - start, peak


def memory(pid: int) -> int:
    """Return the resident memory of a process and its children; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)
    except psutil.Error:
        return 0


def search_table(found: Measured) -> Table:
    """Show what the search took."""
    return Table(
        "Grid search",
        f"{found['points']} points, each a forest on {found['rows']:,} rows, tried on "
        f"{found['validation_rows']:,}. Scheduler and workers are processes of their own on "
        "loopback, with one thread each. The same: every point's accuracy to the last digit, and "
        f"the choice, as with {NO_CLUSTER}. {found['measured']}",
        ("", "took", "result"),
        [
            (name, f"{seconds:.0f} s", "the same" if found["same"][name] else "ANOTHER")
            for name, seconds in found["seconds"].items()
        ],
    )


def batch_table(found: Measured) -> Table:
    """Show what batch prediction took."""
    return Table(
        "Batch prediction",
        f"`python -m siffra predict` of {found['images']:,} images from an .npz file into CSV, "
        f"from the command to its end, the median of {ROUNDS} rounds. The reference: our "
        "preprocessing, and scikit-learn's own predict on ready features; making those features "
        "is not in it, but is in all others. Memory: all processes but the scheduler, the most at "
        f"any moment. {found['measured']}",
        ("", "took", "ratio", "memory"),
        [
            (
                name,
                f"{seconds:.1f} s",
                f"{found['ratio'][name]:.2f}",
                f"{found['peak_memory'][name] / 2**20:.0f} MB" if name in HOW else "",
            )
            for name, seconds in found["seconds"].items()
        ],
    )


def estimates(search: Measured, batch: Measured) -> Table:
    """Estimate what larger tasks would take."""
    rate = batch["images"] / batch["seconds"]["1 worker"]
    point = search["seconds"]["1 worker"] / search["points"]
    images, points = IMAGES / rate / 3600, POINTS * point / 3600
    size = IMAGES * batch["csv_bytes"] / batch["images"] / 2**30
    gains = [
        found["seconds"]["1 worker"] / found["seconds"]["2 workers"] for found in (search, batch)
    ]
    return Table(
        "Estimates for larger tasks",
        f"Nothing in this table was measured. It assumes what one worker did above, its start "
        f"included ({rate:,.0f} images a second, {point:.1f} seconds a point), and that {CORES} "
        f"cores are {CORES} times as fast. They are not if the disk is slower than "
        f"{CORES * rate:,.0f} images a second, or if the one process that writes the table or "
        "schedules the tasks is: on this machine, where it shares two cores with the workers, two "
        f"workers were {gains[0]:.2f} times as fast as one in the search and {gains[1]:.2f} times "
        "in the batch. While a batch runs, its database takes about as much space as the table.",
        ("", "1 core", f"{CORES} cores, at best", "output"),
        [
            (
                f"{IMAGES:,} images",
                f"{images:.1f} h",
                f"{60 * images / CORES:.0f} min",
                f"{size:.1f} GB of CSV",
            ),
            (f"{POINTS:,} points", f"{points:.1f} h", f"{60 * points / CORES:.0f} min", ""),
        ],
    )


def render(search: Measured, batch: Measured) -> str:
    """Return the page."""
    tables = search_table(search), batch_table(batch), estimates(search, batch)
    return "\n".join(["# Scale\n\nWritten by `make scale`.\n", *map(str, tables)])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASURE, []], help="one, or both")
    parser.add_argument("--data", required=True, metavar="DIR|openml", help="MNIST, as for train")
    parser.add_argument("--strokes", type=Path, metavar="FILE", help="as for train.py")
    arguments = parser.parse_args()
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in arguments.names or MEASURE:
        measured = MEASURE[name](arguments.data, arguments.strokes)
        found[name] = measured | {"measured": describe_machine()}
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    page = render(found["search"], found["batch"])
    print(page)
    PAGE.write_text(page, encoding="utf-8")


MEASURE = {"search": measure_search, "batch": measure_batch}

if __name__ == "__main__":
    main()
