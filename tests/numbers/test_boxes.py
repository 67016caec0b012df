import cv2
import numpy as np
import pytest
from polylines import draw, write

from siffra.numbers.boxes import remove_boxes

SIDE = 120


def digits_and_boxes(text, gap, thickness, dx=0, share=0.6):
    """Return masks of digits, and of a box around each; `gap` pixels are between the boxes."""
    shape = (SIDE + 80, len(text) * (SIDE + gap) + 80)
    digits, boxes = np.zeros((2, *shape), np.uint8)
    for k, label in enumerate(text):
        left = 40 + k * (SIDE + gap)
        center = (left + SIDE // 2 + dx, shape[0] / 2)
        digits = np.maximum(digits, draw(write(label), shape, share * SIDE, 8, center))
        cv2.rectangle(boxes, (left, 40), (left + SIDE, 40 + SIDE), 255, thickness)
    return (digits > 127).view(np.uint8), (boxes > 127).view(np.uint8)


def rotate(mask, degrees):
    center = mask.shape[1] / 2, mask.shape[0] / 2
    matrix = cv2.getRotationMatrix2D(center, degrees, 1)
    return cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST)


def shared(found, expected):
    """The share of pixels of either mask that both have."""
    return (found & expected).sum() / (found | expected).sum()


@pytest.mark.parametrize("gap", [0, 8, 50])
@pytest.mark.parametrize("thickness", [1, 4])
@pytest.mark.parametrize("degrees", [0, -2, 4])
def test_boxes_go_and_digits_stay(gap, thickness, degrees):
    digits, boxes = digits_and_boxes("4172", gap, thickness)
    digits, boxes = rotate(digits, degrees), rotate(boxes, degrees)
    assert shared(remove_boxes(digits | boxes), digits) > 0.98


@pytest.mark.parametrize("gap", [0, 50])
def test_a_digit_that_touches_its_box_stays(gap):
    digits, boxes = digits_and_boxes("28", gap, 3, dx=34)
    assert (digits & boxes).any()
    assert shared(remove_boxes(digits | boxes), digits) > 0.9


def test_a_table_is_removed():
    digits, boxes = digits_and_boxes("514", 0, 3)
    two = np.vstack([part[38:164] for part in (digits | boxes, digits | boxes)])
    expected = np.vstack([digits[38:164]] * 2)
    assert shared(remove_boxes(np.pad(two, 30)), np.pad(expected, 30)) > 0.95


def test_the_foot_of_a_2_that_fills_its_box_is_no_divider():
    digits, boxes = digits_and_boxes("8", 0, 3)
    digits[140:146, 44:156] = 1
    assert shared(remove_boxes(digits | boxes), digits) > 0.9


@pytest.mark.parametrize("label", "0123456789")
def test_digits_are_no_boxes(label):
    digits, _ = digits_and_boxes(label * 3, 0, 1)
    np.testing.assert_array_equal(remove_boxes(digits), digits)


def test_square_digits_are_no_boxes():
    digits = np.zeros((160, 300), np.uint8)
    cv2.rectangle(digits, (20, 20), (90, 130), 1, 6)  # 0
    cv2.rectangle(digits, (150, 20), (220, 130), 1, 6)  # 8
    digits[72:78, 150:220] = 1
    np.testing.assert_array_equal(remove_boxes(digits), digits)
