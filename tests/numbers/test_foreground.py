import cv2
import numpy as np
import pytest

from siffra.numbers.foreground import find_foreground


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
