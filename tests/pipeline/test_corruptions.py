import cv2
import numpy as np
import pytest

from pipeline.corruptions import CORRUPTIONS


def corrupt(name, image, seed=0):
    return CORRUPTIONS[name](image, np.random.default_rng(seed))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_gives_an_image_and_leaves_the_original_alone(name, small):
    original = small.images[0].copy()
    image = corrupt(name, original)
    assert image.dtype == np.uint8
    assert image.ndim == 2
    np.testing.assert_array_equal(original, small.images[0])
    np.testing.assert_array_equal(image, corrupt(name, original))
    assert (name == "none") == np.array_equal(image, original)


@pytest.mark.parametrize("name", ["ruled lines", "line across", "spatter"])
def test_ink_is_added_and_none_removed(name, small):
    clean = cv2.resize(small.images[0], (112, 112), interpolation=cv2.INTER_CUBIC)
    for seed in range(20):
        image = corrupt(name, small.images[0], seed)
        assert np.all(image >= clean)
        assert 0.005 < np.mean(image > clean) < 0.15
        if name != "spatter":
            assert np.all(image.max(axis=0) >= 150)  # from the left edge to the right one
