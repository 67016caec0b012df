import cv2
import numpy as np
import pytest
from polylines import KNOWN_DEFECT, LABELS, draw, write
from scipy import ndimage

from siffra.preprocessing.clutter import (
    remove_lines,
    select_components,
    shrink_mask,
    without_clutter,
)


def digit(label, writer=0, size=200, side=100, pen=8, center=None):
    """A mask of a digit, 0 or 1."""
    image = draw(write(label, writer), (size, size), side, pen, center, cv2.LINE_8)
    return (image > 0).astype(np.uint8)


def overlap(found, expected):
    """Intersection over union."""
    return (found & expected).sum() / (found | expected).sum()


def proposals(mask):
    """Without separate clutter, and also without what touches."""
    separate, touching = without_clutter(mask)
    return separate, touching


def cropped(mask):
    rows, columns = ndimage.find_objects(mask)[0]
    return np.ascontiguousarray(mask[rows, columns])


# Lines


@pytest.mark.parametrize("label", LABELS)
def test_the_strokes_that_cross_a_frame_stay_whole(label):
    expected = digit(label, side=130, center=(100, 125))
    row = int(np.nonzero(expected)[0].max()) - 25
    mask = cv2.rectangle(expected.copy(), (4, 4), (195, row), 1, 3)
    assert overlap(remove_lines(mask), expected) > 0.9


def test_a_turned_frame_is_removed():
    expected = digit("5", size=400, side=200, pen=16)
    corners = cv2.boxPoints(((200, 200), (340, 350), 1.5))
    mask = cv2.polylines(expected.copy(), [np.rint(corners).astype(np.int32)], True, 1, 4)
    assert overlap(remove_lines(mask), expected) > 0.97


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(("writer", "pen"), [(0, 3), (1, 20), (2, 20)])
def test_a_digit_has_no_lines_to_remove(label, writer, pen):
    """The stem of a 1 or 4, the bar of a 7 and the base of a 2 stay, even in a tight crop."""
    mask = digit(label, writer, pen=pen)
    for found in proposals(mask):
        np.testing.assert_array_equal(found, mask)
    for found in proposals(cropped(mask)):
        assert overlap(found, cropped(mask)) > 0.98


@pytest.mark.parametrize("bar", [3, 6])
def test_a_bar_that_is_thinner_than_the_stem_is_no_ruled_line(bar):
    """A tight crop of a 7: its bar reaches from one edge of the image to the other."""
    mask = np.zeros((242, 170), dtype=np.uint8)
    cv2.line(mask, (2, 4), (164, 4), 1, bar)
    cv2.line(mask, (158, 6), (66, 238), 1, 14)
    np.testing.assert_array_equal(remove_lines(mask), mask)


# Components


@pytest.mark.parametrize(
    "top", [15, pytest.param(0, marks=pytest.mark.xfail(reason=KNOWN_DEFECT, strict=True))]
)
def test_the_second_stroke_of_a_digit_may_touch_the_edge(top):
    """The bar of a 5 that was drawn on its own ends at the right edge, and below the top one."""
    five = digit("5", writer=1, size=120, side=104, pen=10)
    rows, columns = np.nonzero(five)
    five[:, columns.max() - 27 : columns.max() - 22] = 0
    mask = np.pad(five[rows.min() :, : columns.max() + 1], [(top, 0), (0, 0)])
    assert ndimage.label(mask, np.ones((3, 3)))[1] == 3
    bar = mask[: top + 20, -20:]
    assert overlap(select_components(mask)[: top + 20, -20:], bar) > 0.98


def test_a_part_of_a_digit_is_no_speck():
    five = digit("5")
    five[:, 85:93] = 0
    np.testing.assert_array_equal(select_components(five), five)


def test_a_mark_at_the_border_is_kept_if_it_is_all_there_is():
    mask = np.zeros((100, 100), dtype=np.uint8)
    mask[:7, 40:60] = 1
    np.testing.assert_array_equal(select_components(mask), mask)
    mask[50, 50] = 1  # next to it, a speck is no digit
    assert select_components(mask).sum() == 7 * 20


@pytest.mark.parametrize("shape", [(200, 200), (200, 900)])
def test_a_digit_is_kept_beside_far_more_of_a_table(shape):
    expected = np.zeros(shape, np.uint8)
    expected[60:140, 60:140] = cropped(digit("3", side=80, pen=4))[:80, :80].max()
    expected[64:136, 64:136] = 0
    mask = expected.copy()
    mask[:, -30:] = 1
    assert expected.sum() < 0.25 * mask.sum()
    np.testing.assert_array_equal(select_components(mask), expected)


def test_only_what_is_separate_is_left_out_first():
    expected = digit("3")
    bottom = int(np.nonzero(expected)[0].max())
    underline = np.zeros_like(expected)
    underline[bottom - 2 : bottom + 2, 20:180] = 1
    apart = np.zeros_like(expected)
    apart[190:193, 10:190] = 1
    separate, touching = proposals(expected | underline | apart)
    np.testing.assert_array_equal(separate, expected | underline)
    assert overlap(touching, expected) > 0.9


def test_marks_that_touch_the_border_are_left_out_last():
    """A finger that is as thin as a stroke, and reaches far into the image."""
    expected = digit("6", center=(120, 100))
    finger = np.zeros_like(expected)
    finger[150:158, :60] = 1
    separate, touching = proposals(expected | finger)
    np.testing.assert_array_equal(separate, expected | finger)
    np.testing.assert_array_equal(touching, expected)


# Shrinking and measuring


@pytest.mark.parametrize("scale", [0.5, 0.31, 0.05])
def test_shrinking_breaks_no_line(scale):
    mask = np.zeros((300, 400), dtype=np.uint8)
    cv2.ellipse(mask, (200, 150), (180, 120), 20, 0, 360, 1, 1)
    small = shrink_mask(mask, scale)
    assert ndimage.label(small, np.ones((3, 3)))[1] == 1
    assert ndimage.label(small == 0)[1] == 2  # inside and outside
