"""The threshold of numbers, chosen on writers that neither the Pipeline nor the judge has seen."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import numpy as np
from sklearn.pipeline import Pipeline

from siffra.exceptions import BlankImageError
from siffra.preprocessing import ImageArray
from siffra.reader import DigitReader
from siffra.rejection import Thresholds

from .judge import fit_judge
from .number_kinds import draw_row
from .parallel import in_chunks
from .rows import RowSampler
from .strokes import render
from .thresholds import choose_number_threshold

# Drawings that are no number, relative to the rows.
_NON_NUMBER_SHARE: Final = 0.5


def find_number_threshold(
    pipeline: Pipeline,
    sampler: RowSampler,
    digit_threshold: float,
    seed: int,
    n_rows: int,
) -> float:
    """Fit a judge on half of the writers, and choose the threshold on the other half.

    The Pipeline was not fitted on the sampler's writers and images.
    """
    learned, held_out = sampler.halve()
    judge = fit_judge(pipeline, learned, seed, n_rows // 2)
    reader = DigitReader(pipeline, Thresholds(digit_threshold), judge=judge)
    images = _draw_images(held_out, seed, n_rows // 2)
    readings = in_chunks(partial(_read, reader=reader), images)
    confidences, is_right = np.array(readings, dtype=float).reshape(-1, 2).T
    return choose_number_threshold(confidences, is_right > 0)


def _read(
    images: Sequence[tuple[ImageArray, str]], reader: DigitReader
) -> list[tuple[float, bool]]:
    """Return how sure each number is that the threshold decides on, and whether it is right."""
    readings = []
    for image, text in images:
        with suppress(BlankImageError):
            number = reader.read_number(image)
            if len(number.guess) > 1 and not number.unsure:
                readings.append((number.confidence, number.guess == text))
    return readings


def _draw_images(sampler: RowSampler, seed: int, n_rows: int) -> Iterator[tuple[ImageArray, str]]:
    """Yield rows and their texts, and single characters, which show no number."""
    rng = np.random.default_rng(seed)
    for _ in range(n_rows):
        row = draw_row(sampler, rng)
        yield row.image, row.text
    characters = [one for drawn in sampler.others.values() for one in drawn]
    if characters:
        for index in rng.integers(len(characters), size=round(_NON_NUMBER_SHARE * n_rows)):
            yield 255 - render(characters[index].strokes, rng), ""
