"""Compare Siffra with other readers on the same pictures: make scoreboard."""

import argparse
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.data import Digits, load_mnist
from pipeline.evaluation import wilson_interval
from pipeline.feature_set import Source, Split, split_writers
from pipeline.numbers_evaluation import GAPS
from pipeline.rows import RowSampler
from pipeline.strokes import Trajectory, read_unipen, render
from siffra import DataError
from siffra.model_folder.config import METRICS_FILE
from siffra.model_folder.files import sha256
from siffra.preprocessing import ImageArray

from . import readers
from .__main__ import describe_machine
from .measuring import Table
from .readers import Answer, Tool

N_MNIST, N_DRAWN, N_ROWS = 1_000, 500, 25  # pictures; of a source of drawings, and gap
NUMBERS = "Numbers"
INTRODUCTION = """
Siffra and what one might use instead, on the same pictures in one run. They are files: dark ink on white, and photographs as
they were taken. No tool was trained on them, except perhaps the small CNN, whose author does not say what it was trained on:
Siffra is here a model of `train.py --hold-out-test`, which has seen neither these images nor these writers. The photographs
were never trained on, but helped to develop the preprocessing. Each tool is used as its documentation shows, with the digits
as its only characters where it reads others too.

- right: the likeliest answer is right, and nothing else is in it. In brackets: 95 % intervals (Wilson), for independent pictures.
- sure and right, sure and wrong: of all pictures. Siffra's thresholds are those of its model; the others have none, and count
  as sure from a confidence of 50 %.
"""  # noqa: E501  # paragraphs


class Pictures(NamedTuple):
    """Pictures of one kind, and what they show."""

    title: str
    about: str
    paths: list[Path]
    texts: list[str]


def draw_pictures(
    folder: Path, test: Digits, strokes: dict[Source, list[Trajectory]], seed: int
) -> Iterator[Pictures]:
    """Write MNIST's test images, digits and numbers of the test writers; dark on white."""
    rng, splits = np.random.default_rng(seed), dict[int, Split]()
    for characters in strokes.values():  # as in training
        splits |= split_writers([one.writer for one in characters], seed, splits)

    def save(title: str, about: str, images: list[ImageArray], texts: list[str]) -> Pictures:
        paths = [folder / f"{title} {k}.png" for k in range(len(images))]
        for path, image in zip(paths, images, strict=True):
            cv2.imwrite(str(path), image)
        return Pictures(title, about, paths, texts)

    chosen = rng.permutation(len(test))[:N_MNIST]
    about = "test images of MNIST, 28 x 28 (LeCun, Cortes, Burges; CC BY-SA 3.0)"
    yield save("MNIST", about, list(255 - test.images[chosen]), [*map(str, test.labels[chosen])])
    for source, characters in strokes.items():
        drawn = [one for one in characters if splits[one.writer] == Split.TEST]
        drawn = [drawn[k] for k in rng.permutation(len(drawn))[:N_DRAWN]]
        about = f"drawn by {len({one.writer for one in drawn})} writers, 400 x 400 (CC BY 4.0)"
        images = [255 - render(one.strokes, rng) for one in drawn]
        yield save(source.title, about, images, [one.label for one in drawn])
    sampler = RowSampler(strokes, splits, Split.TEST, test)
    rows = [
        sampler.draw_strokes(source, int(rng.integers(2, 7)), gap, rng)
        for source, gap, _ in product(sampler.sources, GAPS, range(N_ROWS))
    ]
    about = "two to six digits of one of these writers, apart or touching"
    yield save(NUMBERS, about, [row.image for row in rows], [row.text for row in rows])


def share(found: Sequence[bool]) -> str:
    """Return a share in percent, with its interval."""
    low, high = wilson_interval(mean := float(np.mean(found)), len(found))
    return f"{100 * mean:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def score(answers: Sequence[Answer], texts: Sequence[str]) -> tuple[str, str, str]:
    """Return the shares that are right, sure and right, sure and wrong."""
    pairs = [(one.text == text, one.sure) for one, text in zip(answers, texts, strict=True)]
    kinds = (right for right, _ in pairs), (r and s for r, s in pairs), (s > r for r, s in pairs)
    right, sure, wrong = (share(list(kind)) for kind in kinds)
    return right, sure, wrong


def tables(tools: dict[str, Tool], sets: Sequence[Pictures]) -> Iterator[Table]:
    """Let every tool read every picture."""
    seconds: dict[tuple[str, bool], list[float]] = defaultdict(list)  # of a picture
    for one in sets:
        rows, numbers = [], one.title == NUMBERS
        for name, tool in tools.items():
            if tool.reads_numbers or not numbers:
                before = sum(os.times()[:4])
                answers = tool.read(one.paths, numbers)
                seconds[name, numbers].append((sum(os.times()[:4]) - before) / len(one.paths))
                rows.append((name, *score(answers, one.texts)))
        header = ("", "right", "sure and right", "sure and wrong")
        yield Table(one.title, f"{len(one.paths):,} pictures: {one.about}.", header, rows)
    sizes = [
        (
            name,
            *(f"{1000 * np.mean(s):.0f} ms" if (s := seconds[name, n]) else "-" for n in (0, 1)),
            f"{tool.model_size / 1e6:.1f} MB",
            f"{tool.installed_size / 1e6:,.0f} MB",
        )
        for name, tool in tools.items()
    ]
    about = (
        "Processor time of a picture in one thread, with a share of starting and loading. The size "
        "of the model's file, and of everything that is installed beside Python or Node.js."
    )
    yield Table("Time and size", about, ("", "a digit", "a number", "model", "installed"), sizes)


def check_model(folder: Path, strokes: Sequence[Path]) -> int:
    """Return the seed of a model, unless it may have been trained on the pictures."""
    metrics = json.loads((folder / METRICS_FILE).read_bytes())
    if not metrics["run"]["hold_out_test"]:
        raise DataError(f"{folder} was trained on these pictures. Use train.py --hold-out-test.")
    if [one["sha256"] for one in metrics["data"]["strokes"]] != [sha256(path) for path in strokes]:
        raise DataError(f"{folder} was trained on other stroke files. Give --strokes the same.")
    return int(metrics["run"]["seed"])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = partial(parser.add_argument, type=Path, required=True)
    add("--model", metavar="DIR", help="of train.py --hold-out-test")
    add("--data", type=str, metavar="DIR|openml", help="MNIST")
    add("--strokes", nargs="+", metavar="FILE", help="digits that the model was trained on")
    add("--photos", required=False, metavar="DIR", help="files named DIGIT-NUMBER.jpg")
    add("--write", metavar="FILE", help="a Markdown file")
    arguments = parser.parse_args()
    seed, mnist = check_model(arguments.model, arguments.strokes), load_mnist(arguments.data)
    strokes = {Source.of_file(path): read_unipen(path) for path in arguments.strokes}
    tools = {
        "Siffra": readers.siffra(arguments.model),
        "Tesseract": readers.tesseract(),
        "tesseract.js": readers.tesseract_js(),
        "random forest": readers.forest(mnist.train),
        "small CNN": readers.small_cnn(),
    }
    text = f"# Scoreboard\n\n`make scoreboard`. {describe_machine()}\n{INTRODUCTION}"
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        sets = list(draw_pictures(Path(folder), mnist.test, strokes, seed))
        if arguments.photos:
            photos = sorted(arguments.photos.resolve().glob("[0-9]-*.jpg"))
            about = "cells of grade sheets (itsHamdySalem/grades-auto-filler, MIT)"
            sets.insert(-1, Pictures("Photos", about, photos, [path.name[0] for path in photos]))
        for table in tables(tools, sets):
            print(table, flush=True)
            text += f"\n{table}"
    arguments.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
