"""Many images through a model, on all cores or on a cluster."""

import io
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from ..cluster import cluster
from ..exceptions import DataError, InvalidImageError
from ..folder import check_files, load_limits
from ..hub import ModelFolder, fetch
from .journal import Journal, check_output
from .sources import Item, RawImage, count_images, find_files, read_items

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from ..doubt import Limits

N_CLASSES: Final = 10
COLUMNS: Final = ("image", "label", "unsure", *(f"p{k}" for k in range(N_CLASSES)), "error")
_BLOCK: Final = 1000  # images in a task


def predict_files(
    source: str,
    paths: Sequence[str],
    output: Path,
    revision: str | None = None,
    scheduler: str | None = None,
) -> tuple[int, int]:
    """Read every image and write a table of the answers, one row an image, in order.

    Whatever stops the run, the same call goes on where it stopped.

    Parameters
    ----------
    source : str
        A model folder, or a repository on the Hub. On a cluster, the workers get it themselves.
    paths : sequence of str
        See `pipeline.batch.sources.find_files`.
    output : pathlib.Path
        A new .csv or .parquet file.
    revision : str, optional
        Of the repository.
    scheduler : str, optional
        See `pipeline.cluster.cluster`.

    Returns
    -------
    n_images, n_bad : int
        How many rows the table has, and how many of this call's hold an error instead of an
        answer.

    Raises
    ------
    DataError, OutputError, ModelError, HubError, ClusterError
    """
    check_output(output)
    found = fetch(source, revision)
    total = count_images(find_files(paths))
    if total == 0:
        raise DataError(f"Got {', '.join(paths)}, but there are no images, .npz or .parquet files.")
    run = {"model": check_files(found.path)["sha256"], "paths": list(paths), "images": total}
    with cluster(scheduler) as dashboard, Journal(output, run, COLUMNS) as journal:
        if dashboard:
            print(f"Dashboard: {dashboard}", file=sys.stderr)
        n_bad = 0
        with tqdm(total=total, initial=journal.done, unit=" images") as progress:
            for rows in _read_all(found, read_items(find_files(paths), journal.done)):
                journal.append(rows)
                for row in rows:
                    if row[-1]:
                        n_bad += 1
                        progress.write(f"{row[0]}: {row[-1]}", file=sys.stderr)
                progress.update(len(rows))
        journal.finish()
    return total, n_bad


def _read_all(found: ModelFolder, items: Iterator[Item]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of block after block, in order; few blocks are in memory at once."""
    source = (found.repo_id, found.commit) if found.repo_id else (str(found.path.absolute()), None)
    blocks = iter(lambda: list(islice(items, _BLOCK)), [])
    parallel = Parallel(n_jobs=-1, batch_size=1, return_as="generator")
    yield from parallel(delayed(read_block)(*source, block) for block in blocks)


def read_block(source: str, revision: str | None, items: Sequence[Item]) -> list[tuple[Any, ...]]:
    """Read a block of images.

    Parameters
    ----------
    source : str
    revision : str, optional
        See `pipeline.load_model`.
    items : sequence of Item

    Returns
    -------
    list of tuple
        For each image the values of `COLUMNS`.
    """
    from ..doubt import read_familiar

    model, limits = _load(source, revision)
    digits, errors = [], {}
    for index, item in enumerate(items):
        try:
            digits.append(model[0].trace(_open(item.image)).digit.ravel())
        except InvalidImageError as error:
            errors[index] = str(error)
    if not digits:
        return [_row(item.name, errors[index]) for index, item in enumerate(items)]
    pixels = np.stack(digits).astype(np.float32)
    pixels /= 255
    with threadpool_limits(1):  # the cores are busy with other blocks
        probabilities, familiarity = read_familiar(model, pixels)
    unsure = limits.unsure(probabilities, familiarity)
    labels = model.classes_[probabilities.argmax(axis=1)]
    answers = zip(labels.tolist(), unsure.tolist(), probabilities.tolist(), strict=True)
    return [
        _row(item.name, errors[index]) if index in errors else _row(item.name, "", *next(answers))
        for index, item in enumerate(items)
    ]


def _row(
    name: str, error: str, label: Any = "", unsure: Any = "", probabilities: Sequence[Any] = ()
) -> tuple[Any, ...]:
    return (name, label, unsure, *(probabilities or [""] * N_CLASSES), error)


def _open(image: RawImage) -> "Image.Image | NDArray[np.uint8]":
    """Open an image's file, or whatever there is instead of one."""
    if isinstance(image, np.ndarray):
        return image
    try:
        return Image.open(io.BytesIO(image) if isinstance(image, bytes) else image)
    except Exception as error:  # whatever Pillow's many decoders raise
        raise InvalidImageError(
            f"Got a file that cannot be opened as an image ({type(error).__name__}). Expected a "
            "whole PNG, JPEG, or another that Pillow knows."
        ) from error


@lru_cache(maxsize=1)
def _load(source: str, revision: str | None) -> "tuple[Pipeline, Limits]":
    """Load the model, once in each worker."""
    from ..artifact import load_artifact

    cv2.setNumThreads(1)
    folder = fetch(source, revision).path
    return load_artifact(folder), load_limits(folder)
