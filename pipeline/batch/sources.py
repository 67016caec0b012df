"""Images from folders, globs, .npz and Parquet files, one after the other."""

import glob
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from ..exceptions import DataError

# A file's name, an array, or a file's content.
RawImage: TypeAlias = Path | np.ndarray | bytes

ARRAYS: Final = ".npz"
TABLE: Final = ".parquet"
_ROWS: Final = 200  # of a Parquet file, read at once
_HEADERS: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Item(NamedTuple):
    """One image to be read.

    Parameters
    ----------
    name : str
        Its file, with its position in it if the file holds several.
    image : pathlib.Path, ndarray or bytes
        Its file, the image itself, or a file's content.
    """

    name: str
    image: RawImage


def find_files(paths: Sequence[str]) -> Iterator[Path]:
    """Find the files that paths and patterns name, folder by folder.

    Parameters
    ----------
    paths : sequence of str
        Files, folders (with all below them), or patterns such as "scans/**/*.png".

    Yields
    ------
    pathlib.Path
        In the order of `paths`, each folder's sorted.

    Raises
    ------
    DataError
        If a path or a pattern names nothing.
    """
    for path in paths:
        if os.path.isdir(path):
            yield from _walk(Path(path))
        elif os.path.exists(path):
            yield Path(path)
        else:
            found = [name for name in glob.iglob(path, recursive=True) if os.path.isfile(name)]
            if not found:
                raise DataError(f"Got {path}, but there is no such file, and no file fits it.")
            yield from map(Path, sorted(found))


def _walk(folder: Path) -> Iterator[Path]:
    suffixes = {*Image.registered_extensions(), ARRAYS, TABLE}
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if os.path.splitext(name)[1].lower() in suffixes:
                yield Path(root, name)


def count_images(files: Iterable[Path]) -> int:
    """Count the images in files, without reading them.

    Parameters
    ----------
    files : iterable of pathlib.Path

    Returns
    -------
    int

    Raises
    ------
    DataError
        If a file of many images is damaged or holds none.
    """
    return sum(_count(file) for file in files)


def _count(file: Path) -> int:
    kind = file.suffix.lower()
    return _COUNT[kind](file) if kind in _COUNT else 1


def read_items(files: Iterable[Path], start: int = 0) -> Iterator[Item]:
    """Yield image after image; only what is read next is in memory.

    Parameters
    ----------
    files : iterable of pathlib.Path
    start : int, default=0
        How many images to pass over.

    Yields
    ------
    Item

    Raises
    ------
    DataError
        See `count_images`.
    """
    for file in files:
        count = _count(file) if start else 1
        if start >= count:
            start -= count
            continue
        read = _READ.get(file.suffix.lower())
        if read is None:
            yield Item(str(file), file)
        else:
            yield from read(file, start)
            start = 0


# .npz: arrays, streamed out of the archive


def _count_arrays(file: Path) -> int:
    with _opened(file) as archive:
        return sum(shape[0] for _, shape in _arrays(archive, file))


def _read_arrays(file: Path, start: int) -> Iterator[Item]:
    with _opened(file) as archive:
        for name, shape in _arrays(archive, file):
            if start >= shape[0]:
                start -= shape[0]
                continue
            with archive.open(name) as stream:
                _read_header(stream)
                size = int(np.prod(shape[1:]))
                stream.seek(start * size, os.SEEK_CUR)
                for index in range(start, shape[0]):
                    image = np.frombuffer(stream.read(size), np.uint8).reshape(shape[1:])
                    yield Item(f"{file}:{name.removesuffix('.npy')}:{index}", image)
            start = 0


def _arrays(archive: zipfile.ZipFile, file: Path) -> list[tuple[str, tuple[int, ...]]]:
    """Return the names and shapes of the arrays that are batches of images."""
    found = []
    for name in archive.namelist():
        with archive.open(name) as stream:
            shape, fortran, dtype = _read_header(stream)
        if len(shape) in (3, 4):
            if dtype != np.uint8 or fortran:
                raise DataError(
                    f"{file} has {name} of dtype {dtype}{', in Fortran order' * fortran}, but "
                    "expected uint8, 0 to 255, in C order. Save it as such."
                )
            found.append((name, shape))
    if not found:
        raise DataError(
            f"{file} has no array of shape (n, H, W) or (n, H, W, C), but expected images."
        )
    return found


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    return _HEADERS[version](stream)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{file} cannot be read as {ARRAYS} ({error}). Expected what numpy.savez writes."
        ) from error


# Parquet: a column of image files


def _count_table(file: Path) -> int:
    with _table(file) as (table, _):
        return int(table.metadata.num_rows)


def _read_table(file: Path, start: int) -> Iterator[Item]:
    with _table(file) as (table, column):
        first = 0
        for batch in table.iter_batches(batch_size=_ROWS, columns=[column]):
            values = batch.column(0)
            for index in range(max(0, start - first), len(values)):
                value = values[index].as_py()
                content = value["bytes"] if isinstance(value, dict) else value
                yield Item(f"{file}:{first + index}", content or b"")
            first += len(values)


@contextmanager
def _table(file: Path) -> Iterator[tuple[Any, str]]:
    """Open a Parquet file and choose its column of images."""
    parquet = import_pyarrow("parquet")
    try:
        table = parquet.ParquetFile(file)
    except (OSError, ValueError) as error:
        raise DataError(f"{file} cannot be read as Parquet ({error}).") from error
    with table:
        columns = [field.name for field in table.schema_arrow if _holds_files(field.type)]
        if len(columns) != 1 and "image" not in columns:
            raise DataError(
                f"{file} has the columns of files {columns}, but expected one, or one called "
                "image: binary, or as Hugging Face's datasets has it, with bytes and path."
            )
        yield table, "image" if "image" in columns else columns[0]


def _holds_files(kind: Any) -> bool:
    types = import_pyarrow("types")
    if types.is_struct(kind):
        return any(field.name == "bytes" for field in kind)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def import_pyarrow(module: str) -> Any:
    """Import a module of pyarrow, or say how to get it.

    Parameters
    ----------
    module : str

    Returns
    -------
    module
    """
    try:
        return __import__(f"pyarrow.{module}", fromlist=[module])
    except ImportError as error:
        raise DataError(
            f"Got a {TABLE} file, but pyarrow is not installed. pip install 'siffra[batch]'."
        ) from error


_COUNT: Final[dict[str, Callable[[Path], int]]] = {ARRAYS: _count_arrays, TABLE: _count_table}
_READ: Final[dict[str, Callable[[Path, int], Iterator[Item]]]] = {
    ARRAYS: _read_arrays,
    TABLE: _read_table,
}
