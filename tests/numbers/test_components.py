import numpy as np
import pytest

from siffra.numbers.components import find_components, find_lines_of_text


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
    ("box", "is_part"),
    [
        ((150, 188, 12, 12), False),  # a decimal point
        ((80, 150, 40, 10), False),  # a minus sign
        ((215, 100, 50, 10), True),  # the flag of a 5, beside its body
        ((170, 86, 40, 10), True),  # above a digit
        ((180, 150, 2, 2), False),  # a speck
    ],
)
def test_what_is_too_low_for_a_digit(box, is_part):
    (line,) = lines_of((170, 100, 40, 100), (290, 100, 40, 100), box)
    assert (box[0] in [one.left for one in line.components if one.height < 30]) == is_part


def test_which_components_are_too_low_for_a_digit():
    (line,) = lines_of((170, 100, 40, 100), (215, 100, 50, 10), (290, 120, 40, 60))
    assert line.is_low == [False, True, False]
