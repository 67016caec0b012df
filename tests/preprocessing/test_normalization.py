import math

import numpy as np
import pytest
from scipy import ndimage

from siffra.preprocessing.normalization import (
    center_by_mass,
    estimate_skew,
    normalize_aspect_ratio,
    normalize_stroke_width,
)


def bar(width):
    """An upright stroke at the working size, 1 for the digit."""
    strokes = np.zeros((84, 84), dtype=np.uint8)
    strokes[10:74, 40 - width // 2 : 40 - width // 2 + width] = 1
    return strokes


@pytest.mark.parametrize("width", [2, 4, 14])
def test_full_strength_gives_a_stroke_the_target_width(width):
    normalized = normalize_stroke_width(bar(width), 8, strength=1)
    # Intensity across the middle of the bar, in full pixels.
    assert normalized[42].sum() / 255 == pytest.approx(8, abs=1.5)


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


def test_narrow_digits_are_widened_and_squares_are_not():
    assert normalize_aspect_ratio(1, 0.7) == pytest.approx(1)
    assert normalize_aspect_ratio(0.1, 0) == 0.1
    assert normalize_aspect_ratio(0.1, 1) == pytest.approx(math.sqrt(math.sin(0.05 * math.pi)))
    assert 0.1 < normalize_aspect_ratio(0.1, 0.7) < normalize_aspect_ratio(0.1, 1)
