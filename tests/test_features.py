import math

import numpy as np
import pytest
from scipy import ndimage
from sklearn.base import clone

from pipeline.features import GradientHistograms, cell_weights, share_directions, sobel


def test_sobel_is_scipys_sobel():
    image = np.random.default_rng(0).random((28, 28), dtype=np.float32)
    across, down = sobel(image[None])
    np.testing.assert_allclose(across[0], ndimage.sobel(image, 1, mode="constant"), atol=1e-5)
    np.testing.assert_allclose(down[0], ndimage.sobel(image, 0, mode="constant"), atol=1e-5)


@pytest.mark.parametrize("degrees", [0, 10, 45, 90, 200, 359])
def test_a_gradient_is_shared_between_its_two_neighbours(degrees):
    angle = math.radians(degrees)
    across, down = (np.full((1, 1, 1), 2 * f(angle), np.float32) for f in (math.cos, math.sin))
    shares = share_directions(across, down, 12)[0, :, 0, 0]
    position = degrees / 30
    expected = np.zeros(12)
    expected[int(position) % 12] = 2 * (1 - position % 1)
    expected[(int(position) + 1) % 12] += 2 * (position % 1)
    np.testing.assert_allclose(shares, expected, atol=1e-3)  # OpenCV's arctangent: 0.01 degrees


def test_no_gradient_has_no_direction():
    flat = np.zeros((1, 3, 3), dtype=np.float32)
    assert not share_directions(flat, flat, 12).any()


def test_cells_are_triangles_that_overlap():
    weights = cell_weights(5, 5.6)
    assert weights.shape == (5, 28)
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-6)
    # 5 cells on 28 pixels: centres 5.6 apart, the first at 2.3.
    assert weights[0, 2] == pytest.approx(1 - 0.3 / 5.6)
    assert weights[0, 8] == 0
    np.testing.assert_allclose(weights[:, 3:25].sum(axis=0), 1, atol=1e-5)


def test_large_batches_equal_single_rows():
    rows = np.random.default_rng(0).random((1203, 784), dtype=np.float32)
    transformer = GradientHistograms()
    together = transformer.fit_transform(rows)
    for index in (0, 499, 500, 1202):
        one = transformer.transform(rows[index : index + 1])[0]
        np.testing.assert_allclose(together[index], one, rtol=1e-5)


def test_it_can_be_cloned_and_names_its_features():
    transformer = clone(GradientHistograms(n_directions=8))
    assert transformer.transform(np.zeros((2, 784), np.float32)).shape == (2, 200)
    assert len(transformer.get_feature_names_out()) == 200
