"""Generated inputs to the released model."""

import time
import warnings
from collections import Counter

import numpy as np
from hypothesis import HealthCheck, given, settings
from inputs import BATCHES, RULES, drawing, survive

from siffra import DigitReader

from ..measuring import Table

DRAWINGS, BATCHES_TRIED = 2_000, 5_000
SIZES = [(8000, 8000), (1, 10**7), (10**7, 1), (3, 10**7), (6000, 6000, 4)]
OUTCOMES = {
    "probabilities": "ten probabilities for each image, with sum 1",
    "BlankImageError": "`BlankImageError`, with the index of the image",
    "InvalidImageError": "`InvalidImageError`: what was found and what is expected",
}


def equivalent_images(reader: DigitReader) -> Table:
    """Change drawings in ways that must not change their label."""
    same = Counter[str]()
    for seed in range(DRAWINGS):
        rng = np.random.default_rng(seed)
        image = drawing(rng)
        label = reader.read(image).label
        for name, rule in RULES.items():
            same[name] += reader.read(rule(image, rng)).label == label
    total = sum(same.values()) / (DRAWINGS * len(RULES))
    rows = [(name, f"{DRAWINGS:,}", f"{100 * n / DRAWINGS:.2f} %") for name, n in same.items()]
    rows.append(("all", f"{DRAWINGS * len(RULES):,}", f"{100 * total:.2f} %"))
    return Table(
        "Equivalent images",
        f"{DRAWINGS:,} drawings with random digits, pens, sizes, leans, positions and intensities "
        "(tests/inputs.py). Each was changed in every way below; the label, or its absence, must "
        "be the same. Target: 99.9 %.",
        ("change", "images", "same label"),
        rows,
    )


def any_input(reader: DigitReader) -> Table:
    """Pass anything that Hypothesis generates to the Pipeline."""
    outcomes = Counter[str]()
    seconds: list[float] = []

    @settings(
        max_examples=BATCHES_TRIED,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(BATCHES)
    def attempt(batch: object) -> None:
        start = time.perf_counter()
        outcomes[survive(reader.pipeline.predict_proba, batch)] += 1
        seconds.append(time.perf_counter() - start)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attempt()
    rows = [(OUTCOMES[name], f"{count:,}") for name, count in outcomes.most_common()]
    return Table(
        "Any input",
        f"{sum(outcomes.values()):,} batches from Hypothesis (tests/inputs.py): arrays of any "
        "dtype, shape and content, PIL images of every mode, damaged files, and other types. Any "
        "other outcome, or a warning, would have stopped the run. The slowest batch took "
        f"{1000 * max(seconds):.0f} ms.",
        ("outcome", "batches"),
        rows,
    )


def large_images(reader: DigitReader) -> Table:
    """Read images of about the largest size that is accepted."""
    rows = []
    for shape in SIZES:
        image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        top, left = shape[0] // 3, shape[1] // 3
        image[top : shape[0] // 2 + 1, left : shape[1] // 2 + 1] //= 2
        start = time.perf_counter()
        outcome = survive(reader.pipeline.predict_proba, [image])
        took = time.perf_counter() - start
        rows.append((" x ".join(map(str, shape)), outcome, f"{took:.2f} s"))
    return Table("Large images", "Noise, as arrays.", ("shape", "outcome", "took"), rows)


def tables() -> list[Table]:
    """Measure all three."""
    reader = DigitReader.from_pretrained("model")
    return [equivalent_images(reader), any_input(reader), large_images(reader)]
