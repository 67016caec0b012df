"""MNIST: from OpenML or from its four IDX files, checked either way, and split."""

import gzip
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import fetch_openml

from ..exceptions import DataError
from ..image import ImageArray

OPENML: Final = "openml"
N_TRAIN, N_VALIDATION, N_TEST = 50_000, 10_000, 10_000
RETRY_SECONDS: Final = 2.0
_SIDE = 28

# SHA-256 of the uncompressed files.
CHECKSUMS: Final = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@dataclass(frozen=True)
class Digits:
    """Images and their labels.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28), uint8
        Bright ink on black.
    labels : ndarray of shape (n,), int64
        0 to 9.
    """

    images: ImageArray
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> "Digits":
        return Digits(self.images[rows], self.labels[rows])

    def __add__(self, other: "Digits") -> "Digits":
        return Digits(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.labels, other.labels]),
        )


@dataclass(frozen=True)
class Mnist:
    """MNIST in three parts, and where it came from.

    Parameters
    ----------
    train, validation, test : Digits
        The first 50,000 training images, the last 10,000, and the 10,000 test images.
    checksums : dict of str to str
        SHA-256 of each IDX file, uncompressed.
    """

    train: Digits
    validation: Digits
    test: Digits
    checksums: dict[str, str]

    def tenth(self) -> "Mnist":
        """Return the first tenth of each part."""
        train, validation, test = (
            part[: len(part) // 10] for part in (self.train, self.validation, self.test)
        )
        return Mnist(train, validation, test, self.checksums)

    def describe(self) -> dict[str, Any]:
        """Return what the training report says of the data: checksums and sizes."""
        return {
            "sources": [{"name": f"MNIST {k}", "sha256": v} for k, v in self.checksums.items()],
            "split": {
                "train": len(self.train),
                "validation": len(self.validation),
                "test": len(self.test),
            },
        }


def load_mnist(source: str) -> Mnist:
    """Load MNIST and check it against its published checksums.

    Parameters
    ----------
    source : str
        "openml", or a folder with the four IDX files, gzipped or not.

    Returns
    -------
    Mnist

    Raises
    ------
    DataError
        If it cannot be reached, or is missing, truncated or not MNIST.
    """
    files = _from_openml() if source == OPENML else _from_folder(Path(source))
    for name, content in files.items():
        _check(name, content, source)
    training = _parse(files, "train", N_TRAIN + N_VALIDATION)
    test = _parse(files, "t10k", N_TEST)
    return Mnist(training[:N_TRAIN], training[N_TRAIN:], test, dict(CHECKSUMS))


def _from_folder(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise DataError(
            f"Got --data {folder}, but there is no such folder. Expected one with "
            f"{', '.join(CHECKSUMS)} (each may end in .gz), or --data {OPENML}."
        )
    return {name: _read(folder, name) for name in CHECKSUMS}


def _read(folder: Path, name: str) -> bytes:
    plain, zipped = folder / name, folder / f"{name}.gz"
    try:
        if plain.is_file():
            return plain.read_bytes()
        if zipped.is_file():
            return gzip.decompress(zipped.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        path = plain if plain.is_file() else zipped
        raise DataError(f"{path} cannot be unpacked: {error}. Download it again.") from error
    raise DataError(f"No {name} or {name}.gz in {folder}. Download it, or use --data {OPENML}.")


def _from_openml() -> dict[str, bytes]:
    """Fetch the same data from OpenML and lay it out as the IDX files, byte for byte."""
    try:
        bunch: Any = fetch_openml(
            "mnist_784",
            version=1,
            as_frame=False,
            parser="liac-arff",  # the pandas parser fails on digit labels from pandas 3 on
            n_retries=5,
            delay=RETRY_SECONDS,
        )
    except (URLError, OSError, ValueError) as error:
        raise DataError(
            f"OpenML did not deliver MNIST: {error}. Try again later, or download the four IDX "
            "files and pass their folder: --data DIR."
        ) from error
    images, labels = bunch.data.astype(np.uint8), bunch.target.astype(np.uint8)
    n_training = N_TRAIN + N_VALIDATION
    parts = {"train": slice(None, n_training), "t10k": slice(n_training, None)}
    files = {}
    for part, rows in parts.items():
        header = struct.pack(">4i", 2051, len(images[rows]), _SIDE, _SIDE)
        files[f"{part}-images-idx3-ubyte"] = header + images[rows].tobytes()
        header = struct.pack(">2i", 2049, len(labels[rows]))
        files[f"{part}-labels-idx1-ubyte"] = header + labels[rows].tobytes()
    return files


def _check(name: str, content: bytes, source: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != CHECKSUMS[name]:
        raise DataError(
            f"{name} from {source} has {len(content):,} bytes and SHA-256 {found}, but expected "
            f"{CHECKSUMS[name]}: it is truncated or not MNIST's. Download it again."
        )


def _parse(files: dict[str, bytes], part: str, n: int) -> Digits:
    # The checksums have vouched for the headers: 16 bytes for images, 8 for labels.
    images = np.frombuffer(files[f"{part}-images-idx3-ubyte"], np.uint8, offset=16)
    labels = np.frombuffer(files[f"{part}-labels-idx1-ubyte"], np.uint8, offset=8)
    return Digits(images.reshape(n, _SIDE, _SIDE), labels.astype(np.int64))
