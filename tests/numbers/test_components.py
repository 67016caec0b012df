import cv2
import numpy as np
import pytest

from siffra.numbers.components import (
    find_components,
    find_lines_of_text,
    main_axis,
    median_of_ink,
    slant_of,
)


def mask(*boxes, shape=(400, 400)):
    """Return a mask with boxes (left, top, width, height)."""
    found = np.zeros(shape, np.uint8)
    for left, top, width, height in boxes:
        found[top : top + height, left : left + width] = 1
    return found


def lines_of(*boxes):
    return find_lines_of_text(find_components(mask(*boxes)))


def lefts(line):
    return [one.left for one in line.components]


def test_lines_from_top_to_bottom_and_digits_from_left_to_right():
    lines = lines_of((300, 30, 40, 100), (40, 40, 40, 100), (60, 220, 40, 90), (10, 230, 20, 90))
    assert [lefts(line) for line in lines] == [[40, 300], [10, 60]]
    assert [(line.top, line.bottom) for line in lines] == [(30, 140), (220, 320)]


def test_digits_of_different_height_are_one_line():
    (line,) = lines_of((10, 100, 40, 100), (70, 60, 40, 80), (130, 150, 40, 70))
    assert lefts(line) == [10, 70, 130]


@pytest.mark.parametrize(
    "box",
    [
        (150, 188, 12, 12),  # a decimal point
        (150, 190, 12, 40),  # a comma
        (80, 150, 40, 10),  # a minus sign
        (215, 100, 50, 10),  # the flag of a 5, beside its body
        (240, 150, 6, 6),  # a speck
        (140, 0, 8, 300),  # the line of a cell
        (100, 320, 280, 8),  # a line below
    ],
)
def test_signs_and_lines_belong_to_a_line_but_do_not_tell_where_it_is(box):
    (line,) = lines_of((170, 100, 40, 100), (290, 100, 40, 100), box)
    assert box[0] in lefts(line)
    assert (line.top, line.bottom) == (100, 200)


def test_a_sign_belongs_to_the_nearest_line():
    comma = (60, 135, 8, 20)
    lines = lines_of((10, 40, 40, 100), (70, 40, 40, 100), (10, 240, 40, 90), comma)
    assert [lefts(line) for line in lines] == [[10, 60, 70], [10]]


def test_the_median_of_ink():
    (line,) = lines_of((10, 100, 40, 100), (70, 120, 20, 80), (120, 150, 10, 50))
    assert median_of_ink(line.components, [1, 2, 3]) == 1  # 4000 of 6100 pixels
    assert median_of_ink(line.components[1:], [2, 3]) == 2


@pytest.mark.parametrize("degrees", [-80, -30, 0, 30, 60])
def test_the_main_axis_of_a_bar(degrees):
    image = np.zeros((400, 400), np.uint8)
    box = cv2.boxPoints(((200, 200), (240, 24), -degrees))  # OpenCV turns clockwise
    cv2.fillConvexPoly(image, np.rint(box).astype(np.int32), 1)
    length, thickness, angle = main_axis(image)
    assert length == pytest.approx(240, rel=0.03)
    assert thickness == pytest.approx(24, rel=0.1)
    assert 180 * angle == pytest.approx(degrees, abs=2)
    if abs(degrees) >= 60:
        assert slant_of(image) == pytest.approx(1 / np.tan(np.radians(degrees)), abs=0.05)
