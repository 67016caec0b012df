"""Evaluate the reading of whole numbers on rows of writers and images kept back."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from siffra.reader import DigitReader

from .data import SUBSAMPLING
from .evaluation import ReliabilityBin, expected_calibration_error, reliability, wilson_interval
from .number_kinds import KINDS, draw_kind
from .parallel import in_chunks
from .rows import Row, RowSampler

# Between the digits of a row, as shares of their height; and of MNIST's images, in pixels.
GAPS: Final = (0.3, 0.1, 0.05, 0.0, -0.05, -0.1)
MNIST_GAP: Final = 2.0
STROKES: Final = "pen strokes"
N_ROWS: Final = 300  # of each gap, and of each kind
N_SINGLES: Final = 1000
SUREST_SHARE: Final = 0.8
_N_DIGITS: Final = (2, 6)
_N_TIMED: Final = 20
_N_TIMED_DIGITS: Final = 4
_TIMED_GAP: Final = 0.1


@dataclass(frozen=True)
class RowEvaluation:
    """The readings of rows with the same gap; all rates are from 0 to 1."""

    source: str
    gap: float  # a share of the height, or pixels of MNIST
    n_rows: int
    exact: float  # share of rows of which all digits are right
    exact_interval: tuple[float, float]  # 95 %
    n_digits: int
    digit_accuracy: float  # 1 - edit distance / digits
    digit_interval: tuple[float, float]


@dataclass(frozen=True)
class KindEvaluation:
    """The readings of rows of a kind; all rates are from 0 to 1."""

    kind: str
    n_rows: int
    exact: float  # share of rows of which the text is right
    exact_interval: tuple[float, float]  # 95 %
    sure_and_wrong: float  # share of all rows
    sure_and_wrong_interval: tuple[float, float]
    right_of_sure: float


@dataclass(frozen=True)
class SingleEvaluation:
    """Images of one digit, read as numbers."""

    n: int
    kept: float  # share that stays one digit
    kept_interval: tuple[float, float]
    unchanged: float  # share that is read as by `DigitReader.read`
    unchanged_interval: tuple[float, float]


@dataclass(frozen=True)
class NumbersReport:
    """The quality and the speed of `DigitReader.read_number`."""

    rows: list[RowEvaluation]
    kinds: list[KindEvaluation]
    single: SingleEvaluation
    surest_exact: float  # of the surest 80 % of all rows
    expected_calibration_error: float
    reliability: list[ReliabilityBin]
    milliseconds: float  # median for four digits, in one thread


class _Reading(NamedTuple):
    """The text of a row, the text that was read, and its confidence."""

    expected: str
    found: str
    confidence: float
    is_sure: bool


def evaluate_numbers(
    reader: DigitReader, sampler: RowSampler, seed: int, fast: bool = False
) -> NumbersReport:
    """Read rows of each gap, and images of one digit; with `fast`, a tenth of the rows.

    Neither the reader's Pipeline nor its judge was fitted on the sampler's writers and images.
    """
    rng = np.random.default_rng(seed)
    n_rows, n_singles = (n // SUBSAMPLING if fast else n for n in (N_ROWS, N_SINGLES))
    cells: dict[tuple[str, float], Iterator[Row]] = {
        (STROKES, gap): _draw_strokes(sampler, gap, n_rows, rng)
        for gap in (GAPS if sampler.sources else ())
    }
    cells["MNIST", MNIST_GAP] = _draw_mnist(sampler, n_rows, rng)
    kinds = {
        kind: (draw_kind(kind, sampler, rng) for _ in range(n_rows))
        for kind in (KINDS if sampler.sources else ())
    }
    read = partial(_read, reader=reader)
    readings = {cell: in_chunks(read, rows) for cell, rows in cells.items()}
    everything = [one for cell in readings.values() for one in cell]
    exact = np.array([one.found == one.expected for one in everything])
    confidence = np.array([one.confidence for one in everything])
    surest = np.argsort(-confidence, kind="stable")[: round(SUREST_SHARE * len(exact))]
    bins = reliability(exact, confidence)
    return NumbersReport(
        rows=[_evaluate(*cell, found) for cell, found in readings.items()],
        kinds=[_evaluate_kind(kind, in_chunks(read, rows)) for kind, rows in kinds.items()],
        single=_evaluate_singles(reader, sampler, n_singles, rng),
        surest_exact=float(exact[surest].mean()),
        expected_calibration_error=expected_calibration_error(bins),
        reliability=bins,
        milliseconds=_time(reader, sampler, rng),
    )


def _draw_strokes(
    sampler: RowSampler, gap: float, n_rows: int, rng: np.random.Generator
) -> Iterator[Row]:
    """Draw rows of the sources in turn."""
    for index in range(n_rows):
        source = sampler.sources[index % len(sampler.sources)]
        yield sampler.draw_strokes(source, _n_digits(rng), gap, rng)


def _draw_mnist(sampler: RowSampler, n_rows: int, rng: np.random.Generator) -> Iterator[Row]:
    for _ in range(n_rows):
        yield sampler.draw_mnist(_n_digits(rng), int(MNIST_GAP), rng)


def _n_digits(rng: np.random.Generator) -> int:
    return int(rng.integers(*_N_DIGITS, endpoint=True))


def _read(rows: Sequence[Row], reader: DigitReader) -> list[_Reading]:
    readings = []
    for row in rows:
        found = reader.read_number(row.image)
        readings.append(_Reading(row.text, found.guess, found.confidence, not found.unsure))
    return readings


def _evaluate_kind(kind: str, readings: Sequence[_Reading]) -> KindEvaluation:
    n, exact = len(readings), float(np.mean([one.found == one.expected for one in readings]))
    n_sure = sum(one.is_sure for one in readings)
    n_wrong = sum(one.is_sure and one.found != one.expected for one in readings)
    return KindEvaluation(
        kind=kind,
        n_rows=n,
        exact=exact,
        exact_interval=wilson_interval(exact, n),
        sure_and_wrong=n_wrong / n,
        sure_and_wrong_interval=wilson_interval(n_wrong / n, n),
        right_of_sure=1 - n_wrong / n_sure if n_sure else 1.0,
    )


def _evaluate(source: str, gap: float, readings: Sequence[_Reading]) -> RowEvaluation:
    exact = float(np.mean([one.found == one.expected for one in readings]))
    n_digits = sum(len(one.expected) for one in readings)
    n_edits = sum(edit_distance(one.expected, one.found) for one in readings)
    accuracy = max(1 - n_edits / n_digits, 0.0)
    return RowEvaluation(
        source=source,
        gap=gap,
        n_rows=len(readings),
        exact=exact,
        exact_interval=wilson_interval(exact, len(readings)),
        n_digits=n_digits,
        digit_accuracy=accuracy,
        digit_interval=wilson_interval(accuracy, n_digits),
    )


def edit_distance(expected: str, found: str) -> int:
    """Return how many digits must be inserted, deleted or replaced (Levenshtein)."""
    row = list(range(len(found) + 1))
    for i, a in enumerate(expected, 1):
        above, row = row, [i]
        for j, b in enumerate(found, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


def _evaluate_singles(
    reader: DigitReader, sampler: RowSampler, n: int, rng: np.random.Generator
) -> SingleEvaluation:
    """Read single digits of all sources in turn, once as a digit and once as a number."""
    kept, unchanged = [], []
    for index in range(n):
        source = [None, *sampler.sources][index % (len(sampler.sources) + 1)]
        if source is None:
            row = sampler.draw_mnist(1, 0, rng)
        else:
            row = sampler.draw_strokes(source, 1, 0.0, rng)
        text = reader.read_number(row.image).guess
        kept.append(len(text) == 1)
        unchanged.append(text == str(reader.read(row.image).guess))
    shares = float(np.mean(kept)), float(np.mean(unchanged))
    return SingleEvaluation(
        n=n,
        kept=shares[0],
        kept_interval=wilson_interval(shares[0], n),
        unchanged=shares[1],
        unchanged_interval=wilson_interval(shares[1], n),
    )


def _time(reader: DigitReader, sampler: RowSampler, rng: np.random.Generator) -> float:
    """Return the median of the milliseconds for a row of four digits that do not touch."""
    seconds = []
    for index in range(_N_TIMED):
        if sampler.sources:
            source = sampler.sources[index % len(sampler.sources)]
            row = sampler.draw_strokes(source, _N_TIMED_DIGITS, _TIMED_GAP, rng)
        else:
            row = sampler.draw_mnist(_N_TIMED_DIGITS, int(MNIST_GAP), rng)
        start = time.perf_counter()
        reader.read_number(row.image)
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))
