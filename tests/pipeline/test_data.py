"""MNIST from files and from OpenML, complete and broken."""

import gzip
import hashlib
import zipfile
import zlib
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.data import load_mnist
from siffra import DataError


def assert_same(mnist, small):
    parts = (mnist.train, mnist.validation, mnist.test)
    assert [len(part) for part in parts] == [1000, 200, 300]
    np.testing.assert_array_equal(np.concatenate([part.images for part in parts]), small.images)
    np.testing.assert_array_equal(np.concatenate([part.labels for part in parts]), small.labels)


def as_kaggle_idx(folder, small):
    for path in list(folder.iterdir()):
        name = path.name.replace("-idx", ".idx")
        (folder / "raw" / name).mkdir(parents=True)
        path.rename(folder / "raw" / name / name)


def as_keras(folder, small):
    remove_all(folder)
    images, labels = small.images, small.labels.astype(np.uint8)
    np.savez_compressed(
        folder / "mnist.npz",
        x_train=images[:1200],
        y_train=labels[:1200],
        x_test=images[1200:],
        y_test=labels[1200:],
    )


def as_kaggle_csv(folder, small):
    remove_all(folder)
    table = np.column_stack([small.labels, small.images.reshape(len(small), -1)])
    header = ",".join(["label", *(f"{i}x{j}" for i in range(1, 29) for j in range(1, 29))])
    (folder / "archive").mkdir()
    for name, rows, head in (("train", table[:1200], header), ("test", table[1200:], "")):
        path = folder / "archive" / f"mnist_{name}.csv"
        np.savetxt(path, rows, "%d", delimiter=",", header=head, comments="")
        if not head:
            path.write_text(path.read_text().lstrip("\n"))


def remove_all(folder):
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    "layout",
    [lambda folder, small: None, as_kaggle_idx, as_keras, as_kaggle_csv],
    ids=["idx", "kaggle-idx", "keras", "kaggle-csv"],
)
def test_mnist_is_found_however_it_is_stored(idx_folder, small, layout):
    layout(idx_folder, small)
    assert_same(load_mnist(str(idx_folder)), small)


def test_a_tenth_of_each_part(idx_folder, small):
    mnist = load_mnist(str(idx_folder)).subsample()
    parts = (mnist.train, mnist.validation, mnist.test)
    assert [len(part) for part in parts] == [100, 20, 30]
    np.testing.assert_array_equal(mnist.test.images, small.images[1200:1230])


def test_missing_folders_and_files_are_named(idx_folder):
    with pytest.raises(DataError, match=r"nowhere.*train-images-idx3-ubyte.*--data openml"):
        load_mnist(str(idx_folder / "nowhere"))
    (idx_folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte not found"):
        load_mnist(str(idx_folder))


@pytest.mark.parametrize("keep", [0, 2000])
def test_a_truncated_gzip_is_rejected(idx_folder, keep):
    path = idx_folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        load_mnist(str(idx_folder))


def test_a_gzip_that_unpacks_to_gigabytes_is_rejected_by_its_size(idx_folder):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros, megabytes = bytes(2**20), 256
    packed = [bomb.compress(zeros) for _ in range(megabytes)] + [bomb.flush()]
    # 17 such members unpack to more than 4 GB, which would take half a minute.
    (idx_folder / "train-images-idx3-ubyte.gz").write_bytes(b"".join(packed) * 17)
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz .*940,816 bytes"):
        load_mnist(str(idx_folder))


def forged_npz(folder):
    """An array whose header announces a petabyte."""
    with zipfile.ZipFile(folder / "mnist.npz", "w") as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            with archive.open(f"{name}.npy", "w") as file:
                header = {"descr": "|u1", "fortran_order": False, "shape": (10**15,)}
                np.lib.format.write_array_header_1_0(file, header)


@pytest.mark.parametrize(
    "write",
    [
        forged_npz,
        lambda folder: (folder / "mnist.npz").write_bytes(b"PK"),
        lambda folder: np.savez(folder / "mnist.npz", x_train=np.array([{}], dtype=object)),
    ],
)
def test_a_broken_npz_is_named(idx_folder, write):
    remove_all(idx_folder)
    write(idx_folder)
    with pytest.raises(DataError, match=r"mnist\.npz"):
        load_mnist(str(idx_folder))


@pytest.mark.parametrize("text", ["", "label,1x1\nseven,0\n", "1" * 10**7])
@pytest.mark.filterwarnings("ignore:.*contained no data:UserWarning")
def test_a_broken_table_is_named(idx_folder, small, text):
    as_kaggle_csv(idx_folder, small)
    (idx_folder / "archive" / "mnist_test.csv").write_text(text)
    with pytest.raises(DataError, match=r"mnist_test\.csv|t10k-images-idx3-ubyte"):
        load_mnist(str(idx_folder))


def test_one_wrong_byte_is_found(idx_folder):
    path = idx_folder / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[5000] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataError, match=hashlib.sha256(content).hexdigest()):
        load_mnist(str(idx_folder))


def test_openml_gives_the_same_digits(idx_folder, small, monkeypatch):
    """OpenML delivers pixels as floats and labels as texts."""

    def fetch(name, version, **options):
        assert (name, version) == ("mnist_784", 1)
        data = small.images.reshape(len(small), -1).astype(float)
        return SimpleNamespace(data=data, target=small.labels.astype(str).astype(object))

    monkeypatch.setattr("pipeline.data.fetch_openml", fetch)
    assert_same(load_mnist("openml"), small)


@pytest.mark.parametrize("error", [OSError("HTTP Error 504"), ValueError("no such data set")])
def test_an_outage_says_what_to_do(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("pipeline.data.fetch_openml", fail)
    with pytest.raises(DataError, match="--data DIR"):
        load_mnist("openml")
