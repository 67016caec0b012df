import math

import numpy as np
import pytest
from scipy import ndimage
from shapes import seven

from siffra.preprocessing.foreground import otsu_intensities
from siffra.preprocessing.normalization import (
    WORKING_SIZE,
    center_by_mass,
    crop_to_foreground,
    estimate_skew,
    estimate_stroke_width,
    normalize_aspect_ratio,
    normalize_stroke_width,
    resize_and_binarize,
)


def otsu(image):
    """Otsu's threshold by its definition: the split with the most variance between classes."""
    shades = image.ravel().astype(float)
    best, threshold = -1.0, 0
    for split in range(255):
        low, high = shades[shades <= split], shades[shades > split]
        if len(low) and len(high):
            between = len(low) * len(high) * (low.mean() - high.mean()) ** 2
            if between > best:
                best, threshold = between, split
    return threshold


def test_the_foreground_is_above_otsus_threshold():
    rng = np.random.default_rng(0)
    bright, dark = rng.integers(120, 256, (400, 400)), rng.integers(0, 90, (400, 400))
    image = np.where(seven() == 0, bright, dark).astype(np.uint8)
    np.testing.assert_array_equal(image > np.mean(otsu_intensities(image)), image > otsu(image))


def test_the_intensities_are_those_of_background_and_digit():
    image = np.full((50, 50), 30, dtype=np.uint8)
    image[10:40, 20:24] = 230
    assert otsu_intensities(image) == pytest.approx((30, 230))


@pytest.mark.parametrize("intensity", [0, 128, 255])
def test_a_uniform_image_has_no_intensities(intensity):
    assert otsu_intensities(np.full((50, 50), intensity, dtype=np.uint8)) is None


def test_a_blank_image_with_noise_has_no_intensities():
    noise = np.random.default_rng(0).integers(0, 15, (50, 50), dtype=np.uint8)
    assert otsu_intensities(noise) is None


def test_the_crop_keeps_one_pixel_around_the_foreground():
    image = np.zeros((50, 60), dtype=np.uint8)
    image[5:12, 20:44] = 200
    assert crop_to_foreground(image, 100).shape == (9, 26)
    assert crop_to_foreground(image[5:, 20:], 100).shape == (8, 25)


@pytest.mark.parametrize("size", [9, 30, 64, 500])
def test_the_digit_is_resized_to_the_working_size(size):
    image = np.zeros((size + 2, size // 3 + 2), dtype=np.uint8)
    image[1:-1, 1:-1] = 255
    rows, columns = np.nonzero(resize_and_binarize(image, 0, 255))
    assert np.ptp(rows) + 1 == pytest.approx(WORKING_SIZE, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(size // 3 * WORKING_SIZE / size, abs=1.5)


def test_a_hairline_survives():
    image = np.zeros((800, 800), dtype=np.uint8)
    image[100:700, 399] = image[400, 100:700] = 255
    rows, columns = np.nonzero(resize_and_binarize(crop_to_foreground(image, 0), 0, 255))
    assert np.ptp(rows) + 1 >= WORKING_SIZE - 2
    assert np.ptp(columns) + 1 >= WORKING_SIZE - 2


def bar(width):
    """An upright stroke at the working size, 1 for the digit."""
    strokes = np.zeros((84, 84), dtype=np.uint8)
    strokes[10:74, 40 - width // 2 : 40 - width // 2 + width] = 1
    return strokes


@pytest.mark.parametrize("width", [2, 4, 8, 12])
def test_the_width_of_a_straight_stroke_is_measured(width):
    inside = ndimage.distance_transform_edt(bar(width)).astype(np.float32)
    assert estimate_stroke_width(bar(width), inside) == pytest.approx(width, rel=0.2, abs=0.5)


@pytest.mark.parametrize("width", [2, 4, 14])
def test_full_strength_gives_a_stroke_the_target_width(width):
    normalized = normalize_stroke_width(bar(width), 8, strength=1)
    # Intensity across the middle of the bar, in full pixels.
    assert normalized[42].sum() / 255 == pytest.approx(8, abs=1.5)


def test_no_strength_keeps_the_strokes():
    np.testing.assert_allclose(
        normalize_stroke_width(bar(6), 8, strength=0), bar(6) * 255.0, atol=1
    )


def test_thinning_never_removes_the_digit():
    assert normalize_stroke_width(bar(14), 0.64, strength=1).max() > 0


@pytest.mark.parametrize("lean", [-0.5, 0.0, 0.3])
def test_the_skew_of_a_sheared_digit_is_found_and_removed(lean):
    strokes = np.zeros((84, 120), dtype=np.float32)
    for row in range(20, 64):
        start = round(50 + lean * (row - 42))
        strokes[row, start : start + 6] = 255
    assert estimate_skew(strokes) == pytest.approx(lean, abs=0.03)
    _, columns = np.nonzero(center_by_mass(strokes, estimate_skew(strokes), 22, 0) > 127)
    assert np.ptp(columns) + 1 <= 5


def test_the_center_of_mass_is_in_the_middle():
    strokes = np.zeros((84, 84), dtype=np.float32)
    strokes[10:70, 20:26], strokes[40:50, 20:60] = 200, 255
    center = ndimage.center_of_mass(center_by_mass(strokes, 0, 20, 0))
    np.testing.assert_allclose(center, (13.5, 13.5), atol=0.3)


def test_no_part_of_the_digit_is_outside():
    strokes = np.zeros((84, 84), dtype=np.float32)
    strokes[10:74, 40:44], strokes[66:74, 10:74] = 255, 255
    image = center_by_mass(strokes, 0, 28, 0)
    rows, columns = np.nonzero(image > 127)
    assert (rows.min(), rows.max()) == (0, 27)
    assert (columns.min(), columns.max()) == (0, 27)


def test_the_longest_side_has_the_digit_size():
    rows, columns = np.nonzero(center_by_mass(bar(16).astype(np.float32) * 255, 0, 20, 0) > 127)
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(5, abs=1)


def test_narrow_digits_are_widened_and_squares_are_not():
    assert normalize_aspect_ratio(1, 0.7) == pytest.approx(1)
    assert normalize_aspect_ratio(0.1, 0) == 0.1
    assert normalize_aspect_ratio(0.1, 1) == pytest.approx(math.sqrt(math.sin(0.05 * math.pi)))
    assert 0.1 < normalize_aspect_ratio(0.1, 0.7) < normalize_aspect_ratio(0.1, 1)
