"""Numbers from the strokes of a pen: digits that cross, bars that come last, what was erased."""

import re
import tracemalloc

import numpy as np
import pytest
from forks import ROOT
from pen import PEN, draw, line, move, place

from siffra import DataError, DigitReader
from siffra.image_files import OpenedImage
from siffra.numbers.components import TooManyError
from siffra.numbers.foreground import find_foreground
from siffra.numbers.segments import Budget
from siffra.numbers.strokes import (
    MAX_COORDINATE,
    MAX_POINTS,
    MAX_STROKES,
    check_strokes,
    find_drawn_components,
)


@pytest.fixture(scope="module")
def reader():
    return DigitReader.from_pretrained(ROOT / "model")


def components(image, strokes):
    return find_drawn_components(find_foreground(image), check_strokes(strokes), Budget())


@pytest.mark.parametrize("writer", [0, 1, 2])
@pytest.mark.parametrize("text", ["57", "345", "2074", "6832"])
def test_digits_that_cross(reader, text, writer):
    strokes = [stroke for digit in place(text, -0.25, writer) for stroke in digit]
    assert reader.read_number(draw(strokes), strokes).guess == text


@pytest.mark.parametrize("text", ["77", "47", "574"])
def test_bars_that_were_drawn_last(reader, text):
    digits = place(text, 0.1, writer=1)
    strokes = [digit[0] for digit in digits] + [one for digit in digits for one in digit[1:]]
    assert reader.read_number(draw(strokes), strokes).guess == text


def test_digits_that_were_inserted_stand_where_they_are(reader):
    one, two, three = place("123", 0.1)
    strokes = [*three, *one, *two]
    number = reader.read_number(draw(strokes), strokes)
    assert number.guess == "123"
    lefts = [digit.box[0] for digit in number.digits]
    assert lefts == sorted(lefts)


def test_a_stroke_of_two_digits_is_cut(reader):
    (one,), (other,) = place("33", 0.1)
    strokes = [np.concatenate([one, other])]
    assert reader.read_number(draw(strokes), strokes).guess == "33"


def test_ink_that_no_stroke_explains_is_read_as_well(reader):
    first, second = place("27", 0.2)
    number = reader.read_number(draw([*first, *second]), second)
    assert number.guess == "27"
    assert reader.read_number(draw([*first, *second]), []).guess == "27"


def test_strokes_without_ink_are_gone(reader):
    first, second = place("27", 0.2)
    other = move(first, 300, 0)
    image = draw([*first, *second])
    assert reader.read_number(image, [*first, *second, *other]).guess == "27"
    assert reader.read_number(image, [*other, *first, *second]).guess == "27"


def test_an_erased_stroke_under_a_new_one_is_gone(reader):
    """An 8 was erased, and two digits written in its place."""
    erased = move(place("8", 0)[0], 30, 0)
    kept = [stroke for digit in place("27", -0.1) for stroke in digit]
    number = reader.read_number(draw(kept), [*erased, *kept])
    assert number.guess == "27"


def test_crossing_strokes_share_the_ink_of_the_crossing():
    strokes = [line((60, 60), (160, 160)), line((160, 60), (60, 160))]
    first, second = components(draw(strokes), strokes)
    shared = np.zeros((300, 300), np.uint8)
    for one in (first, second):
        shared[one.top : one.bottom, one.left : one.right] += one.mask
    foreground = find_foreground(draw(strokes))
    union = (shared > 0)[: len(foreground.mask), : foreground.mask.shape[1]]
    np.testing.assert_array_equal(union, foreground.mask > 0)
    assert 0.5 * PEN**2 < (shared > 1).sum() * foreground.scale**2 < 4 * PEN**2


def test_an_erased_stroke_keeps_its_visible_parts():
    stroke = line((60, 60), (60, 260))
    image = draw([stroke, line((200, 60), (200, 260))])
    image[140:180, :100] = 255
    found = components(image, [stroke])
    scale = find_foreground(image).scale
    assert [one.height * scale for one in found] == pytest.approx([86, 86, 212], abs=4)


def test_a_stroke_drawn_twice_is_one_component():
    stroke, other = line((60, 60), (60, 260)), line((160, 60), (160, 260))
    assert len(components(draw([stroke, other]), [stroke, other, stroke])) == 2


def test_strokes_are_in_the_pixels_of_a_file_that_was_reduced(reader):
    strokes = [stroke for digit in place("57", -0.25) for stroke in digit]
    opened = OpenedImage(draw(strokes), 2.5)
    assert reader.read_number(opened, [2.5 * stroke for stroke in strokes]).guess == "57"


def test_two_lines(reader):
    above = [stroke for digit in place("57", -0.2) for stroke in digit]
    below = move([stroke for digit in place("32", -0.1) for stroke in digit], 20, 160)
    assert reader.read_number(draw([*above, *below]), [*above, *below]).guess == "57\n32"


@pytest.mark.parametrize(
    "strokes",
    [
        "57",
        5,
        {"x": 1},
        [5],
        ["57"],
        [[]],
        [[1, 2]],
        [[[1, 2, 3]]],
        [[[1, 2], [3]]],
        [[["1", "2"]]],
        [[[True, False]]],
        [[[1, None]]],
        [[[1, float("nan")]]],
        [[[1, float("inf")]]],
        [[[1, 10**400]]],
        [[[1, -(2**63)]]],
        [[[1, MAX_COORDINATE + 1]]],
        [[[1j, 1]]],
        np.array(3.0),
        np.zeros((2, 2)),
        [[[1, 2]]] * (MAX_STROKES + 1),
        [[[1, 2]] * MAX_POINTS, [[1, 2]]],
    ],
)
def test_invalid_strokes_are_refused(reader, strokes):
    with pytest.raises(DataError, match=re.compile(r"^[^.]*(\[x, y\])?[^.]*\. Expected .*\.$")):
        reader.read_number(draw([line((60, 60), (60, 260))]), strokes)


def test_a_point_of_millions_of_coordinates_is_not_even_copied():
    """The limit of points would not see it; an array of it takes 40 MB and a tenth of a second."""
    stroke = [[0] * 5_000_000]
    tracemalloc.start()
    with pytest.raises(DataError, match="Stroke 0"):
        check_strokes([stroke])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_strokes_as_lists_as_arrays_and_as_tuples():
    for strokes in ([[[1, 2], [3, 4.5]]], [np.array([[1, 2], [3, 4.5]])], (((1, 2), (3, 4.5)),)):
        (found,) = check_strokes(strokes)
        np.testing.assert_array_equal(found, [[1, 2], [3, 4.5]])
        assert found.dtype == np.float64


@pytest.mark.parametrize(
    "strokes",
    [
        [np.tile([[0, 0], [MAX_COORDINATE, 0]], (MAX_POINTS // 2, 1))],  # too long to follow
        [line((0, 0), (400, 400))] * MAX_STROKES,
        [line((5 * k, 0), (5 * k, 399)) for k in range(80)] * 5,
    ],
)
def test_strokes_that_are_too_much_are_read_as_one_digit(reader, strokes):
    image = draw([line((60, 60), (360, 60)), line((360, 60), (200, 360))])
    assert len(reader.read_number(image, strokes).digits) == 1


def test_strokes_of_many_parts_are_given_up():
    """A thousand strokes, each of which passes the same fifty dots."""
    image = np.full((100, 100), 255, np.uint8)
    y, x = np.mgrid[5:100:10, 5:100:10].reshape(2, -1)
    for down, right in np.ndindex(4, 4):
        image[y + down, x + right] = 0
    rows = [[[0, y], [100, y]][:: 1 - y // 10 % 2 * 2] for y in range(7, 57, 10)]
    with pytest.raises(TooManyError):
        components(image, [np.concatenate(rows)] * MAX_STROKES)


def test_a_number_with_upright_ones_is_sure(reader):
    strokes = [line((x, 40), (x, 160)) for x in (40, 110)]
    assert reader.read_number(draw(strokes), strokes).label == "11"
