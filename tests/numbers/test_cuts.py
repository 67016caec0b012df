import cv2
import numpy as np
import pytest

from siffra.numbers.cuts import find_cuts


def circles(distance, thickness=8, radius=40):
    """Return a mask of two circles, their centers so far apart."""
    image = np.zeros((100, distance + 100), np.uint8)
    for center in (50, 50 + distance):
        cv2.circle(image, (center, 50), radius, 1, thickness)
    left, top, width, height = cv2.boundingRect(image)
    return image[top : top + height, left : left + width]


def best(cuts, column):
    """Return the distance of the nearest cut to an upright line."""
    return min(np.abs(cut.columns - column).mean() for cut in cuts)


@pytest.mark.parametrize("distance", [88, 84, 80])
def test_circles_that_touch_are_cut_between_them(distance):
    image = circles(distance)
    cuts = find_cuts(image, len(image))
    assert best(cuts, image.shape[1] / 2) < 4
    assert all(cut.columns.shape == (len(image),) for cut in cuts)


def test_a_thin_ligature_is_cut():
    image = np.zeros((100, 200), np.uint8)
    image[:, 20:32] = image[:, 160:172] = 1
    image[60:66, 32:160] = 1
    cuts = find_cuts(image[:, 20:172], 100)
    between = [cut for cut in cuts if cut.columns.min() > 12 and cut.columns.max() < 140]
    assert min(cut.crossed for cut in between) == pytest.approx(0.06, abs=0.02)


def test_cuts_are_from_left_to_right_and_differ():
    cuts = find_cuts(circles(84), 88)
    means = [cut.columns.mean() for cut in cuts]
    np.testing.assert_allclose(means, sorted(means), atol=2)  # they were rounded
    assert len({cut.columns.tobytes() for cut in cuts}) == len(cuts) > 2


def test_any_mask_can_be_cut():
    rng = np.random.default_rng(0)
    for _ in range(200):
        height, width = rng.integers(1, 60, 2)
        mask = (rng.random((height, width)) < rng.random()).astype(np.uint8)
        if mask.any():
            for cut in find_cuts(mask, int(height * rng.uniform(1, 3)) + 1):
                assert 0 <= cut.columns.min() <= cut.columns.max() <= width
                assert 0 <= cut.crossed <= 1.1
