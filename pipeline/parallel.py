"""Do the same with many items on all cores."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice
from typing import Final, TypeVar

from joblib import Parallel, delayed

T = TypeVar("T")
R = TypeVar("R")

# Items of one task: a task brings the model along.
CHUNK: Final = 50


def in_chunks(function: Callable[[Sequence[T]], Sequence[R]], items: Iterable[T]) -> list[R]:
    """Apply a function of several items to all of them; return its results in order.

    Few items are in memory at once. A first chunk that is not full is done in this process.
    """
    items = iter(items)
    chunks = iter(lambda: list(islice(items, CHUNK)), [])
    first = next(chunks, [])
    if len(first) < CHUNK:
        return list(function(first)) if first else []
    tasks = (delayed(function)(chunk) for chunk in chain([first], chunks))
    return list(chain.from_iterable(Parallel(n_jobs=-1, batch_size=1)(tasks)))
