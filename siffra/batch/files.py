"""Find files of images, and read the images in them one after the other."""

import glob
import math
import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..escaping import printable
from ..exceptions import DataError

# A file, pixels, the content of a file, or the reason why there is no image.
RawImage: TypeAlias = Path | NDArray[Any] | bytes | DataError

ARRAYS: Final = ".npz"
TABLE: Final = ".parquet"
# For EPS, Pillow runs another program. It recognizes the others, but cannot decode them.
_EXCLUDED: Final = frozenset({"EPS", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"})
_SUFFIXES: Final = {ARRAYS, TABLE} | {
    suffix
    for suffix, name in Image.registered_extensions().items()
    if name in Image.OPEN and name not in _EXCLUDED
}
FORMATS: Final = tuple(name for name in Image.OPEN if name not in _EXCLUDED)
# People keep scans in such files, but they are not images: a line says that they are skipped.
_CONTAINERS: Final = {".pdf", ".zip"}
_MAC_ARCHIVE: Final = "__MACOSX"  # a folder of file attributes, under the names of the files
_MAX_IMAGE: Final = 2**26  # bytes of one image in an .npz or Parquet file
_MAX_UNPACKED: Final = 2**28  # bytes of a Parquet file, unless it is large itself
_MAX_RATIO: Final = 4  # of a Parquet file's compression: images are compressed already


class Item(NamedTuple):
    """An image to be read, its name, and the size and time of its file."""

    name: str
    version: str
    image: RawImage


def find_files(
    paths: Sequence[str], warn: Callable[[str], object] = lambda _: None
) -> Iterator[Path]:
    """Yield the regular files that paths and patterns name; `warn` gets a line for others."""
    for path in paths:
        if os.path.isdir(path):
            names = _walk(path, warn)
        elif os.path.lexists(path):
            names = iter([path])
        else:
            names = _match(path)
        yield from (Path(name) for name in names if _is_usable(name, warn))


def _walk(folder: str, warn: Callable[[str], object]) -> Iterator[str]:
    """Yield the names of the image files below a folder, without hidden ones."""

    def report(error: OSError) -> None:
        warn(f"{printable(error.filename)}: skipped, because the folder cannot be read.")

    for root, folders, names in os.walk(folder, onerror=report):
        folders[:] = sorted(name for name in folders if not name.startswith((".", _MAC_ARCHIVE)))
        for path in filter(os.path.islink, (os.path.join(root, name) for name in folders)):
            warn(f"{printable(path)}: skipped, because it is a link to a folder.")
        for name in sorted(names):
            if _suffix(name) in _SUFFIXES | _CONTAINERS and not name.startswith("."):
                yield os.path.join(root, name)


def _match(pattern: str) -> Iterator[str]:
    """Yield the names of the files that match a pattern, without hidden ones."""
    names = sorted(name for name in glob.iglob(pattern, recursive=True) if not os.path.isdir(name))
    if not names:
        raise DataError(f"Got {printable(pattern)}, but there is no such file or match.")
    yield from (n for n in names if _MAC_ARCHIVE in pattern or _MAC_ARCHIVE not in Path(n).parts)


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _is_usable(name: str, warn: Callable[[str], object]) -> bool:
    """Return whether it is a regular file, and no PDF or zip file."""
    if (suffix := _suffix(name)) in _CONTAINERS:
        advice = "Unpack it" if suffix == ".zip" else "Save its pages as images"
        warn(f"{printable(name)}: skipped, because it is a {suffix} file. {advice}.")
        return False
    try:
        if stat.S_ISREG(os.stat(name).st_mode):
            return True
        warn(f"{printable(name)}: skipped, because it is a FIFO, a socket or a device.")
    except OSError as error:
        warn(f"{printable(name)}: skipped, because it cannot be opened ({error.strerror}).")
    return False


def count_images(files: Iterable[Path]) -> int:
    """Count the images in files without reading them; a damaged file counts as one."""
    return sum(_count(file) for file in files)


def _count(file: Path) -> int:
    """Count the images in one file."""
    suffix = file.suffix.lower()
    if suffix == TABLE:
        import_pyarrow("pyarrow.parquet")
    try:
        if suffix == ARRAYS:
            return sum(shape[0] for _, _, shape, _ in _open_arrays(file))
        if suffix == TABLE:
            with _open_table(file) as (table, _):
                return int(table.metadata.num_rows)
    except DataError:
        pass
    return 1


def read_items(files: Iterable[Path]) -> Iterator[Item]:
    """Yield image after image; the last one of a damaged file is the reason."""
    for file in files:
        try:
            found = file.stat()
            version = f"{found.st_size} {found.st_mtime_ns}"
        except OSError:
            version = ""
        read = {ARRAYS: _read_arrays, TABLE: _read_table}.get(file.suffix.lower(), _read_file)
        try:
            for position, image in read(file):
                yield Item(f"{file}{position}", version, image)
        except DataError as error:
            yield Item(str(file), version, error)


def _read_file(file: Path) -> Iterator[tuple[str, RawImage]]:
    """Yield an image file, which is opened by the process that reads the image."""
    yield "", file.absolute()


def _read_arrays(file: Path) -> Iterator[tuple[str, RawImage]]:
    """Yield the images of an .npz file one by one; numpy.load would read whole arrays."""
    for name, stream, shape, dtype in _open_arrays(file):
        size = math.prod(shape[1:]) * dtype.itemsize
        for index in range(shape[0]):
            with _reading("what numpy.savez writes"):
                image = np.frombuffer(stream.read(size), dtype).reshape(shape[1:])
            yield f":{name.removesuffix('.npy')}:{index}", image


def _open_arrays(
    file: Path,
) -> Iterator[tuple[str, IO[bytes], tuple[int, ...], np.dtype[Any]]]:
    """Yield the name, content, shape and dtype of each array (n, H, W) or (n, H, W, C)."""
    n_arrays = 0
    with _reading("what numpy.savez writes"), zipfile.ZipFile(file) as archive:
        for name in dict.fromkeys(archive.namelist()):
            with archive.open(name) as stream:
                if np.lib.format.read_magic(stream) != (1, 0):  # not written for arrays of numbers
                    continue
                shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
                if len(shape) not in (3, 4):
                    continue
                size = math.prod(shape[1:]) * dtype.itemsize
                if fortran_order or dtype.hasobject or shape[0] < 0 or not 0 < size <= _MAX_IMAGE:
                    raise DataError(
                        f"The array {printable(name)} has shape {shape}, dtype {dtype} and "
                        f"{'Fortran' if fortran_order else 'C'} order. Expected uint8 images of "
                        f"1 to {_MAX_IMAGE:,} bytes in C order."
                    )
                if size * shape[0] > archive.getinfo(name).file_size:
                    raise DataError(
                        f"The array {printable(name)} has shape {shape}, but the file is shorter."
                    )
                n_arrays += 1
                yield name, stream, shape, dtype
    if not n_arrays:
        raise DataError("The file has no array of shape (n, H, W) or (n, H, W, C).")


def _read_table(file: Path) -> Iterator[tuple[str, RawImage]]:
    """Yield the image files in a Parquet file."""
    with _open_table(file) as (table, column):
        # Row by row: the rows of one small file may all be the same large value.
        for index, batch in enumerate(table.iter_batches(batch_size=1, columns=[column])):
            value = batch.column(0)[0].as_py()
            content = (value["bytes"] if isinstance(value, dict) else value) or b""
            too_large = DataError(f"Got {len(content):,} bytes. Expected at most {_MAX_IMAGE:,}.")
            yield f":{index}", content if len(content) <= _MAX_IMAGE else too_large


@contextmanager
def _open_table(file: Path) -> Iterator[tuple[Any, str]]:
    """Open a Parquet file and find its column of images."""
    parquet = import_pyarrow("pyarrow.parquet")
    with _reading("Parquet"), parquet.ParquetFile(file, buffer_size=2**16) as table:
        groups = map(table.metadata.row_group, range(table.num_row_groups))
        size = sum(group.total_byte_size for group in groups)
        if size > max(_MAX_UNPACKED, _MAX_RATIO * file.stat().st_size):
            raise DataError(
                f"The file unpacks to {size / 1e6:,.0f} MB, more than {_MAX_RATIO} times its size. "
                "Expected compressed images, such as PNG or JPEG."
            )
        columns = [field.name for field in table.schema_arrow if _holds_files(field.type)]
        if len(columns) != 1 and "image" not in columns:
            raise DataError(
                f"The columns {columns} hold files. Expected one such column, or one called "
                "image: binary, or as Hugging Face's datasets writes it, with bytes and path."
            )
        yield table, "image" if "image" in columns else columns[0]


def _holds_files(kind: Any) -> bool:
    """Return whether a column's type is binary, or has a field of bytes."""
    types = import_pyarrow("pyarrow.types")
    if types.is_struct(kind):
        return any(field.name == "bytes" for field in kind)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


@contextmanager
def _reading(kind: str) -> Iterator[None]:
    """Turn the many errors of a damaged file into one."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"The file is damaged, or not {kind} ({type(error).__name__}).") from error


def import_pyarrow(module: str) -> Any:
    """Import pyarrow or one of its modules, or say how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise DataError(
            f"Got a {TABLE} file, but pyarrow is not installed: pip install pyarrow."
        ) from error
