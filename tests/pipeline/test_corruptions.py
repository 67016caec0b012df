import cv2
import numpy as np
import pytest

from pipeline.corruptions import CORRUPTIONS


def corrupt(name, image, seed=0):
    return CORRUPTIONS[name](image, np.random.default_rng(seed))


def moments(image):
    """The ink's mass, center (x, y) and covariance in pixels of a 28 x 28 image."""
    m = cv2.moments(image)
    factor = 28 / len(image)
    center = np.array([m["m10"], m["m01"]]) / m["m00"]
    cross = m["mu11"]
    covariance = np.array([[m["mu20"], cross], [cross, m["mu02"]]]) / m["m00"]
    return m["m00"] * factor**2, center * factor, covariance * factor**2


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_gives_an_image_and_leaves_the_original_alone(name, small):
    original = small.images[0].copy()
    image = corrupt(name, original)
    assert image.dtype == np.uint8
    assert image.ndim == 2
    np.testing.assert_array_equal(original, small.images[0])
    np.testing.assert_array_equal(image, corrupt(name, original))
    assert (name == "none") == np.array_equal(image, original)


def test_a_shift_keeps_the_whole_digit(small):
    corners = set()
    for seed in range(300):
        image = corrupt("shift on a canvas of 40 x 40", small.images[0], seed)
        assert image.sum() == small.images[0].sum()
        x, y, _, _ = cv2.boundingRect(image)
        corners.add((x, y))
    x, y = zip(*corners, strict=True)
    assert max(x) - min(x) == max(y) - min(y) == 12


def test_scale_is_by_the_factor_in_its_name(small):
    # Smooth, so that sampling fewer pixels changes little.
    image = cv2.GaussianBlur(small.images[0], (0, 0), 1)
    mass, center, covariance = moments(image)
    new_mass, new_center, new_covariance = moments(corrupt("scale by 0.6", image))
    assert new_mass / mass == pytest.approx(0.36, abs=0.01)
    np.testing.assert_allclose(new_center, 13.5 + 0.6 * (center - 13.5), atol=0.1)
    np.testing.assert_allclose(new_covariance, 0.36 * covariance, atol=0.2)


@pytest.mark.parametrize(
    ("name", "matrices"),
    [
        (
            "rotation by 25 degrees",
            [[[0.9063, -s], [s, 0.9063]] for s in (-0.4226, 0.4226)],
        ),
        ("shear by 0.4", [[[1, s], [0, 1]] for s in (-0.4, 0.4)]),
    ],
)
def test_rotation_and_shear_go_to_both_sides(name, matrices, small):
    _, _, before = moments(small.images[0])
    expected = [np.array(m) @ before @ np.transpose(m) for m in matrices]
    sides = set()
    for seed in range(10):
        _, _, after = moments(corrupt(name, small.images[0], seed))
        differences = [np.abs(after - one).max() for one in expected]
        assert min(differences) < 0.5
        sides.add(int(np.argmin(differences)))
    assert sides == {0, 1}


@pytest.mark.parametrize(
    ("name", "width"), [("strokes about 1 pixel thinner", 3), ("strokes about 2 pixels thicker", 6)]
)
def test_stroke_width(name, width):
    bar = np.zeros((28, 28), dtype=np.uint8)
    bar[:, 12:16] = 255
    image = corrupt(name, bar)
    assert (image[56] > 127).mean() * 28 == pytest.approx(width, abs=0.3)


def test_noise_and_contrast_are_as_strong_as_their_names_say():
    gray = np.full((200, 200), 128, dtype=np.uint8)
    assert np.std(corrupt("noise, sigma 40 of 255", gray)) == pytest.approx(40, abs=1)
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.ptp(corrupt("a fifth of the contrast", ramp)) == 51


@pytest.mark.parametrize("name", ["ruled lines", "line across", "spatter"])
def test_ink_is_added_and_none_removed(name, small):
    clean = cv2.resize(small.images[0], (112, 112), interpolation=cv2.INTER_CUBIC)
    for seed in range(20):
        image = corrupt(name, small.images[0], seed)
        assert np.all(image >= clean)
        assert 0.005 < np.mean(image > clean) < 0.15
        if name != "spatter":
            assert np.all(image.max(axis=0) >= 150)  # from the left edge to the right one
