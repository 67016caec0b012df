"""Measure several functions in turn, so that what disturbs the machine disturbs all of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


@dataclass
class Table:
    """A table of a report, and a paragraph about how it was measured."""

    title: str
    text: str
    header: Sequence[str]
    rows: list[Sequence[str]]

    def __str__(self) -> str:
        rule = ["---", *["---:"] * (len(self.header) - 1)]
        lines = ["| " + " | ".join(row) + " |" for row in (self.header, rule, *self.rows)]
        return "\n".join([f"## {self.title}", "", self.text, "", *lines, ""])


def in_turn(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Call every function once a round, in a rotating order; return the seconds by name."""
    return collect({name: partial(timed, function) for name, function in functions.items()}, rounds)


def collect(timers: dict[str, Callable[[], float]], rounds: int) -> dict[str, Times]:
    """Do as `in_turn` does with functions that return the seconds themselves."""
    for timer in timers.values():
        timer()
    names = list(timers)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            times[name].append(timers[name]())
    return {name: np.array(values) for name, values in times.items()}


def timed(function: Callable[[], object]) -> float:
    """Call a function and return the seconds that it took."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def ratio(times: Times, reference: Times) -> str:
    """Return the median ratio over all rounds."""
    return f"{np.median(times / reference):.2f}"


def milliseconds(times: Times) -> str:
    """Return the median time."""
    median = 1000 * np.median(times)
    return f"{median:.2f} ms" if median < 100 else f"{median:.0f} ms"


def compare(times: dict[str, Times], reference: str) -> list[Sequence[str]]:
    """Return the rows of a table: name, median time, ratio to the reference."""
    return [(n, milliseconds(t), ratio(t, times[reference])) for n, t in times.items()]
