import cv2
import numpy as np
import pytest
from hostile import hatching
from polylines import KNOWN_DEFECT, LABELS, draw, write
from scipy import ndimage

from siffra.preprocessing.clutter import (
    find_lines,
    remove_lines,
    resize_mask,
    select_components,
    shrink_mask,
    stroke_width,
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


def test_a_short_underline_beside_the_middle_is_removed():
    """It sticks out at one end only, but touches nothing."""
    expected = digit("7", size=300, side=120, center=(110, 120))
    mask = cv2.line(expected.copy(), (120, 230), (260, 230), 1, 5)
    assert overlap(remove_lines(mask), expected) > 0.97


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("writer", range(3))
@pytest.mark.parametrize("pen", [3, 20])
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


@pytest.mark.parametrize("shape", [(9, 60), (60, 9), (60, 60)])
def test_a_mark_that_is_nothing_but_lines_stays(shape):
    mask = np.zeros((100, 100), dtype=np.uint8)
    mask[20 : 20 + shape[0], 20 : 20 + shape[1]] = 1
    for found in proposals(mask):
        np.testing.assert_array_equal(found, mask)


def line_at(row, slope, start=20, end=179, thickness=1, size=200):
    mask = np.zeros((size, size), dtype=np.uint8)
    for column in range(start, end + 1):
        top = round(row + slope * (column - size / 2))
        mask[top : top + thickness, column] = 1
    return mask


@pytest.mark.parametrize("slope", [-0.045, 0.02])
@pytest.mark.parametrize("thickness", [1, 4])
def test_a_line_is_found_with_its_ends_and_thickness(slope, thickness):
    mask = line_at(60, slope, thickness=thickness)
    (line,) = find_lines(mask)
    np.testing.assert_array_equal(np.stack(line.pixels), np.stack(mask.nonzero()))
    assert (line.start, line.end) == pytest.approx((20, 179), abs=6)
    assert line.thickness == pytest.approx(thickness, abs=1)


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


@pytest.mark.parametrize("pitch", [3, 5, 16])
def test_one_line_of_a_pattern_is_no_proposal(pitch):
    mask = (hatching(300, 300, pitch) < 128).astype(np.uint8)
    for found in proposals(mask):
        assert found.sum() > 0.8 * mask.sum()


# Shrinking and measuring


@pytest.mark.parametrize("scale", [0.5, 0.31, 0.05])
def test_shrinking_breaks_no_line(scale):
    mask = np.zeros((300, 400), dtype=np.uint8)
    cv2.ellipse(mask, (200, 150), (180, 120), 20, 0, 360, 1, 1)
    small = shrink_mask(mask, scale)
    assert ndimage.label(small, np.ones((3, 3)))[1] == 1
    assert ndimage.label(small == 0)[1] == 2  # inside and outside


@pytest.mark.parametrize(("scale", "times"), [(1.0, 1), (1.9, 1), (2.0, 2), (9.14, 9)])
def test_enlarging_repeats_pixels(scale, times):
    mask = (np.random.default_rng(0).random((28, 20)) < 0.3).astype(np.uint8)
    large = resize_mask(mask, scale)
    assert large.shape == (28 * times, 20 * times)
    assert all(value == mask[y // times, x // times] for (y, x), value in np.ndenumerate(large))


@pytest.mark.parametrize("width", [5, 12])
def test_the_stroke_width_of_a_bar_is_its_width(width):
    mask = np.zeros((100, 300), dtype=np.uint8)
    mask[40 : 40 + width, 10:290] = 1
    assert stroke_width(mask) == pytest.approx(width, abs=0.6)
    assert stroke_width(np.zeros_like(mask)) == 1
