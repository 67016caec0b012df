import numpy as np
import pytest

from pipeline.augmentation import distort_images, distort_strokes


def test_no_distortion_is_a_wider_margin():
    image = np.zeros((28, 28), dtype=np.uint8)
    image[6:20, 12:16] = 200

    class Still:
        normal = staticmethod(lambda mean, spread: mean)
        uniform = staticmethod(lambda low, high, shape: np.ones(shape) * 1e-9)

    copy = distort_images(image[None], Still(), rotation=7, displacement=1e-9)[0]
    np.testing.assert_array_equal(copy, np.pad(image, 3))


def test_copies_differ_but_keep_their_ink(small):
    images = small.images[:50]
    copies = distort_images(images, np.random.default_rng(0), rotation=7, displacement=1)
    assert copies.shape == (50, 34, 34)
    padded = np.pad(images, ((0, 0), (3, 3), (3, 3)))
    assert np.abs(copies.astype(int) - padded).mean() > 5
    np.testing.assert_allclose(copies.mean(axis=(1, 2)), padded.mean(axis=(1, 2)), rtol=0.4)


def test_strokes_are_rotated_and_sheared_a_little():
    rng = np.random.default_rng(0)
    stroke = [np.array([[0.0, 0.0], [0.0, 100.0]])]
    angles = []
    for _ in range(300):
        x, y = np.subtract(*distort_strokes(stroke, rng, 6.0)[0][::-1])
        angles.append(np.degrees(np.arctan2(x, y)))
    assert np.mean(angles) == pytest.approx(0, abs=2)
    assert np.std(angles) == pytest.approx(np.hypot(6, np.degrees(0.1)), rel=0.25)
