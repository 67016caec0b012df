"""Progress on a terminal: what is being done, and for how long."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(stderr=True)


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
