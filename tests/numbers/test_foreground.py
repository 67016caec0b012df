import cv2
import numpy as np
import pytest
from polylines import draw, write
from shapes import seven

from pipeline.numbers.foreground import find_foreground, remove_edge_lines, remove_ruling


def bars(columns, height=100, shape=(200, 400), top=50):
    """White paper with dark vertical bars, 12 pixels wide."""
    image = np.full(shape, 255, np.uint8)
    for column in columns:
        image[top : top + height, column : column + 12] = 0
    return image


@pytest.mark.parametrize("factor", [0.5, 1, 2, 5])
def test_boxes_are_in_the_images_pixels(factor):
    image = cv2.resize(bars([60, 200]), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    box = find_foreground(image).box()
    np.testing.assert_allclose(box, np.array([60, 50, 152, 100]) * factor, atol=2 * factor + 1)


@pytest.mark.parametrize("convert", ["gray", "rgb", "rgba", "inverted"])
def test_boxes_of_all_kinds_of_images(convert):
    image = bars([60, 200])
    if convert == "inverted":
        image = 255 - image
    if convert in ("rgb", "rgba"):
        image = np.stack([image] * 3 + [np.full_like(image, 255)] * (convert == "rgba"), axis=2)
    np.testing.assert_allclose(find_foreground(image).box(), (60, 50, 152, 100), atol=3)


def test_boxes_of_a_photograph():
    rng = np.random.default_rng(0)
    light = np.linspace(230, 140, 400)[None, :]
    image = (bars([60, 200]) / 255 * 0.8 + 0.2) * light + rng.normal(0, 2, (200, 400))
    box = find_foreground(image.clip(0, 255).astype(np.uint8)).box()
    np.testing.assert_allclose(box, (60, 50, 152, 100), atol=5)


def test_the_boxes_of_a_photographed_form_are_removed():
    rng = np.random.default_rng(0)
    form = np.full((500, 900), 255, np.uint8)
    for left in range(120, 670, 110):  # boxes with a bar in each
        cv2.rectangle(form, (left, 170), (left + 110, 310), 60, 2)
        form[190:290, left + 40 : left + 52] = 0
    light = np.linspace(210, 120, 900)[None, :] * np.linspace(1, 0.8, 500)[:, None]
    image = cv2.GaussianBlur((form / 255 * 0.75 + 0.25) * light, (0, 0), 0.8)
    image += rng.normal(0, 3, image.shape)
    box = find_foreground(image.clip(0, 255).astype(np.uint8)).box()
    np.testing.assert_allclose(box, (160, 190, 452, 100), atol=5)


def test_nothing_on_blank_paper():
    assert find_foreground(np.full((50, 90), 200, np.uint8)) is None


def test_long_lines_and_the_sides_of_boxes_are_removed():
    digits = (bars([70, 270]) < 128).astype(np.uint8)
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


def test_thin_lines_at_the_sides_are_removed_but_no_ones():
    digits = np.zeros((80, 200), np.uint8)
    digits[:, :8] = digits[10:70, 60:68] = digits[10:70, 120:128] = 1
    framed = digits.copy()
    framed[:, 197:] = 1
    np.testing.assert_array_equal(remove_edge_lines(framed), digits)


def test_upright_digits_are_no_ruled_lines():
    digits = (bars([40, 100, 160, 220]) < 128).astype(np.uint8)
    np.testing.assert_array_equal(remove_ruling(digits), digits)


def test_a_seven_keeps_its_bar():
    digit = (seven() < 128).astype(np.uint8)
    np.testing.assert_array_equal(remove_ruling(digit), digit)
