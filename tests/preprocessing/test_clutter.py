import cv2
import numpy as np
import pytest
from sketching import DIGITS

from pipeline.preprocessing.clutter import (
    remove_clutter,
    remove_lines,
    select_components,
    shrink_mask,
    stroke_width,
)


def digit(label, size=200, side=100, pen=8):
    """A digit in the middle of a 0/1 mask."""
    mask = np.zeros((size, size), dtype=np.uint8)
    for stroke in DIGITS[label]:
        points = np.rint(np.array(stroke) * side + (size - side) / 2).astype(np.int32)
        cv2.polylines(mask, [points], False, 1, pen)
    return mask


def overlap(found, expected):
    """Intersection over union."""
    return (found & expected).sum() / (found | expected).sum()


@pytest.mark.parametrize("label", list(DIGITS))
@pytest.mark.parametrize("thickness", [1, 4])
def test_a_frame_is_removed_and_the_digit_is_not(label, thickness):
    expected = digit(label)
    mask = cv2.rectangle(expected.copy(), (8, 12), (190, 186), 1, thickness)
    assert overlap(remove_clutter(mask), expected) > 0.97


@pytest.mark.parametrize("label", list(DIGITS))
def test_an_underline_is_removed(label):
    expected = digit(label)
    mask = cv2.line(expected.copy(), (30, 170), (180, 173), 1, 4)
    assert overlap(remove_clutter(mask), expected) > 0.97


@pytest.mark.parametrize("label", list("02356789"))
def test_squared_paper_is_removed(label):
    expected = digit(label)
    mask = expected.copy()
    for place in range(7, 200, 31):
        mask[place], mask[:, place] = 1, 1
    assert overlap(remove_clutter(mask), expected) > 0.85


@pytest.mark.parametrize("label", list(DIGITS))
@pytest.mark.parametrize("pen", [8, 20])
def test_the_strokes_of_a_digit_are_no_lines(label, pen):
    mask = digit(label, pen=pen)
    np.testing.assert_array_equal(remove_clutter(mask), mask)
    left, top, width, height = cv2.boundingRect(mask)
    cropped = np.ascontiguousarray(mask[top : top + height, left : left + width])
    np.testing.assert_array_equal(remove_lines(cropped), cropped)


def test_a_table_edge_and_specks_are_removed():
    expected = digit("3")
    mask = expected.copy()
    mask[:, :12] = 1
    cv2.circle(mask, (170, 40), 4, 1, -1)
    np.testing.assert_array_equal(select_components(mask), expected)


def test_a_digit_that_touches_the_border_is_kept():
    expected = digit("5", size=112, side=108)
    mask = expected.copy()
    mask[50, 8] = 1
    np.testing.assert_array_equal(select_components(mask), expected)


def test_small_components_are_removed_even_if_there_are_no_others():
    mask = np.zeros((50, 50), dtype=np.uint8)
    mask[20:24, 20:24] = 1
    assert select_components(mask).any()
    assert not select_components(mask, min_area=16).any()


@pytest.mark.parametrize("scale", [0.5, 0.31, 0.05])
def test_shrinking_breaks_no_line(scale):
    mask = np.zeros((300, 400), dtype=np.uint8)
    cv2.ellipse(mask, (200, 150), (180, 120), 20, 0, 360, 1, 1)
    small = shrink_mask(mask, scale)
    assert cv2.connectedComponents(small)[0] == 2
    assert cv2.connectedComponents(1 - small, connectivity=4)[0] == 3  # inside and outside


@pytest.mark.parametrize("width", [5, 12])
def test_the_stroke_width_of_a_bar_is_its_width(width):
    mask = np.zeros((100, 300), dtype=np.uint8)
    mask[40 : 40 + width, 10:290] = 1
    assert stroke_width(mask) == pytest.approx(width, abs=0.6)
