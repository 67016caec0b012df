import cv2
import numpy as np
import pytest
from polylines import draw, write
from shapes import seven

from siffra.numbers.ruling import remove_edge_lines, remove_ruling


def bars(columns):
    """A mask of vertical bars, 12 pixels wide."""
    mask = np.zeros((200, 400), np.uint8)
    for column in columns:
        mask[50:150, column : column + 12] = 1
    return mask


def number(text, height=100, gap=30, pen=8, margin=60):
    """A mask of digits side by side."""
    digits = [draw(write(label), (2 * height, 2 * height), height, pen) for label in text]
    parts = []
    for digit in digits:
        left, _, width, _ = cv2.boundingRect(digit)
        parts.append(np.pad(digit[:, left : left + width], ((0, 0), (0, gap))))
    return np.pad(np.hstack(parts) > 90, margin).astype(np.uint8)


def shared(found, expected):
    """The share of pixels of either mask that both have."""
    return (found & expected).sum() / (found | expected).sum()


def test_long_lines_and_the_sides_of_boxes_are_removed():
    digits = bars([70, 270])
    form = digits.copy()
    for row in (30, 170):
        form[row : row + 3, 20:380] = 1
    for column in (20, 200, 377):
        form[30:173, column : column + 3] = 1
    left = remove_ruling(form)
    np.testing.assert_array_equal(left[40:160], digits[40:160])
    assert left.sum() < 1.05 * digits.sum()  # the corners of the boxes


def test_aligned_tops_of_digits_are_no_ruled_line():
    digits = np.zeros((80, 300), np.uint8)
    for left in range(10, 280, 45):
        digits[10:14, left : left + 38] = digits[10:70, left + 30 : left + 38] = 1
    np.testing.assert_array_equal(remove_ruling(digits), digits)


@pytest.mark.parametrize("gap", [0, 2, 5, 10])
@pytest.mark.parametrize("text", ["2222", "7777", "5225", "2026"])
def test_straight_tops_and_feet_side_by_side_are_no_ruled_lines(text, gap):
    drawn = [draw(write(label), (160, 160), 120, 10) for label in text]
    columns = [np.flatnonzero(one.any(axis=0)) for one in drawn]
    cropped = [one[:, k[0] : k[-1] + 1 + gap] for one, k in zip(drawn, columns, strict=True)]
    digits = (np.pad(np.hstack(cropped), 10) > 90).astype(np.uint8)
    np.testing.assert_array_equal(remove_ruling(digits), digits)


@pytest.mark.parametrize("row", [40, 75])  # across the digits, and below them
def test_a_ruled_line_is_removed(row):
    digits = np.zeros((90, 300), np.uint8)
    for left in range(40, 250, 45):
        digits[10:70, left : left + 8] = 1
    ruled = digits.copy()
    ruled[row : row + 3] = 1
    np.testing.assert_array_equal(remove_ruling(ruled), digits)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("place", [0, 5])
@pytest.mark.parametrize("size", [60, 120, 480])
def test_a_line_from_edge_to_edge_is_removed(turns, place, size):
    """The rest of a frame, at the edge of the image or near it."""
    unit = size // 60
    digits = np.zeros((size, 2 * size), np.uint8)
    digits[10 * unit : 50 * unit, 30 * unit : 36 * unit] = 1
    digits[10 * unit : 50 * unit, 60 * unit : 66 * unit] = 1
    framed = digits.copy()
    turned = np.rot90(framed, turns)
    turned[:, place * unit : (place + 3) * unit] = 1
    np.testing.assert_array_equal(remove_edge_lines(framed), digits)


def test_a_one_may_reach_from_edge_to_edge():
    """In an image that is cropped to its digits, and where it is as thick as they are."""
    cropped = np.zeros((80, 200), np.uint8)
    cropped[:, 60:64] = cropped[2:78, 100:108] = 1
    np.testing.assert_array_equal(remove_edge_lines(cropped), cropped)
    tall = np.zeros((80, 200), np.uint8)
    tall[:, :8] = tall[10:70, 60:68] = tall[10:70, 120:128] = 1
    np.testing.assert_array_equal(remove_edge_lines(tall), tall)
    alone = np.zeros((80, 30), np.uint8)
    alone[:, 10:16] = 1
    np.testing.assert_array_equal(remove_edge_lines(alone), alone)


def test_a_seven_keeps_its_bar():
    digit = (seven() < 128).astype(np.uint8)
    np.testing.assert_array_equal(remove_ruling(digit), digit)


@pytest.mark.parametrize("distance", [40, 70, 110])
@pytest.mark.parametrize("offset", [0, 25])
def test_squares_are_removed(distance, offset):
    digits = number("285")
    paper = digits.copy()
    paper[offset::distance] = paper[:, offset::distance] = 1
    assert shared(remove_ruling(paper), digits) > 0.75
