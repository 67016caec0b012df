import numpy as np
import pytest
from conftest import SHARED

from pipeline import DataError
from pipeline.training.strokes import (
    BRUSH_SIZES,
    CANVAS_SIZE,
    DIGIT_SIZES,
    describe,
    distort_strokes,
    read_unipen,
    render,
)

LINES = """.SEGMENT DIGIT    0 ? "1"
.COMMENT 1 7  224
.PEN_DOWN
 100  400
 100  200
.PEN_UP
.DT 100
.SEGMENT DIGIT    1 ? "4"
.COMMENT 4 8  225
.PEN_DOWN
 10 30
 15 20
.PEN_UP
.PEN_DOWN
 12 25
.PEN_UP
""".splitlines()


def write(tmp_path, lines):
    path = tmp_path / "digits.tra"
    path.write_text("\n".join(lines))
    return path


def test_labels_writers_and_strokes_are_read(tmp_path):
    first, second = read_unipen(write(tmp_path, LINES))
    assert (first.label, first.writer, len(first.strokes)) == (1, 7, 1)
    assert (second.label, second.writer, len(second.strokes)) == (4, 8, 2)
    # y grows upwards in the file and downwards in an image.
    assert first.strokes[0].tolist() == [[100, -400], [100, -200]]


def test_the_description_names_the_file_and_counts(tmp_path):
    path = write(tmp_path, LINES)
    found = describe(read_unipen(path), path)["strokes"]
    assert (found["name"], found["digits"], found["writers"]) == ("digits.tra", 2, 2)
    assert describe([], None) == {}


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (1, '.SEGMENT DIGIT    0 ? "x"', "line 1: expected .SEGMENT DIGIT"),
        (1, "", r"line 2|digit 1|line 3"),
        (2, ".COMMENT 5 7  224", "line 2: expected the label 1"),
        (2, ".COMMENT hello", "digit 1 has no stroke or no writer"),
        (4, " 100 x", "line 4: .*could not convert"),
        (4, " 100", "line 4: not enough values"),
        (4, " 100 200 300", "line 4: too many values"),
        (6, "", "line 8: expected .SEGMENT"),
        (3, "", "line 4: expected points only between"),
        (10, ".PEN_UP", "line 10: expected .PEN_UP after"),
        (14, "", "line 15: expected points only"),
        (16, "", "line 15: the file ends inside a stroke"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, line, text, message):
    lines = [*LINES[: line - 1], text, *LINES[line:]]
    with pytest.raises(DataError, match=message):
        read_unipen(write(tmp_path, lines))


def test_a_file_without_digits_and_a_missing_one(tmp_path):
    with pytest.raises(DataError, match="holds no digit"):
        read_unipen(write(tmp_path, ["hello: world"][:0]))
    with pytest.raises(DataError, match="cannot be read"):
        read_unipen(tmp_path / "nowhere.tra")
    (tmp_path / "binary.tra").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="cannot be read"):
        read_unipen(tmp_path / "binary.tra")


def test_the_real_file_has_thirty_writers():
    path = SHARED / "strokes" / "pendigits-orig.tra"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    digits = read_unipen(path)
    assert len(digits) == 7494
    assert len({digit.writer for digit in digits}) == 30
    assert {digit.label for digit in digits} == set(range(10))


def test_renderings_keep_to_their_sizes_and_to_the_canvas():
    rng = np.random.default_rng(0)
    stroke = [np.array([[0.0, 0.0], [3.0, 10.0]])]
    least, most = DIGIT_SIZES[0] * CANVAS_SIZE, (DIGIT_SIZES[1] + BRUSH_SIZES[1]) * CANVAS_SIZE
    corners = []
    for _ in range(200):
        rows, columns = np.nonzero(render(stroke, rng))
        assert least <= np.ptp(rows) + 1 <= most + 2
        assert np.ptp(columns) < np.ptp(rows)
        corners.append((rows.min(), columns.min()))
    assert np.std(corners, axis=0).min() > 20


def test_a_single_point_is_a_dot():
    assert render([np.array([[5.0, 5.0]])], np.random.default_rng(0)).any()


def test_distortion_is_small():
    rng = np.random.default_rng(0)
    stroke = [np.array([[0.0, 0.0], [0.0, 100.0]])]
    angles = []
    for _ in range(300):
        x, y = np.subtract(*distort_strokes(stroke, rng, 6.0)[0][::-1])
        angles.append(np.degrees(np.arctan2(x, y)))
    assert np.mean(angles) == pytest.approx(0, abs=2)
    assert np.std(angles) == pytest.approx(np.hypot(6, np.degrees(0.1)), rel=0.25)
