import numpy as np
import pytest
from PIL import Image

from siffra import InvalidImageError
from siffra.preprocessing.grayscale import (
    border_pixels,
    estimate_background,
    flatten_alpha,
    has_uniform_border,
    to_grayscale,
)


def stroke(foreground, background, channels=None):
    image = np.full((40, 30), background, dtype=np.uint8)
    image[10:30, 12:16] = foreground
    return image if channels is None else np.dstack([image] * channels)


def cropped(foreground, background):
    """That stroke without its uniform margin: the foreground and one pixel around it."""
    image = np.full((22, 6), background, dtype=np.uint8)
    image[1:-1, 1:-1] = foreground
    return image


def transparent(intensity, hidden=0):
    """A stroke on nothing; the transparent pixels have the intensity `hidden`."""
    image = np.full((40, 30, 4), hidden, dtype=np.uint8)
    image[:, :, 3] = 0
    image[10:30, 12:16] = (intensity, intensity, intensity, 255)
    return image


def test_weak_colors_are_weighted_as_in_pillow():
    image = np.random.default_rng(0).integers(100, 130, (20, 30, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(image).convert("L"))
    np.testing.assert_allclose(to_grayscale(image).astype(int), expected, atol=1)


@pytest.mark.parametrize(("foreground", "hidden"), [(0, 0), (0, 255), (255, 255), (255, 128)])
def test_opaque_ink_on_a_transparent_background_is_the_foreground(foreground, hidden):
    gray = to_grayscale(transparent(foreground, hidden))
    np.testing.assert_array_equal(gray, cropped(0, 255))


def test_a_hole_in_an_opaque_image_is_filled_with_its_background():
    image = stroke(0, 200, 4)
    image[:, :, 3] = 255
    image[20:24, 20:24] = 0
    np.testing.assert_array_equal(to_grayscale(image), stroke(0, 200)[9:31, 11:25])


def test_alpha_is_composited_as_in_pillow():
    rng = np.random.default_rng(1)
    gray = np.full((20, 30), 255, dtype=np.uint8)
    gray[1:-1, 1:-1] = rng.integers(0, 100, (18, 28))
    alpha = np.full((20, 30), 255, dtype=np.uint8)
    alpha[1:-1, 1:-1] = rng.integers(0, 255, (18, 28))
    image = Image.merge("RGBA", [Image.fromarray(gray)] * 3 + [Image.fromarray(alpha)])
    expected = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    composite = flatten_alpha(np.asarray(image))
    np.testing.assert_allclose(composite.astype(int), np.asarray(expected)[:, :, 0], atol=1)


@pytest.mark.parametrize("mode", ["1", "LA", "P", "RGB", "CMYK", "YCbCr"])
def test_every_pillow_mode_is_read_as_its_gray(mode):
    image = Image.fromarray(stroke(0, 255)).convert(mode)
    np.testing.assert_allclose(to_grayscale(image).astype(int), cropped(0, 255), atol=1)


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (None, "NoneType"),
        ("digit.png", "str"),
        (np.zeros((5, 5)), "float64"),
        (np.zeros((5, 5, 2), np.uint8), r"\(5, 5, 2\)"),
        (np.zeros((0, 5), np.uint8), r"\(0, 5\)"),
        (np.broadcast_to(np.uint8(255), (64_001, 1000)), "1000 x 64001"),
        (Image.new("F", (5, 5)), "mode F"),
    ],
)
def test_an_error_names_what_was_found(image, found):
    with pytest.raises(InvalidImageError, match=found):
        to_grayscale(image)


def test_transparent_pixels_are_not_averaged_in():
    """A dark stroke on transparent white: its averaged edges must not become brighter."""
    large = np.zeros((600, 600, 4), dtype=np.uint8)
    large[:, :, :3] = 255
    large[100:500, 301:333] = (0, 0, 0, 255)
    gray = to_grayscale(large)
    assert set(np.unique(gray)) <= {0, 128, 255}
    assert gray.min() == 0


def test_only_a_photograph_has_no_background_intensity():
    assert estimate_background(stroke(0, 200)) == 200
    noise = np.random.default_rng(0).integers(0, 256, (80, 80), dtype=np.uint8)
    assert estimate_background(noise) is None
    assert estimate_background(noise[:30]) is None
    small = noise[:12]
    assert estimate_background(small) in border_pixels(small)
    assert has_uniform_border(stroke(0, 200))
    assert not has_uniform_border(noise)


# Colors


def test_every_color_counts_not_only_the_one_with_the_greatest_contrast():
    """Strokes in red and in green on blue: no single channel shows both."""
    image = np.full((40, 30, 3), (0, 0, 200), dtype=np.uint8)
    image[10:30, 8:12], image[10:30, 18:22] = (200, 0, 200), (0, 200, 200)
    gray = to_grayscale(image).astype(int)
    assert abs(gray[5, 2] - gray[0, 0]) == abs(gray[5, 12] - gray[0, 0]) == 200


# Borders


@pytest.mark.parametrize("widths", [(3, 3, 3, 3), (1, 9, 4, 2), (5, 0, 0, 7)])
@pytest.mark.parametrize("channels", [None, 3])
def test_a_plain_border_of_another_color_is_cropped(widths, channels):
    image = stroke(0, 255, channels)
    padding = [widths[:2], widths[2:], (0, 0)][: image.ndim]
    bordered = np.pad(image, padding, constant_values=90)
    np.testing.assert_array_equal(to_grayscale(bordered), cropped(0, 255))


def test_a_square_of_strokes_is_no_border():
    """A drawn square, with nothing inside: the margin of the image is the paper."""
    image = np.full((60, 60), 255, dtype=np.uint8)
    image[10:50, 10:50] = 0
    assert to_grayscale(image).shape == (42, 42)


def test_a_downsampled_drawing_keeps_its_margin():
    """Averaging mixes the margin of one pixel with the stroke that touches it."""
    image = np.full((900, 700), 255, dtype=np.uint8)
    image[101:800, 303:340] = 0
    gray = to_grayscale(image)
    assert (gray[[0, -1]] == 255).all()
    assert (gray[:, [0, -1]] == 255).all()
    assert gray.min() == 0


def test_a_zero_with_square_corners_is_no_border():
    image = np.full((60, 60), 255, dtype=np.uint8)
    image[10:50, 20:45] = 0
    image[14:46, 24:41] = 255
    assert to_grayscale(image).shape == (42, 27)


def test_a_colored_image_of_4_by_1_pixels():
    # OpenCV takes arrays of this size for a color.
    image = np.array([[[255, 0, 0]], [[255, 0, 0]], [[0, 0, 255]], [[255, 0, 0]]], dtype=np.uint8)
    gray = to_grayscale(image)
    assert gray.shape[1] == 1
    assert gray.max() - gray.min() == 255
