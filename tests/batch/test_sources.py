import io
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline import DataError
from pipeline.batch.sources import count_images, find_files, read_items

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def scans(tmp_path):
    """Images, arrays and a table in a folder with folders."""
    for name in ("b.png", "a/2.JPG", "a/10.png", "notes.txt", "a/.hidden"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png(IMAGES[0]))
    np.savez(tmp_path / "c.npz", x_train=IMAGES, y_train=np.arange(7), x_test=IMAGES[:2])
    np.savez_compressed(tmp_path / "d.npz", images=IMAGES[:, :, :, None].repeat(3, axis=3))
    files = [{"bytes": png(image), "path": None} for image in IMAGES[:3]]
    pq.write_table(pa.table({"label": [1, 2, 3], "image": files}), tmp_path / "e.parquet")
    return tmp_path


def names(files, start=0):
    return [item.name for item in read_items(files, start)]


def test_a_folder_gives_all_its_images_in_order(scans):
    files = list(find_files([str(scans)]))
    found = [str(file.relative_to(scans)) for file in files]
    assert found == ["b.png", "c.npz", "d.npz", "e.parquet", "a/10.png", "a/2.JPG"]
    assert count_images(files) == 1 + 9 + 7 + 3 + 2
    assert len(names(files)) == 22


@pytest.mark.parametrize("start", range(23))
def test_reading_starts_anywhere(scans, start):
    files = list(find_files([str(scans)]))
    assert names(files, start) == names(files)[start:]


def test_patterns_and_files(scans):
    files = find_files([f"{scans}/**/*.png", f"{scans}/notes.txt"])
    assert [file.name for file in files] == ["10.png", "b.png", "notes.txt"]


def test_arrays_are_the_images(scans):
    items = list(read_items([scans / "c.npz"]))
    assert items[0].name == f"{scans}/c.npz:x_train:0"
    np.testing.assert_array_equal([item.image for item in items[:7]], IMAGES)
    np.testing.assert_array_equal([item.image for item in items[7:]], IMAGES[:2])
    (*_, last) = read_items([scans / "d.npz"])
    np.testing.assert_array_equal(last.image[:, :, 1], IMAGES[6])


def test_tables_hold_files(scans):
    items = list(read_items([scans / "e.parquet"], 1))
    assert [item.name for item in items] == [f"{scans}/e.parquet:1", f"{scans}/e.parquet:2"]
    np.testing.assert_array_equal(Image.open(io.BytesIO(items[0].image)), IMAGES[1])


def test_a_column_of_bytes_will_do(tmp_path):
    table = pa.table({"scan": pa.array([b"1", None], pa.binary()), "id": ["a", "b"]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert [item.image for item in read_items([tmp_path / "t.parquet"])] == [b"1", b""]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing", "there is no such file, and no file fits it"),
        ("*.tiff", "no file fits it"),
    ],
)
def test_a_path_that_names_nothing_is_an_error(tmp_path, path, message):
    with pytest.raises(DataError, match=message):
        list(find_files([str(tmp_path / path)]))


def save(path, **arrays):
    np.savez(path, **arrays)


def save_as_pickle(path):
    np.savez(path, images=np.array([[[None]]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_bytes(b"no zip"), "cannot be read as .npz"),
        (lambda p: p.write_bytes(b""), "cannot be read as .npz"),
        (lambda p: zipfile.ZipFile(p, "w").close(), "has no array of shape"),
        (lambda p: save(p, labels=np.arange(3)), "has no array of shape"),
        (lambda p: save(p, images=np.zeros((2, 3, 3))), "dtype float64, but expected uint8"),
        (lambda p: save(p, images=IMAGES.T), "in Fortran order, but expected uint8"),
        (save_as_pickle, "dtype object, but expected uint8"),
    ],
)
def test_a_bad_npz_is_an_error(tmp_path, make, message):
    path = tmp_path / "images.npz"
    make(path)
    with pytest.raises(DataError, match=message):
        count_images([path])


def test_a_bad_table_is_an_error(tmp_path):
    path = tmp_path / "images.parquet"
    path.write_bytes(b"no table")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        count_images([path])
    pq.write_table(pa.table({"label": [1]}), path)
    with pytest.raises(DataError, match=r"has the columns of files \[\], but expected one"):
        count_images([path])
