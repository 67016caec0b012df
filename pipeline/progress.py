"""Time the steps of a training run."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

if sys.platform != "win32":
    import resource

# Shows a step, given its title, while it runs.
Display: TypeAlias = Callable[[str], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Cost:
    """Seconds by step, and peak memory of this process in MB (None on Windows)."""

    seconds: dict[str, float]
    peak_memory_mb: int | None


class Steps:
    """Show and time the steps of a run; `Comparison: A` and `Comparison: B` count as one step."""

    def __init__(self, display: Display = nullcontext) -> None:
        self._display = display
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, title: str) -> Iterator[None]:
        """Show and time one step."""
        start = time.perf_counter()
        with self._display(title):
            yield
        name = title.partition(":")[0]
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    def cost(self) -> Cost:
        """Return the cost of the steps so far."""
        seconds = {name: round(value, 1) for name, value in self._seconds.items()}
        return Cost(seconds, peak_memory_mb())


def peak_memory_mb() -> int | None:
    """Return the peak resident memory of this process, where the system counts it."""
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes; bytes on macOS
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
