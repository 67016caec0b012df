import numpy as np
import pytest
from PIL import Image

from pipeline.feature_set import Source, Split, build_feature_set
from pipeline.labeled_images import read_labeled_images
from pipeline.model import build_extractor
from siffra import DataError


@pytest.fixture
def folder(tmp_path, small):
    """Three images of each digit, in folders named 0 to 9, and other files."""
    for digit in range(10):
        (tmp_path / f"{digit}").mkdir()
        for index, image in enumerate(small.images[small.labels == digit][:3]):
            Image.fromarray(255 - image).save(tmp_path / f"{digit}" / f"{index}.png")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "7.png").touch()
    (tmp_path / "3" / "notes.txt").touch()
    (tmp_path / "3" / ".hidden.png").touch()
    return tmp_path


def test_folders_are_labels(folder):
    images = read_labeled_images(folder)
    assert len(images) == 30
    assert all(image.path.parent.name == f"{image.label}" for image in images)
    assert len({image.writer for image in images}) == 30
    assert not any(image.writer_is_known for image in images)


def test_a_csv_file_names_writers(folder):
    rows = [("0/0.png", 0, "ann"), ("5/1.png", 5, "bo"), ("6/2.png", 6, "ann")]
    lines = ["label,writer,path", *(f"{label},{writer},{path}" for path, label, writer in rows)]
    (folder / "list.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    images = read_labeled_images(folder / "list.csv")
    assert [(one.path.relative_to(folder).as_posix(), one.label) for one in images] == [
        row[:2] for row in rows
    ]
    assert [one.writer for one in images] == [0, 1, 0]
    assert all(one.writer_is_known for one in images)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path,label\n", "there are no images"),
        ("path,label\nmissing.png,3", "line 2.*a file that exists"),
        ("path,label\n0/0.png,0\n0/1.png,ten", "line 3.*'ten'"),
        ("path,label\n0/0.png,10", "line 2.*'10'"),
        ("file,digit\n0/0.png,0", "the columns path and label"),
    ],
)
def test_an_unusable_list_is_an_error(folder, content, message):
    (folder / "list.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        read_labeled_images(folder / "list.csv")


def test_a_missing_and_an_empty_folder_are_errors(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        read_labeled_images(tmp_path / "missing")
    with pytest.raises(DataError, match="folders named 0 to 9"):
        read_labeled_images(tmp_path)


def test_a_fifth_each_is_for_validation_and_test(folder, tiny_mnist):
    rows = build_feature_set(
        build_extractor(), tiny_mnist, {}, seed=0, images=read_labeled_images(folder)
    )
    own = rows[rows.sources == Source.IMAGES]
    assert np.bincount(own.splits).tolist() == [18, 6, 6]
    assert not own.augmented.any()
    assert len(np.unique(own.groups)) == 30
    assert len(rows.select(Split.TEST, Source.IMAGES)) == 6


def test_an_image_that_cannot_be_read_is_named(folder, tiny_mnist):
    (folder / "4" / "0.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"4.0\.png.*cannot be read"):
        build_feature_set(
            build_extractor(), tiny_mnist, {}, seed=0, images=read_labeled_images(folder)
        )
