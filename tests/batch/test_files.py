import io
import os
import resource
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from siffra import DataError
from siffra.batch.files import count_images, find_files, read_items

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def scans(tmp_path):
    """Images, arrays and a table in a folder with folders."""
    names = ("b.png", "a/2.JPG", "a/10.png", "notes.txt", ".hidden.png", ".cache/c.png")
    for name in (*names, "__MACOSX/b.png", "a/.ipynb_checkpoints/2.png", "page.eps"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png(IMAGES[0]))
    np.savez(tmp_path / "c.npz", x_train=IMAGES, y_train=np.arange(7), x_test=IMAGES[:2])
    np.savez_compressed(tmp_path / "d.npz", images=IMAGES[:, :, :, None].repeat(3, axis=3))
    files = [{"bytes": png(image), "path": None} for image in IMAGES[:3]]
    pq.write_table(pa.table({"label": [1, 2, 3], "image": files}), tmp_path / "e.parquet")
    return tmp_path


def find(*paths):
    """Return the files found and the lines printed."""
    lines = []
    return list(find_files([str(path) for path in paths], lines.append)), lines


def test_visible_files_of_a_folder_are_found_in_order(scans):
    files, lines = find(scans)
    names = [str(file.relative_to(scans)) for file in files]
    assert names == ["b.png", "c.npz", "d.npz", "e.parquet", "a/10.png", "a/2.JPG"]
    assert count_images(files) == len(list(read_items(files))) == 1 + 9 + 7 + 3 + 2
    assert lines == []


def test_patterns_and_named_files(scans):
    files, _ = find(f"{scans}/**/*.png", f"{scans}/notes.txt", f"{scans}/.hidden.png")
    assert [file.name for file in files] == ["10.png", "b.png", "notes.txt", ".hidden.png"]
    assert len(find(f"{scans}/__MACOSX/*.png")[0]) == 1


@pytest.mark.parametrize("path", ["nothing", "*.tiff"])
def test_path_that_names_nothing_is_an_error(tmp_path, path):
    with pytest.raises(DataError, match="no such file"):
        find(tmp_path / path)


def test_fifos_devices_and_links_to_folders_are_skipped(tmp_path):
    (tmp_path / "1.png").write_bytes(png(IMAGES[0]))
    (tmp_path / "2.png").symlink_to(tmp_path / "1.png")
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "broken.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    files, lines = find(tmp_path)
    assert [file.name for file in files] == ["1.png", "2.png"]
    skipped = {line.split(":")[0].rsplit("/")[-1]: line for line in lines}
    assert skipped.keys() == {"fifo.png", "zero.png", "broken.png", "loop"}
    assert "link to a folder" in skipped["loop"]
    assert "FIFO" in skipped["fifo.png"]
    assert find(tmp_path / "fifo.png")[0] == []


def test_arrays_are_the_images(scans):
    items = list(read_items([scans / "c.npz"]))
    assert items[0].name == f"{scans}/c.npz:x_train:0"
    np.testing.assert_array_equal([item.image for item in items[:7]], IMAGES)
    np.testing.assert_array_equal([item.image for item in items[7:]], IMAGES[:2])
    *_, last = read_items([scans / "d.npz"])
    np.testing.assert_array_equal(last.image[:, :, 1], IMAGES[6])


def test_tables_hold_files(scans):
    items = list(read_items([scans / "e.parquet"]))
    assert [item.name for item in items] == [f"{scans}/e.parquet:{i}" for i in range(3)]
    np.testing.assert_array_equal(Image.open(io.BytesIO(items[1].image)), IMAGES[1])


def array_file(path, header, content=b""):
    """An .npz file with any header."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False} | header)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", stream.getvalue() + content)


def corrupt(path):
    np.savez(path, images=IMAGES)
    content = bytearray(path.read_bytes())
    content[250] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_bytes(b""), "damaged"),
        (corrupt, "damaged"),
        (lambda p: zipfile.ZipFile(p, "w").close(), "no array of shape"),
        (lambda p: np.savez(p, images=IMAGES.T), "Fortran order"),
        (lambda p: np.savez(p, images=np.array([[[None]]])), "dtype object"),
        (lambda p: array_file(p, {"shape": (10**12, 28, 28)}), "is shorter"),
        (lambda p: array_file(p, {"shape": (10**12, 0, 28)}), r"\(1000000000000, 0, 28\)"),
        (lambda p: array_file(p, {"shape": (1, 10**6, 10**6)}), r"\(1, 1000000, 1000000\)"),
    ],
)
def test_damaged_npz_gives_one_error(tmp_path, make, message):
    path = tmp_path / "images.npz"
    make(path)
    *_, last = read_items([path])
    assert last.name == str(path)
    with pytest.raises(DataError, match=message):
        raise last.image
    assert count_images([path]) >= 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_bytes(b"no table"), "damaged"),
        (lambda p: pq.write_table(pa.table({"label": [1]}), p), r"columns \[\] hold files"),
        (
            lambda p: pq.write_table(
                pa.table({"image": [bytes(10**7)] * 30}),
                p,
                use_dictionary=False,
                write_statistics=False,
            ),
            "unpacks to 300 MB",
        ),
    ],
)
def test_damaged_table_gives_one_error(tmp_path, make, message):
    path = tmp_path / "images.parquet"
    make(path)
    (item,) = read_items([path])
    with pytest.raises(DataError, match=message):
        raise item.image


def test_one_value_in_all_rows_of_a_table_is_not_multiplied(tmp_path):
    """A file of a few kB in which 100 rows refer to one image of 20 MB."""
    path = tmp_path / "images.parquet"
    images = pa.array([bytes(20_000_000)]).dictionary_encode()
    images = pa.DictionaryArray.from_arrays(pa.array([0] * 100), images.dictionary)
    pq.write_table(pa.table({"image": images}), path, compression="zstd", store_schema=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(len(item.image) == 20_000_000 for item in read_items([path])) == 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000
