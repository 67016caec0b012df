"""Search and batch prediction with one and two workers: python -m benchmarks.scale --data DIR."""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import psutil
from sklearn.ensemble import RandomForestClassifier

from pipeline import load_model
from pipeline.classifier import make_extractor
from pipeline.cluster import cluster
from pipeline.training.data import load_mnist
from pipeline.training.fitting import fit_scorer
from pipeline.training.pool import Part, build_pool
from pipeline.training.search import PARAM_GRID, search
from pipeline.training.strokes import read_unipen

from .__main__ import describe_machine
from .inference import as_class
from .measuring import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from processes import workers

HOW = {"joblib's processes, no cluster": 0, "1 worker": 1, "2 workers": 2}
KILLED = "2 workers, one killed halfway"
CORES, IMAGES, POINTS = 64, 100_000_000, 1000


def searches(data: str, strokes: Path | None) -> tuple[Table, float]:
    """Search the whole grid in every way; also return the seconds of a point on one worker."""
    mnist, drawings = load_mnist(data), read_unipen(strokes) if strokes else []
    pool = build_pool(make_extractor(), mnist, drawings, seed=0)
    fit, validation = fit_scorer(pool.up_to(Part.TRAIN), 0), pool.originals(Part.VALIDATION)

    def find(address: str | None) -> tuple[float, object]:
        with cluster(address):
            start = time.perf_counter()
            found = search(fit, validation, PARAM_GRID, 0)
            seconds = time.perf_counter() - start
        results = [(point["params"], point["validation_accuracy"]) for point in found["results"]]
        return seconds, (results, found["best_params"])

    times, expected, rows = {}, None, []
    for name, n in (HOW | {KILLED: 2}).items():
        with workers(n) if n else nullcontext((None, [])) as (address, processes):
            if name == KILLED:
                threading.Timer(times["2 workers"] / 2, processes[0].kill).start()
            times[name], found = find(address)
        expected = expected or found
        rows.append((name, f"{times[name]:.0f} s", "the same" if found == expected else "ANOTHER"))
    n_points = int(np.prod([len(values) for values in PARAM_GRID.values()]))
    text = (
        f"{n_points} points, each a forest on {len(fit.labels):,} rows, tried on "
        f"{len(validation):,}: scheduler and workers are processes of their own on loopback, with "
        "one thread each. The same: every point's accuracy to the last digit, and the choice."
    )
    return Table("Grid search", text, ("", "took", "result"), rows), times["1 worker"] / n_points


def batches(data: str) -> tuple[Table, float, float]:
    """Read all of MNIST in every way; also return a worker's rate, and the bytes of a row."""
    mnist, model = load_mnist(data), load_model("model")
    images = np.concatenate([part.images for part in (mnist.train, mnist.validation, mnist.test)])
    forest = as_class(model[-1], RandomForestClassifier)
    rows, seconds = [], {}
    with tempfile.TemporaryDirectory() as name:
        source, output = Path(name) / "mnist.npz", Path(name) / "table.csv"
        np.savez(source, images=images)

        def reference() -> None:
            start = time.perf_counter()
            pixels = model[0].transform(images)
            pause = time.perf_counter()
            ready = model[1:-1].transform(pixels)
            pause -= time.perf_counter()
            forest.predict(ready)
            seconds["reference"] = time.perf_counter() - start + pause

        reference()
        text = f"{seconds['reference']:.1f} s"
        rows.append(("preprocessing and scikit-learn's predict, one process", text, "1.00", ""))
        for how, n in HOW.items():
            with workers(n) if n else nullcontext((None, [])) as (address, processes):
                options = ["--scheduler", address] if address else []
                command = ["predict", str(source), "--output", str(output), *options]
                took, peak = watch(command, [process.pid for process in processes])
            size = output.stat().st_size / len(images)
            output.unlink()
            seconds[how] = took
            ratio = f"{took / seconds['reference']:.2f}"
            rows.append((how, f"{took:.1f} s", ratio, f"{peak / 2**20:.0f} MB"))
    table = Table(
        "Batch prediction",
        f"`python -m pipeline predict` of {len(images):,} images from an .npz file into CSV, from "
        "the command to its end. The reference: "
        "preprocessing, and scikit-learn's own predict on ready features (making those features "
        "is not in it, but is in all others). Memory: all processes, the most at any moment.",
        ("", "took", "ratio", "memory"),
        rows,
    )
    return table, len(images) / seconds["1 worker"], size


def watch(command: list[str], others: list[int]) -> tuple[float, int]:
    """Run the library's command line; return its seconds and the most memory in use."""
    start, peak = time.perf_counter(), 0
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-m", "pipeline", *command], **quiet) as process:
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


def estimates(point: float, rate: float, size: float) -> Table:
    """Work out what larger tasks would take."""
    images, points = IMAGES / rate / 3600, POINTS * point / 3600
    return Table(
        "What larger tasks would take",
        f"Worked out from one worker's share above: {rate:,.0f} images a second, {point:.1f} "
        f"seconds a point. The columns divide by the cores, which holds while the disks deliver "
        f"{CORES * rate:,.0f} images a second and a point has no less than its own core; the rows "
        "above show how far two of them are from half the time.",
        ("", "1 core", f"{CORES} cores", "output"),
        [
            (
                f"{IMAGES:,} images",
                f"{images:.1f} h",
                f"{60 * images / CORES:.0f} min",
                f"{IMAGES * size / 2**30:.1f} GB of CSV",
            ),
            (f"{POINTS:,} points", f"{points:.1f} h", f"{60 * points / CORES:.0f} min", ""),
        ],
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--data", required=True, metavar="DIR|openml", help="MNIST, as for train")
    parser.add_argument("--strokes", type=Path, metavar="FILE", help="as for train.py")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a Markdown file")
    arguments = parser.parse_args()
    text = f"# Scale\n\nWritten by `make scale`. {describe_machine()}\n"
    batch, rate, size = batches(arguments.data)
    print(batch, flush=True)
    grid, point = searches(arguments.data, arguments.strokes)
    print(grid, flush=True)
    text += "".join(f"\n{table}" for table in (grid, batch, estimates(point, rate, size)))
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
