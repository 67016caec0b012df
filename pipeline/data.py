"""MNIST from OpenML or from files, checked against its published checksums, and split."""

import gzip
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_openml

from siffra.exceptions import DataError
from siffra.preprocessing import ImageArray

OPENML: Final = "openml"
N_TRAIN, N_VALIDATION, N_TEST = 50_000, 10_000, 10_000
RETRY_SECONDS: Final = 2.0
SUBSAMPLING: Final = 10
_SIDE: Final = 28
_N_PIXELS: Final = _SIDE * _SIDE

# SHA-256 of the uncompressed IDX files.
CHECKSUMS: Final = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_EXPECTED: Final = (
    "Expected the four IDX files (train-images-idx3-ubyte and so on, gzipped or not), mnist.npz "
    f"from Keras, or mnist_train.csv and mnist_test.csv from Kaggle; or use --data {OPENML}."
)


@dataclass(frozen=True)
class Digits:
    """Images (n, 28, 28), uint8, bright ink on black, and their labels (n,), int64."""

    images: ImageArray
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> "Digits":
        return Digits(self.images[rows], self.labels[rows])


@dataclass(frozen=True)
class Mnist:
    """The first 50,000 training images, the last 10,000, and the 10,000 test images."""

    train: Digits
    validation: Digits
    test: Digits

    def subsample(self) -> "Mnist":
        """Return the first tenth of each part."""
        parts = (self.train, self.validation, self.test)
        return Mnist(*(part[: len(part) // SUBSAMPLING] for part in parts))


def load_mnist(source: str) -> Mnist:
    """Load MNIST and check it against its published checksums.

    The source is "openml", or a folder with MNIST as torchvision, Keras or Kaggle store it: the IDX
    files, `mnist.npz`, or `mnist_train.csv` and `mnist_test.csv`, up to two folders deep. A
    DataError is raised if it cannot be downloaded, or is missing, truncated, too large or modified.
    """
    files = _from_openml() if source == OPENML else _from_folder(Path(source))
    for name, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        if digest != CHECKSUMS[name]:
            raise DataError(
                f"{name} from {source} has {len(content):,} bytes and SHA-256 {digest}, but "
                f"MNIST's is {CHECKSUMS[name]}: it is truncated or modified. Download it again."
            )
    training, test = _parse(files, "train"), _parse(files, "t10k")
    return Mnist(training[:N_TRAIN], training[N_TRAIN:], test)


def _from_folder(folder: Path) -> dict[str, bytes]:
    """Return the content of the four IDX files, whatever form of MNIST the folder holds."""
    if not folder.is_dir():
        raise DataError(f"Got --data {folder}, but there is no such folder. {_EXPECTED}")
    paths = {name: _find(folder, *_spellings(name)) for name in CHECKSUMS}
    archive = _find(folder, "mnist.npz")
    tables = {part: _find(folder, f"mnist_{part}.csv") for part in ("train", "test")}
    if not any(paths.values()) and archive:
        return _from_npz(archive)
    if not any(paths.values()) and tables["train"] and tables["test"]:
        return _from_csv(tables["train"], "train") | _from_csv(tables["test"], "t10k")
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        raise DataError(f"{', '.join(missing)} not found in {folder}. {_EXPECTED}")
    return {name: _read_idx(path, name) for name, path in paths.items() if path}


def _find(folder: Path, *names: str) -> Path | None:
    """Return the first file of one of these names in a folder or up to two levels below it."""
    patterns = (f"{prefix}{name}" for prefix in ("", "*/", "*/*/") for name in names)
    return next((p for s in patterns for p in sorted(folder.glob(s)) if p.is_file()), None)


def _spellings(name: str) -> list[str]:
    """Return the names under which an IDX file is distributed; Kaggle's have a dot."""
    dotted = name.replace("-idx", ".idx")
    return [name, f"{name}.gz", dotted, f"{dotted}.gz"]


def _n_rows(part: str) -> int:
    """Return how many digits MNIST has in a part, "train" or "t10k"."""
    return N_TRAIN + N_VALIDATION if part == "train" else N_TEST


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn the errors of the libraries that read a file into a DataError that names it."""
    try:
        yield
    except DataError:
        raise
    except (OSError, EOFError, ValueError, KeyError, MemoryError, zlib.error) as error:
        raise DataError(
            f"{path} is damaged, or not MNIST's ({error}). Download it again."
        ) from error
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is not a complete .npz archive. Download it again.") from error


def _check_size(path: Path, size: int, limit: int) -> None:
    """Refuse a file that is, or unpacks to, more than MNIST's."""
    if size > limit:
        raise DataError(f"{path} holds more than MNIST's {limit:,} bytes. Download it again.")


def _read_idx(path: Path, name: str) -> bytes:
    """Read an IDX file, but only one byte beyond its known size."""
    n = _n_rows(name.partition("-")[0])
    size = 16 + n * _N_PIXELS if "images" in name else 8 + n
    with _readable(path), gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(size + 1)
    _check_size(path, len(content), size)
    return content


def _from_npz(path: Path) -> dict[str, bytes]:
    """Read the arrays that Keras stores in mnist.npz."""
    files: dict[str, bytes] = {}
    with _readable(path):
        with zipfile.ZipFile(path) as archive:
            limit = _n_rows("train") * _N_PIXELS + 1024  # with NumPy's header
            _check_size(path, max(entry.file_size for entry in archive.infolist()), limit)
        with np.load(path, allow_pickle=False) as arrays:
            for part, name in (("train", "train"), ("t10k", "test")):
                files |= _as_idx(arrays[f"x_{name}"], arrays[f"y_{name}"], part)
    return files


def _from_csv(path: Path, part: str) -> dict[str, bytes]:
    """Read one of Kaggle's tables: a label and 784 pixels in each row, perhaps a header."""
    with _readable(path):
        _check_size(path, path.stat().st_size, (_n_rows(part) + 1) * (_N_PIXELS + 1) * 8)
        with path.open(encoding="ascii") as file:
            has_header = file.read(5) == "label"
        table = np.loadtxt(path, np.uint8, delimiter=",", skiprows=int(has_header), ndmin=2)
        return _as_idx(table[:, 1:], table[:, 0], part)


def _from_openml() -> dict[str, bytes]:
    """Download MNIST from OpenML."""
    try:
        bunch: Any = fetch_openml(
            "mnist_784",
            version=1,
            as_frame=False,
            parser="liac-arff",  # the pandas parser fails on digit labels from pandas 3 on
            n_retries=5,
            delay=RETRY_SECONDS,
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"OpenML did not deliver MNIST: {error}. Try again later, or download the four IDX "
            "files and pass their folder: --data DIR."
        ) from error
    n = _n_rows("train")
    training = _as_idx(bunch.data[:n], bunch.target[:n], "train")
    return training | _as_idx(bunch.data[n:], bunch.target[n:], "t10k")


def _as_idx(images: NDArray[Any], labels: NDArray[Any], part: str) -> dict[str, bytes]:
    """Lay arrays out as the two IDX files of a part, byte for byte."""
    n = len(images)
    pixels, digits = images.astype(np.uint8).tobytes(), labels.astype(np.uint8).tobytes()
    return {
        f"{part}-images-idx3-ubyte": struct.pack(">4i", 2051, n, _SIDE, _SIDE) + pixels,
        f"{part}-labels-idx1-ubyte": struct.pack(">2i", 2049, n) + digits,
    }


def _parse(files: dict[str, bytes], part: str) -> Digits:
    """Turn two checked IDX files into arrays; their headers are 16 and 8 bytes long."""
    images = np.frombuffer(files[f"{part}-images-idx3-ubyte"], np.uint8, offset=16)
    labels = np.frombuffer(files[f"{part}-labels-idx1-ubyte"], np.uint8, offset=8)
    return Digits(images.reshape(-1, _SIDE, _SIDE), labels.astype(np.int64))
