"""The released model reads the digits and the signs of a number, whatever is printed there."""

import cv2
import numpy as np
import pytest
from apps import ROOT
from polylines import draw, photo_of, write

from siffra import DigitReader

HEIGHT = 90
PEN = 8
TEXTS = ["405", "1983", "72", "66", "28", "3571"]


@pytest.fixture(scope="module")
def reader():
    return DigitReader.from_pretrained(ROOT / "model")


def write_number(text, gap):
    """Return digits bright on black, and the columns in the middle of their gaps."""
    canvas, left, gaps = np.zeros((3 * HEIGHT, 6 * HEIGHT), np.uint8), HEIGHT, []
    for k, label in enumerate(text):
        digit = draw(write(label, k % 3), (3 * HEIGHT, 3 * HEIGHT), HEIGHT, PEN)
        x, _, width, _ = cv2.boundingRect(digit)
        area = canvas[:, left : left + width]
        np.maximum(area, digit[:, x : x + width], out=area)
        left += width + round(gap * HEIGHT)
        gaps.append(left - round(gap * HEIGHT / 2))
    return canvas, gaps


def comma(canvas, gaps):
    cv2.line(canvas, (gaps[0], 177), (gaps[0] - 8, 197), 255, PEN, cv2.LINE_AA)


def point(canvas, gaps):
    cv2.circle(canvas, (gaps[0], 178), 6, 255, -1, cv2.LINE_AA)


def dash(canvas, gaps):
    cv2.line(canvas, (gaps[0] - 9, 138), (gaps[0] + 9, 138), 255, PEN, cv2.LINE_AA)


def minus(canvas, gaps):
    cv2.line(canvas, (HEIGHT - 50, 138), (HEIGHT - 20, 136), 255, PEN, cv2.LINE_AA)


def colon(canvas, gaps):
    for y in (115, 160):
        cv2.circle(canvas, (gaps[0], y), 6, 255, -1, cv2.LINE_AA)


def underline(canvas, gaps):
    left, _, width, _ = cv2.boundingRect(canvas)
    cv2.line(canvas, (left - 6, 194), (left + width + 6, 197), 255, PEN + 2, cv2.LINE_AA)


def specks(canvas, gaps):
    rng = np.random.default_rng(len(gaps))
    for x in rng.integers(60, gaps[-1], 5).tolist():  # not on the base line, where points are
        y = int(rng.choice([rng.integers(50, 85), rng.integers(215, 240)]))
        cv2.circle(canvas, (x, y), 3, 255, -1, cv2.LINE_AA)


def slash(canvas, gaps):
    cv2.line(canvas, (gaps[0] + 16, 80), (gaps[0] - 16, 196), 255, PEN, cv2.LINE_AA)


@pytest.mark.parametrize(
    ("mark", "form"),
    [
        *((comma, "{0},{1}"), (point, "{0}.{1}"), (dash, "{0}-{1}"), (colon, "{0}:{1}")),
        *((slash, "{0}/{1}"), (minus, "-{0}{1}"), (underline, "{0}{1}"), (specks, "{0}{1}")),
    ],
)
def test_signs_and_marks(reader, mark, form):
    found = []
    for text in TEXTS:
        canvas, gaps = write_number(text, 0.42)
        mark(canvas, gaps)
        number = reader.read_number(255 - canvas)
        found.append(number.guess)
        # The sign is in its place; what else is not gone by then was left out.
        sign = form.format("", "")
        assert {one.text for one in number.marks} <= {sign}
        if sign:
            alone = np.zeros_like(canvas)
            mark(alone, gaps)
            (found_mark,) = number.marks
            np.testing.assert_allclose(found_mark.box, cv2.boundingRect(alone), atol=4)
    assert found == [form.format(text[0], text[1:]) for text in TEXTS]


def plus(canvas, gaps):
    dash(canvas, gaps)
    cv2.line(canvas, (gaps[0], 118), (gaps[0], 158), 255, PEN, cv2.LINE_AA)


def equals(canvas, gaps):
    for y in (128, 148):
        cv2.line(canvas, (gaps[0] - 15, y), (gaps[0] + 15, y), 255, PEN, cv2.LINE_AA)


@pytest.mark.parametrize("other", [plus, equals])
def test_another_character_is_not_read_as_a_digit(reader, other):
    for text in TEXTS:
        canvas, gaps = write_number(text, 0.5)
        other(canvas, gaps)
        number = reader.read_number(255 - canvas)
        assert (number.label, number.unsure) == (None, True)
        assert [one.label for one in number.digits] == list(map(int, text))
        assert "?" in [one.text for one in number.marks]


def test_the_side_of_a_cell_is_no_digit(reader):
    for text in TEXTS:
        # One that is hardly taller than the digit may be a 1: that is doubt.
        for top, bottom in ((40, 240), (70, 215)):
            canvas, _ = write_number(text[0], 0.2)
            cv2.line(canvas, (HEIGHT - 25, top), (HEIGHT - 27, bottom), 255, 4, cv2.LINE_AA)
            number = reader.read_number(255 - canvas)
            assert number.guess == text[0] or (number.unsure and top == 70)


@pytest.mark.parametrize("gap", [0, 12, 60])
@pytest.mark.parametrize("degrees", [0, 3])
@pytest.mark.parametrize("is_photo", [False, True])
def test_a_form_with_a_box_for_each_digit(reader, gap, degrees, is_photo):
    rng = np.random.default_rng(gap)
    side, found = 120, []
    for text in TEXTS:
        canvas = np.zeros((side + 120, len(text) * (side + gap) + 120), np.uint8)
        for k, label in enumerate(text):
            left = 60 + k * (side + gap)
            cv2.rectangle(canvas, (left, 60), (left + side, 60 + side), 255, 3)
            center = (left + side / 2, 60 + side / 2)
            digit = draw(write(label, k % 3), canvas.shape, HEIGHT, PEN, center)
            canvas = np.maximum(canvas, digit)
        middle = canvas.shape[1] / 2, canvas.shape[0] / 2
        matrix = cv2.getRotationMatrix2D(middle, degrees, 1)
        canvas = cv2.warpAffine(canvas, matrix, canvas.shape[::-1])
        image = photo_of(canvas, rng) if is_photo else 255 - canvas
        found.append(reader.read_number(image).guess)
    assert found == TEXTS


@pytest.mark.parametrize("distance", [50, 90])
@pytest.mark.parametrize("is_photo", [False, True])
def test_squared_paper(reader, distance, is_photo):
    rng = np.random.default_rng(distance)
    found = []
    for text in TEXTS:
        canvas, _ = write_number(text, 0.2)
        canvas[distance // 2 :: distance] |= 255
        canvas[:, distance // 2 :: distance] |= 255
        image = photo_of(canvas, rng) if is_photo else 255 - canvas
        found.append(reader.read_number(image).guess)
    assert found == TEXTS
