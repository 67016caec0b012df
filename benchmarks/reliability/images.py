"""The worst images known: what they cost, and what other visitors wait for meanwhile."""

import inspect
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import product

import cv2
import numpy as np
from crowd import N_ATTACKS, WAYS, measure_waits
from hostile import KINDS, WORST
from numpy.typing import NDArray

from siffra import BlankImageError, DigitReader
from siffra.numbers.strokes import MAX_STROKES

from ..measuring import Table
from ..servers import APP, serve, wait

MAX_SECONDS = 1.0
TRIES = 5  # programs on the same cores lengthen processor time
SIDES = (50, 200, 400, 800, 1600, 4000, 8000)  # of squares
# Height and width of others.
STRIPS = [(25, 340), (60, 1600), (260, 730), (400, 150), (500, 2000), (1600, 300)]
FACTORS = (0.35, 1.0, 3.0)  # of a kind's pitch, cell or size


def scribble(height: int, width: int) -> list[NDArray[np.float64]]:
    """Return as many short strokes as are accepted, all over an image."""
    rng = np.random.default_rng(0)
    starts = rng.uniform((0, 0), (width, height), (MAX_STROKES, 2))
    return [np.array([start, start + rng.uniform(-20, 20, 2)]) for start in starts]


def variants(kind: str) -> Iterator[tuple[str, NDArray[np.uint8], list | None]]:
    """Yield images of a kind, at every size, fine, as usual and coarse; the worst with strokes."""
    function = KINDS[kind]
    name, parameter = list(inspect.signature(function).parameters.items())[2]
    shapes = [(side, side) for side in SIDES] + STRIPS
    for (height, width), factor in product(shapes, FACTORS):
        if max(height, width) <= 1600 or factor == 1:
            value = max(round(factor * parameter.default), 3)
            title = f"{height} x {width}, {name} {value}"
            yield title, function(height, width, **{name: value}), None
    for height, width, *values in WORST[kind]:
        title = f"{height} x {width}, {name} {', '.join(map(str, values))}"
        image = function(height, width, *values)
        yield title, image, None
        yield f"{title}, with strokes", image, scribble(height, width)


def cost(reader: DigitReader, image: NDArray[np.uint8], strokes: list | None = None) -> float:
    """Return the processor time of reading an image as a number: the least, if it is too long."""
    seconds = list[float]()
    while not seconds or (min(seconds) > MAX_SECONDS and len(seconds) < TRIES):
        start = time.process_time()
        with suppress(BlankImageError):
            reader.read_number(image, strokes)
        seconds.append(time.process_time() - start)
    return min(seconds)


def one_image() -> Table:
    """Read images of every kind, and name the slowest of each."""
    cv2.setNumThreads(1)
    reader, rows, total = DigitReader.from_pretrained("model"), [], 0
    cost(reader, KINDS["combs"](100, 100))
    for kind in KINDS:
        seconds = {title: cost(reader, *values) for title, *values in variants(kind)}
        total += len(seconds)
        slowest = max(seconds, key=seconds.__getitem__)
        rows.append((kind, str(len(seconds)), slowest, f"{seconds[slowest]:.2f} s"))
    return Table(
        "The worst images",
        f"Processor time of `read_number` on {total} images of up to 64 megapixels "
        f"(tests/hostile.py), as arrays. Limit: {MAX_SECONDS:.0f} s; for an image above it, the "
        f"least of {TRIES} times counts.",
        ("kind", "images", "the slowest", "took"),
        rows,
    )


def crowds() -> Table:
    """Let forty of the worst images wait, and measure other visitors."""
    rows = []
    with serve(APP) as server:
        wait(server)
        measure_waits(server.url, WAYS[0])
        for way in WAYS:
            waits = measure_waits(server.url, way)
            rows.append((way, *(f"{seconds:.2f} s" for seconds in waits.values())))
    return Table(
        "A digit meanwhile",
        f"{N_ATTACKS} of the worst images at once, while another visitor's digit and `/health` "
        "are asked for; the longest of each. The clients run on the same cores. Limits: 2 s for a "
        "digit, 1 s for `/health`.",
        ("sent to", "a digit from /predict", "a digit drawn on the page", "/health"),
        rows,
    )


def tables() -> list[Table]:
    """Measure both."""
    return [one_image(), crowds()]
