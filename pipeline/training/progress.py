"""Progress on a terminal: what is being done, and for how long."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(stderr=True)


class Steps:
    """The steps of a run, and what they took.

    Attributes
    ----------
    seconds : dict of str to float
        By title, in order.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, title: str) -> Iterator[None]:
        """Time a step that shows its own progress.

        Parameters
        ----------
        title : str
        """
        start = time.perf_counter()
        yield
        self.seconds[title] = round(time.perf_counter() - start, 1)

    @contextmanager
    def shown(self, title: str) -> Iterator[None]:
        """Time a step and show it; see `step`.

        Parameters
        ----------
        title : str
        """
        with step(title), self.timed(title):
            yield

    def report(self) -> dict[str, float | dict[str, float]]:
        """Return what the run has taken so far.

        Returns
        -------
        dict
            "seconds" by step, and "peak_memory_mb": the most that this process has held.
        """
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"seconds": self.seconds, "peak_memory_mb": round(peak)}


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show a step with a spinner and a clock while it runs, and its time when it is done.

    Parameters
    ----------
    title : str
    """
    columns = SpinnerColumn(finished_text="✓"), TextColumn("{task.description}")
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(title, total=1)
        yield
        progress.advance(task)
