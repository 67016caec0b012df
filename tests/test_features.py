import math

import numpy as np
import pytest
from scipy import ndimage

from siffra.features import GradientHistograms, bin_orientations, cell_weights, sobel


def test_sobel_is_scipys_sobel():
    image = np.random.default_rng(0).random((28, 28), dtype=np.float32)
    dx, dy = sobel(image[None])
    np.testing.assert_allclose(dx[0], ndimage.sobel(image, 1, mode="constant"), atol=1e-5)
    np.testing.assert_allclose(dy[0], ndimage.sobel(image, 0, mode="constant"), atol=1e-5)


@pytest.mark.parametrize("degrees", [0, 45, 200, 359])
def test_a_gradient_is_split_between_the_two_nearest_orientations(degrees):
    angle = math.radians(degrees)
    dx, dy = (np.full((1, 1, 1), 2 * f(angle), np.float32) for f in (math.cos, math.sin))
    bins = bin_orientations(dx, dy, 12)[0, :, 0, 0]
    position = degrees / 30
    expected = np.zeros(12)
    expected[int(position) % 12] = 2 * (1 - position % 1)
    expected[(int(position) + 1) % 12] += 2 * (position % 1)
    np.testing.assert_allclose(bins, expected, atol=1e-3)  # OpenCV's arctangent: 0.01 degrees


def test_cells_are_overlapping_triangles():
    weights = cell_weights(5, 5.6)
    assert weights.shape == (5, 28)
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-6)
    # 5 cells on 28 pixels: their centers are 5.6 apart, the first at 2.3.
    assert weights[0, 2] == pytest.approx(1 - 0.3 / 5.6)
    assert weights[0, 8] == 0
    np.testing.assert_allclose(weights[:, 3:25].sum(axis=0), 1, atol=1e-5)


def test_large_batches_equal_single_rows():
    X = np.random.default_rng(0).random((1203, 784), dtype=np.float32)
    transformer = GradientHistograms()
    together = transformer.fit_transform(X)
    for index in (0, 499, 500, 1202):
        one = transformer.transform(X[index : index + 1])[0]
        np.testing.assert_allclose(together[index], one, rtol=1e-5)


def test_columns_are_orientations_of_cells():
    transformer = GradientHistograms(n_orientations=8, n_cells=3)
    assert transformer.fit_transform(np.zeros((2, 784), np.float32)).shape == (2, 72)
    assert len(transformer.get_feature_names_out()) == 72


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"n_orientations": 0}, "n_orientations=0"),
        ({"n_cells": 2.5}, r"n_cells=2\.5"),
        ({"cell_radius": 0}, "cell_radius=0"),
    ],
)
def test_parameters_are_checked_in_fit(params, found):
    transformer = GradientHistograms(**params)
    with pytest.raises(ValueError, match=found):
        transformer.fit(None)


def test_another_number_of_pixels_is_an_error():
    with pytest.raises(ValueError, match="783"):
        GradientHistograms().transform(np.zeros((1, 783), np.float32))
