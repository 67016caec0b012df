import numpy as np

from pipeline.training.data import Digits
from pipeline.training.distortion import distort_images, random_affine


def test_no_distortion_is_a_wider_margin():
    image = np.zeros((28, 28), dtype=np.uint8)
    image[6:20, 12:16] = 200
    digits = Digits(image[None], np.array([1]))

    class Still:
        normal = staticmethod(lambda mean, spread: mean)
        uniform = staticmethod(lambda low, high, shape: np.ones(shape) * 1e-9)

    copy = distort_images(digits, Still(), rotation=7, bend=1e-9)[0]
    np.testing.assert_array_equal(copy, np.pad(image, 3))


def test_copies_differ_but_keep_their_ink(small):
    copies = distort_images(small[:50], np.random.default_rng(0), rotation=7, bend=1)
    assert copies.shape == (50, 34, 34)
    padded = np.pad(small.images[:50], ((0, 0), (3, 3), (3, 3)))
    assert np.abs(copies.astype(int) - padded).mean() > 5
    np.testing.assert_allclose(copies.mean(axis=(1, 2)), padded.mean(axis=(1, 2)), rtol=0.4)


def test_an_affine_map_keeps_areas():
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert abs(np.linalg.det(random_affine(rng, 7, 0.1)) - 1) < 1e-9
