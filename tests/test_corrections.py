import json
import os

import numpy as np
import pytest
from PIL import Image

from pipeline import DataError, InvalidImageError
from pipeline.corrections import read_corrections, save_correction

ANSWER = {"1": 0.75, "7": 0.25}


@pytest.fixture
def drawing():
    image = np.full((80, 60), 255, dtype=np.uint8)
    image[10:70, 28:34] = 0
    return image


def test_what_is_saved_is_read(tmp_path, drawing):
    folder = tmp_path / "new" / "folder"
    paths = [save_correction(folder, drawing, label, ANSWER, "folder model") for label in (7, 1)]
    read = {c.label: c.image for c in read_corrections(folder)}
    assert set(read) == {1, 7}
    np.testing.assert_array_equal(read[7], drawing)
    record = json.loads(paths[0].read_text())
    assert record.pop("created").endswith("+00:00")
    assert record == {"label": 7, "answer": ANSWER, "model": "folder model"}
    assert len(list(folder.iterdir())) == 4


def test_transparency_is_kept(tmp_path, drawing):
    sheet = np.dstack([drawing * 0] * 3 + [255 - drawing])
    save_correction(tmp_path, sheet, 1, ANSWER, "")
    np.testing.assert_array_equal(read_corrections(tmp_path)[0].image, sheet)


@pytest.mark.parametrize("label", [10, -1, 2.5, "7", None])
def test_a_label_that_is_none_is_refused(tmp_path, drawing, label):
    with pytest.raises(DataError, match=r"Got the label .*expected 0 to 9"):
        save_correction(tmp_path, drawing, label, ANSWER, "")


def test_what_is_no_image_is_refused(tmp_path):
    with pytest.raises(InvalidImageError):
        save_correction(tmp_path, np.zeros(3), 1, ANSWER, "")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path, drawing, monkeypatch):
    def full(*arguments):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pipeline.corrections.os.replace", full)
    with pytest.raises(DataError, match=r"No space left on device.*Make room"):
        save_correction(tmp_path, drawing, 1, ANSWER, "")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_a_record_is_no_correction(tmp_path, drawing):
    Image.fromarray(drawing).save(tmp_path / "half.png")
    assert read_corrections(tmp_path) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"label": 11}', '{"label": true}', '{"label": 3']
)
def test_a_broken_record_is_named(tmp_path, drawing, text):
    Image.fromarray(drawing).save(tmp_path / "a.png")
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json"):
        read_corrections(tmp_path)


def test_a_record_without_its_picture_is_named(tmp_path):
    (tmp_path / "a.json").write_text('{"label": 3}')
    with pytest.raises(DataError, match="its picture is missing"):
        read_corrections(tmp_path)


def test_no_folder_is_a_clear_error(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        read_corrections(tmp_path / "nothing")
