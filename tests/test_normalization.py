import math

import numpy as np
import pytest
from scipy import ndimage
from shapes import seven

from pipeline.normalization import (
    WORKING_SIZE,
    brighten_ink,
    crop_to_ink,
    enlarge,
    even_strokes,
    ink_shades,
    measure_slant,
    measure_stroke_width,
    place,
    widen,
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


def test_dark_on_light_is_inverted_and_light_on_dark_is_not():
    drawing = seven()
    np.testing.assert_array_equal(brighten_ink(drawing, 255), 255 - drawing)
    np.testing.assert_array_equal(brighten_ink(255 - drawing, 0), 255 - drawing)


def test_ink_is_what_lies_above_otsus_threshold():
    rng = np.random.default_rng(0)
    ink, paper = rng.integers(120, 256, (400, 400)), rng.integers(0, 90, (400, 400))
    image = np.where(seven() == 0, ink, paper).astype(np.uint8)
    np.testing.assert_array_equal(image > np.mean(ink_shades(image)), image > otsu(image))


def test_the_shades_are_those_of_paper_and_ink():
    image = np.full((50, 50), 30, dtype=np.uint8)
    image[10:40, 20:24] = 230
    assert ink_shades(image) == pytest.approx((30, 230))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_sheet_has_no_shades(shade):
    assert ink_shades(np.full((50, 50), shade, dtype=np.uint8)) is None


def test_a_blank_sheet_with_noise_has_no_shades():
    noise = np.random.default_rng(0).integers(0, 15, (50, 50), dtype=np.uint8)
    assert ink_shades(noise) is None


def test_the_crop_is_the_ink_with_a_rim_of_one_pixel():
    image = np.zeros((50, 60), dtype=np.uint8)
    image[5:12, 20:44] = 200
    assert crop_to_ink(image, 100).shape == (9, 26)
    assert crop_to_ink(image[5:, 20:], 100).shape == (8, 25)


@pytest.mark.parametrize("size", [9, 30, 64, 500])
def test_the_ink_is_enlarged_to_the_working_size(size):
    image = np.zeros((size + 2, size // 3 + 2), dtype=np.uint8)
    image[1:-1, 1:-1] = 255
    rows, columns = np.nonzero(enlarge(image, 0, 255))
    assert np.ptp(rows) + 1 == pytest.approx(WORKING_SIZE, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(size // 3 * WORKING_SIZE / size, abs=1.5)


def test_a_hairline_survives():
    image = np.zeros((800, 800), dtype=np.uint8)
    image[100:700, 399] = image[400, 100:700] = 255
    rows, columns = np.nonzero(enlarge(crop_to_ink(image, 0), 0, 255))
    assert np.ptp(rows) + 1 >= WORKING_SIZE - 2
    assert np.ptp(columns) + 1 >= WORKING_SIZE - 2


def bar(width):
    """An upright stroke on the working canvas, 1 where there is ink."""
    strokes = np.zeros((84, 84), dtype=np.uint8)
    strokes[10:74, 40 - width // 2 : 40 - width // 2 + width] = 1
    return strokes


@pytest.mark.parametrize("width", [2, 4, 8, 12])
def test_the_width_of_a_straight_stroke_is_measured(width):
    inside = ndimage.distance_transform_edt(bar(width)).astype(np.float32)
    assert measure_stroke_width(bar(width), inside) == pytest.approx(width, rel=0.2, abs=0.5)


@pytest.mark.parametrize("width", [2, 4, 14])
def test_full_evening_brings_a_stroke_to_the_width(width):
    evened = even_strokes(bar(width), 8, evening=1)
    # Ink across the middle of the bar, in pixels of full ink.
    assert evened[42].sum() / 255 == pytest.approx(8, abs=1.5)


def test_no_evening_leaves_the_strokes():
    np.testing.assert_allclose(even_strokes(bar(6), 8, evening=0), bar(6) * 255.0, atol=1)


def test_evening_never_eats_the_last_ink():
    assert even_strokes(bar(14), 0.64, evening=1).max() > 0


@pytest.mark.parametrize("lean", [-0.5, 0.0, 0.3])
def test_slant_is_the_lean_of_a_sheared_digit(lean):
    strokes = np.zeros((84, 120), dtype=np.float32)
    for row in range(20, 64):
        start = round(50 + lean * (row - 42))
        strokes[row, start : start + 6] = 255
    assert measure_slant(strokes) == pytest.approx(lean, abs=0.03)
    _, columns = np.nonzero(place(strokes, measure_slant(strokes), 22, 0) > 127)
    assert np.ptp(columns) + 1 <= 5


def test_the_centre_of_mass_comes_to_the_middle():
    strokes = np.zeros((84, 84), dtype=np.float32)
    strokes[10:70, 20:26], strokes[40:50, 20:60] = 200, 255
    centre = ndimage.center_of_mass(place(strokes, 0, 20, 0))
    np.testing.assert_allclose(centre, (13.5, 13.5), atol=0.3)


def test_no_ink_is_pushed_over_the_edge():
    strokes = np.zeros((84, 84), dtype=np.float32)
    strokes[10:74, 40:44], strokes[66:74, 10:74] = 255, 255
    image = place(strokes, 0, 28, 0)
    rows, columns = np.nonzero(image > 127)
    assert (rows.min(), rows.max()) == (0, 27)
    assert (columns.min(), columns.max()) == (0, 27)


def test_the_longest_side_gets_the_size():
    rows, columns = np.nonzero(place(bar(16).astype(np.float32) * 255, 0, 20, 0) > 127)
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(5, abs=1)


def test_widening_keeps_squares_and_widens_needles():
    assert widen(1, 0.7) == pytest.approx(1)
    assert widen(0.1, 0) == 0.1
    assert widen(0.1, 1) == pytest.approx(math.sqrt(math.sin(0.05 * math.pi)))
    assert 0.1 < widen(0.1, 0.7) < widen(0.1, 1)
