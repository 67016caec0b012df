"""Read many images with a model, on all cores or on a cluster."""

import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from ..adaptation import Examples
from ..cluster import cluster
from ..escaping import printable
from ..exceptions import BlankImageError, DataError, InvalidImageError, WorkerError
from ..hub.download import resolve_model
from ..image_files import open_image
from ..model_folder.limits import N_CLASSES
from ..model_folder.loading import no_judge, verify_checksums
from ..predictions import Prediction
from ..reader import DigitReader
from .examples import read_examples
from .files import FORMATS, Item, RawImage, count_images, find_files, read_items
from .table import COLUMNS, NUMBER_COLUMNS, PartialTable, Result, check_output

_BLOCK: Final = 50  # images in a task: the bar moves after each
_BLOCK_BYTES: Final = 2**24


class Reading(NamedTuple):
    """The model that worker processes load, and how it reads."""

    source: str
    revision: str | None
    numbers: bool = False
    examples: Examples = Examples()


def predict_files(
    source: str,
    paths: Sequence[str],
    output: Path,
    revision: str | None = None,
    scheduler: str | None = None,
    numbers: bool = False,
    examples: Path | None = None,
    decimal_comma: bool = False,
) -> tuple[int, int]:
    """Read images and write a table, one row for each; return the numbers of rows and of errors.

    With `numbers`, whole numbers are read, not single digits. The reader learns from a folder of
    `examples`; see `read_examples`.
    A folder as the source must be there on all workers of a cluster. A run that was interrupted,
    for whatever reason, is resumed by the same call.
    """
    check_output(output)
    location = resolve_model(source, revision)
    config = verify_checksums(location.path)
    if numbers and config.numbers_sha256 is None:
        raise no_judge()
    model = f"{config.sha256} {config.thresholds}"
    if numbers:
        model = f"{model} numbers {config.numbers_sha256}"
    learned = Examples()
    if examples is not None:
        learned = read_examples(DigitReader.from_pretrained(source, revision), examples)
        model = f"{model} examples {learned.sha256()}"
    total = count_images(find_files(paths, _print))
    if total == 0:
        raise DataError(f"Got {', '.join(map(printable, paths))}, but there are no images.")
    # The source and the revision from which a worker process loads the model.
    place = location.repo_id or str(location.path.absolute()), location.commit
    reading, columns = Reading(*place, numbers, learned), NUMBER_COLUMNS if numbers else COLUMNS
    with (
        cluster(scheduler) as dashboard,
        PartialTable(output, model, columns, decimal_comma) as table,
        tqdm(total=total, unit=" images") as progress,
        closing(_read_all(reading, read_items(find_files(paths)), table)) as blocks,
    ):
        if dashboard:
            _print(f"Dashboard: {dashboard}")
        for items, results in blocks:
            table.append(items, results)
            progress.update(len(items))
            for item, result in zip(items, results, strict=True):
                if result[-1]:
                    _print(f"{item.name}: {result[-1]}")
        return table.complete()


def read_files(
    source: str,
    paths: Sequence[str],
    revision: str | None = None,
    numbers: bool = False,
    examples: Path | None = None,
) -> Iterator[tuple[str, Result]]:
    """Read images one after the other in this process; yield the name and the result of each.

    A result has the values of the columns that `predict_files` writes, without the name. See there
    for the parameters.
    """
    reader = DigitReader.from_pretrained(source, revision)
    if numbers and reader.judge is None:
        raise no_judge()
    if examples is not None:
        reader = reader.adapt(read_examples(reader, examples))
    read = _read_number if numbers else _read_digit
    for item in read_items(find_files(paths, _print)):
        yield item.name, read(reader, item.image)


def _print(line: str) -> None:
    """Print a line above the progress bar."""
    tqdm.write(printable(line), file=sys.stderr)


def _read_all(
    reading: Reading, items: Iterable[Item], table: PartialTable
) -> Generator[tuple[list[Item], list[Result]]]:
    """Yield blocks of images and their results, in order; few blocks are in memory at once."""
    waiting: deque[tuple[list[Item], list[Result | None]]] = deque()

    def tasks() -> Iterator[Any]:
        for block in _split(items):
            found = table.find(block)
            missing = [item.image for item, result in zip(block, found, strict=True) if not result]
            # Without the images, which may take more memory than there is.
            waiting.append(([item._replace(image=b"") for item in block], found))
            yield delayed(read_block)(reading, missing)

    # Without max_nbytes, joblib writes large arrays to a temporary folder.
    parallel = Parallel(n_jobs=-1, batch_size=1, return_as="generator", max_nbytes=None)
    try:
        # An interruption needs no warning.
        with warnings.catch_warnings(action="ignore"), closing(parallel(tasks())) as outputs:
            for new in outputs:
                block, found = waiting.popleft()
                results = iter(new)
                yield block, [result or next(results) for result in found]
    except BrokenProcessPool as error:
        raise WorkerError(
            "A process that read images was killed, probably for lack of memory. Rerun the "
            "command to resume."
        ) from error


def _split(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Split the images into blocks that are small in number and in memory."""
    block: list[Item] = []
    n_bytes = 0
    for item in items:
        block.append(item)
        image = item.image
        n_bytes += len(image) if isinstance(image, bytes) else getattr(image, "nbytes", 0)
        if len(block) == _BLOCK or n_bytes >= _BLOCK_BYTES:
            yield block
            block, n_bytes = [], 0
    if block:
        yield block


def read_block(reading: Reading, images: Sequence[RawImage]) -> list[Result]:
    """Read images in a worker process; return their results."""
    if not images:
        return []
    reader = _load_reader(reading.source, reading.revision).adapt(reading.examples)
    with threadpool_limits(1):
        if reading.numbers:
            return [_read_number(reader, image) for image in images]
        found = [_attempt(image, reader.preprocess) for image in images]
        predictions = iter(reader.predict([one for one in found if not isinstance(one, str)]))
    return [_to_result(one if isinstance(one, str) else next(predictions)) for one in found]


@lru_cache(maxsize=1)
def _load_reader(source: str, revision: str | None) -> DigitReader:
    """Load the model, once in each worker process."""
    cv2.setNumThreads(1)  # the cores are busy with other blocks
    warnings.simplefilter("ignore")  # Pillow's, about damaged metadata
    return DigitReader.from_pretrained(source, revision)


def _read_digit(reader: DigitReader, image: RawImage) -> Result:
    """Return the columns of an image of one digit."""
    return _to_result(_attempt(image, reader.read))


def _to_result(found: Prediction | str) -> Result:
    """Return the columns of an image of one digit, or of one that cannot be read."""
    if isinstance(found, str):
        return *[None] * (3 + N_CLASSES), found
    said = found.label, found.unsure, found.guess
    return *said, *found.probabilities.tolist(), None


def _read_number(reader: DigitReader, image: RawImage) -> Result:
    """Return the columns of an image of a number."""
    found = _attempt(image, reader.read_number)
    if isinstance(found, str):
        return *[None] * 4, found
    return found.label, found.unsure, found.guess, found.confidence, None


def _attempt(image: RawImage, read: Callable[[Any], Any]) -> Any:
    """Open an image and do something with it, or return why that is not possible."""
    try:
        if isinstance(image, DataError):
            raise image
        return read(image if isinstance(image, np.ndarray) else open_image(image, FORMATS))
    except BlankImageError:
        return "The image is blank: nothing stands out from the background."
    except (DataError, InvalidImageError) as error:
        return str(error)
    except Exception as error:  # no image must stop the others
        return f"The image cannot be read ({type(error).__name__})."
