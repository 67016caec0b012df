import numpy as np
import pytest

from pipeline.strokes import (
    BRUSH_SIZES,
    CANVAS_SIZE,
    CHARACTER,
    CHARACTER_SIZES,
    read_unipen,
    render,
)
from siffra import DataError

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


OTHERS = """.COMMENT From UNIPEN, converted
.SEGMENT CHARACTER 0 ? "A"
.COMMENT A 160 0
.PEN_DOWN
1 2
.PEN_UP
.SEGMENT CHARACTER 0 ? \"\"\"
.COMMENT " 102 12220
.PEN_DOWN
3.5 4
.PEN_UP
""".splitlines()


def write(tmp_path, lines):
    path = tmp_path / "digits.tra"
    path.write_text("\n".join(lines))
    return path


def test_labels_writers_and_strokes_are_read(tmp_path):
    first, second = read_unipen(write(tmp_path, LINES))
    assert (first.label, first.writer, len(first.strokes)) == ("1", 7, 1)
    assert (second.label, second.writer, len(second.strokes)) == ("4", 8, 2)
    # y grows upwards in the file and downwards in an image.
    assert first.strokes[0].tolist() == [[100, -400], [100, -200]]


def test_letters_and_symbols_are_read(tmp_path):
    read = read_unipen(write(tmp_path, OTHERS), CHARACTER)
    assert [(one.label, one.writer) for one in read] == [("A", 160), ('"', 102)]


def test_a_digit_among_letters_and_a_letter_among_digits_are_rejected(tmp_path):
    with pytest.raises(DataError, match="line 2"):
        read_unipen(write(tmp_path, OTHERS))
    digit = [line.replace('"A"', '"5"') for line in OTHERS]
    with pytest.raises(DataError, match="line 2: expected no digit"):
        read_unipen(write(tmp_path, digit), CHARACTER)


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (2, ".COMMENT 5 7  224", "line 2: expected the label 1"),
        (2, ".COMMENT hello", "character 1 has no stroke or no writer"),
        (4, " 100 x", "line 4: .*could not convert"),
        (4, " 100", "line 4: expected two coordinates"),
        (4, " nan 200", "line 4: expected finite"),
        (6, "", "line 8: expected .SEGMENT"),
        (3, "", "line 4: expected points only between"),
        (16, "", "line 15: the file ends inside a stroke"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, line, text, message):
    lines = [*LINES[: line - 1], text, *LINES[line:]]
    with pytest.raises(DataError, match=message):
        read_unipen(write(tmp_path, lines))


def test_empty_missing_binary_and_huge_files_are_named(tmp_path):
    (tmp_path / "binary.tra").write_bytes(bytes(range(256)))
    with (tmp_path / "huge.tra").open("wb") as file:
        file.truncate(10**10)
    (tmp_path / "empty.tra").touch()
    for name in ("empty.tra", "nowhere.tra", "binary.tra", "huge.tra", "."):
        with pytest.raises(DataError, match=str(tmp_path / name)):
            read_unipen(tmp_path / name)


def test_renderings_keep_to_their_sizes_and_to_the_canvas():
    rng = np.random.default_rng(0)
    stroke = [np.array([[0.0, 0.0], [3.0, 10.0]])]
    least = CHARACTER_SIZES[0] * CANVAS_SIZE
    most = (CHARACTER_SIZES[1] + BRUSH_SIZES[1]) * CANVAS_SIZE
    corners = []
    for _ in range(200):
        rows, columns = np.nonzero(render(stroke, rng))
        assert least <= np.ptp(rows) + 1 <= most + 2
        assert np.ptp(columns) < np.ptp(rows)
        corners.append((rows.min(), columns.min()))
    assert np.std(corners, axis=0).min() > 20
