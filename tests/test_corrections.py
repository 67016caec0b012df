import json
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from siffra import DataError, InvalidImageError
from siffra.corrections import read_corrections, save_correction

PROBABILITIES = {"1": 0.75, "7": 0.25}


@pytest.fixture
def drawing():
    image = np.full((80, 60), 255, dtype=np.uint8)
    image[10:70, 28:34] = 0
    return image


def test_saved_corrections_are_read(tmp_path, drawing):
    folder = tmp_path / "new" / "folder"
    path = save_correction(folder, drawing, 7, PROBABILITIES, "model")
    save_correction(folder, drawing.T, 1, PROBABILITIES, "model")
    images = {c.label: c.image for c in read_corrections(folder)}
    assert set(images) == {1, 7}
    np.testing.assert_array_equal(images[7], drawing)
    record = json.loads(path.read_text())
    assert record.pop("created").endswith("+00:00")
    assert record == {"label": 7, "probabilities": PROBABILITIES, "model": "model"}
    assert len(list(folder.iterdir())) == 4


def test_a_corrected_correction_is_replaced(tmp_path, drawing):
    for label in (7, 1):
        save_correction(tmp_path, drawing, label, PROBABILITIES, "model")
    (correction,) = read_corrections(tmp_path)
    assert correction.label == 1
    np.testing.assert_array_equal(correction.image, drawing)


def test_transparency_is_kept(tmp_path, drawing):
    sheet = np.dstack([drawing * 0] * 3 + [255 - drawing])
    save_correction(tmp_path, sheet, 1, PROBABILITIES, "")
    np.testing.assert_array_equal(read_corrections(tmp_path)[0].image, sheet)


@pytest.mark.parametrize("label", [10, 2.5, "7", True])
def test_a_label_that_is_not_a_digit_is_rejected(tmp_path, drawing, label):
    with pytest.raises(DataError, match=repr(label)):
        save_correction(tmp_path, drawing, label, PROBABILITIES, "")


def test_only_images_are_saved(tmp_path):
    with pytest.raises(InvalidImageError):
        save_correction(tmp_path, np.zeros(3), 1, PROBABILITIES, "")
    assert list(tmp_path.iterdir()) == []


def test_an_image_without_a_record_is_ignored(tmp_path, drawing):
    save_correction(tmp_path, drawing, 7, PROBABILITIES, "model")
    Image.fromarray(drawing).save(tmp_path / "half.png")
    assert [correction.label for correction in read_corrections(tmp_path)] == [7]


def test_a_folder_without_any_record_is_an_error(tmp_path, drawing):
    Image.fromarray(drawing).save(tmp_path / "half.png")
    with pytest.raises(DataError, match="no JSON file"):
        read_corrections(tmp_path)


BROKEN = ['{"label": 3', "[]", '{"label": true}', f'{{"label": {"9" * 5000}}}']
BROKEN += ['{"label": ' + "[" * 30_000, '{"label": 3, "note": "' + "x" * 100_000 + '"}']


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_record_is_named(tmp_path, drawing, text):
    Image.fromarray(drawing).save(tmp_path / "a.png")
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json"):
        read_corrections(tmp_path)


def png_header(width, height):
    """A PNG file that announces a size and has no pixels."""
    data = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", data), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@pytest.mark.parametrize("content", [png_header(60_000, 60_000), png_header(9000, 9000), b"GIF89a"])
def test_a_decompression_bomb_and_another_format_are_named(tmp_path, content):
    (tmp_path / "a.json").write_text('{"label": 3}')
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png"):
        read_corrections(tmp_path)


def test_a_truncated_image_is_named_when_it_is_read(tmp_path, drawing):
    path = save_correction(tmp_path, np.tile(drawing, (20, 20)), 1, PROBABILITIES, "")
    image = path.with_suffix(".png")
    image.write_bytes(image.read_bytes()[:-200])
    (correction,) = read_corrections(tmp_path)
    with pytest.raises(DataError, match=image.name):
        _ = correction.image


def test_a_record_without_its_image_and_a_pipe_are_named(tmp_path):
    (tmp_path / "a.json").write_text('{"label": 3}')
    with pytest.raises(DataError, match=r"a\.png"):
        read_corrections(tmp_path)
    os.mkfifo(tmp_path / "0.json")
    with pytest.raises(DataError, match=r"0\.json"):
        read_corrections(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="nothing"):
        read_corrections(tmp_path / "nothing")
