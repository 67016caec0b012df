"""Mutated model folders."""

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import tempfile
import time
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from mutations import mutate

from siffra import DigitReader, InvalidImageError, ModelError
from siffra.model_folder.config import CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE
from siffra.model_folder.reports import read_test_reports
from siffra.numbers.kinds import SIGNS, UNREAD

from ..measuring import Table

N_FOLDERS = 2000  # of each model file
MAX_SECONDS = 2.0  # of CPU time
MAX_WAIT = 30.0  # seconds, on a machine that is busy
MAX_MEMORY = 300 * 10**6  # bytes
SOURCE = Path("model")
CHARACTERS = {*"0123456789 \n", *SIGNS, UNREAD}


def probes() -> list[np.ndarray]:
    """Return a digit, a number, a line, noise, and one bright pixel."""
    seven = np.full((60, 40), 255, dtype=np.uint8)
    seven[10:15, 8:32] = seven[15:50, 24:29] = 0
    line = np.zeros((3, 200), dtype=np.uint8)
    line[1] = 255
    noise = np.random.default_rng(0).integers(0, 255, (90, 90), dtype=np.uint8)
    point = np.zeros((50, 50), dtype=np.uint8)
    point[20, 20] = 255
    return [seven, np.hstack([seven, seven]), line, noise, point]


def attempt(folder: Path) -> str:
    """Load a folder and read some images; return "refused" or "accepted", or raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with contextlib.suppress(ModelError):
            read_test_reports(folder)
        try:
            reader = DigitReader.from_pretrained(folder)
        except ModelError as error:
            if not str(error).isprintable() or len(str(error)) > 1000:
                raise AssertionError(
                    f"a message that is not one plain line: {error!r:.200}"
                ) from error
            return "refused"
    for probe in probes():
        try:
            check_answers(reader, probe)
        except InvalidImageError:
            continue  # a blank image, for these parameters of the preprocessing
    return "accepted"


def check_answers(reader: DigitReader, probe: np.ndarray) -> None:
    """Check what a reader says of an image."""
    probabilities, prediction = reader.pipeline.predict_proba([probe]), reader.read(probe)
    sane = probabilities.shape == (1, 10) and (probabilities >= 0).all()
    if not sane or abs(probabilities.sum() - 1) > 1e-6 or prediction.guess not in range(10):
        raise AssertionError(f"probabilities {probabilities}")
    if reader.judge is not None:
        number = reader.read_number(probe)
        if not 0 <= number.confidence <= 1 or not set(number.guess) <= CHARACTERS:
            raise AssertionError(f"number {number!r:.200}")


def try_apart(folder: Path) -> tuple[str, float, int]:
    """Do so in a process of its own; return the outcome, seconds, and bytes of added memory."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        try:
            outcome = attempt(folder)
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"[:500]
        seconds = time.process_time() - start
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        os.write(writing, json.dumps([outcome, seconds, grown]).encode())
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], MAX_WAIT)
    if not ready:
        os.kill(child, signal.SIGKILL)
    answer = os.read(reading, 10_000)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if not answer:
        return f"died or hung ({status})", MAX_WAIT, 0
    return tuple(json.loads(answer))


def fuzz(
    model: str, n_folders: int, failures: Path, source: Path = SOURCE
) -> tuple[Counter, list[float], list[int]]:
    """Try copies of a folder in which a model file is mutated; keep those that fail."""
    cv2.setNumThreads(1)  # its threads do not survive a fork
    names = (MODEL_FILE, NUMBERS_FILE, CONFIG_FILE, METRICS_FILE)
    files = {name: (source / name).read_bytes() for name in names}
    outcomes: Counter[str] = Counter()
    times, sizes = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for seed in range(n_folders):
            for name, content in mutate(files, np.random.default_rng(seed), model).items():
                (folder / name).write_bytes(content)
            outcome, seconds, grown = try_apart(folder)
            if seconds > MAX_SECONDS or grown > MAX_MEMORY:
                outcome = f"{outcome} after {seconds:.1f} s and {grown / 1e6:.0f} MB"
            if outcome not in ("refused", "accepted"):
                shutil.copytree(folder, failures / f"{model}-{seed}", dirs_exist_ok=True)
                print(f"{model} {seed}: {outcome}", flush=True)
            outcomes[outcome] += 1
            times.append(seconds)
            sizes.append(grown)
    return outcomes, times, sizes


def tables(n_folders: int = N_FOLDERS) -> list[Table]:
    """Mutate the two files of the released model."""
    failures = Path(tempfile.mkdtemp(prefix="siffra-models-"))
    names = (MODEL_FILE, NUMBERS_FILE)
    attack = partial(fuzz, n_folders=n_folders, failures=failures)
    with ProcessPoolExecutor(len(names), get_context("spawn")) as pool:
        results = dict(zip(names, pool.map(attack, names), strict=True))
    meanings = {
        "refused": "`ModelError` at load, one plain sentence or two",
        "accepted": "loaded; probabilities that add up to 1, and a number, for every probe",
    }
    outcomes = {name: counts for name, (counts, _, _) in results.items()}
    found = dict.fromkeys(
        [*meanings, *(outcome for counts in outcomes.values() for outcome in counts)]
    )
    rows = [
        (meanings.get(outcome, outcome), *(f"{counts[outcome]:,}" for counts in outcomes.values()))
        for outcome in found
    ]
    seconds = max(max(times) for _, times, _ in results.values())
    memory = max(max(sizes) for _, _, sizes in results.values()) / 1e6
    return [
        Table(
            "Models",
            f"{n_folders:,} copies of the released folder for each model file, with one to three "
            "random changes each (tests/mutations.py): bytes of the file, sizes that lie, nodes of "
            "its schema, values and headers of its arrays, order and depth of its trees, JSON; the "
            "checksum is corrected in nine of ten. Each is loaded, and reads five images, in a "
            f"process of its own. The slowest took {seconds:.1f} s (limit {MAX_SECONDS:.0f} s), "
            f"the largest {memory:.0f} MB (limit {MAX_MEMORY / 1e6:.0f} MB)."
            + ("" if found.keys() <= meanings.keys() else f" Failures are in {failures}."),
            ("outcome", *outcomes),
            rows,
        )
    ]
