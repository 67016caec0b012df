import io

import numpy as np
import pytest
from PIL import Image

from pipeline import InvalidImageError, SiffraError
from pipeline.image import (
    background_shade,
    border,
    composite_alpha,
    halve,
    is_opaque,
    margin_shade,
    read_gray,
    to_gray,
    trim_margin,
)


def stroke(ink, paper, channels=None):
    image = np.full((40, 30), paper, dtype=np.uint8)
    image[10:30, 12:16] = ink
    return image if channels is None else np.dstack([image] * channels)


def found(ink, paper):
    """What is left of such a stroke without its plain margin: the ink and a pixel around it."""
    image = np.full((22, 6), paper, dtype=np.uint8)
    image[1:-1, 1:-1] = ink
    return image


def transparent(ink, colour=0):
    """A stroke on nothing; what lies under full transparency is `colour`."""
    image = np.full((40, 30, 4), colour, dtype=np.uint8)
    image[:, :, 3] = 0
    image[10:30, 12:16] = (ink, ink, ink, 255)
    return image


def test_gray_passes_unchanged_but_for_its_margin():
    np.testing.assert_array_equal(read_gray(stroke(0, 255)), found(0, 255))


def test_without_a_plain_margin_nothing_is_cut():
    noise = np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)
    np.testing.assert_array_equal(read_gray(noise), noise)
    edge = stroke(0, 255)[10:30]
    np.testing.assert_array_equal(read_gray(edge), found(0, 255)[1:-1])


@pytest.mark.parametrize("channels", [None, 4])
def test_a_plain_image_becomes_one_pixel(channels):
    assert trim_margin(stroke(7, 7, channels)).shape[:2] == (1, 1)


def test_one_pixel_less_than_opaque_is_noticed():
    image = stroke(0, 255, 4)
    image[:, :, 3] = 255
    assert is_opaque(image)
    image[39, 29, 3] = 254
    assert not is_opaque(image)


@pytest.mark.parametrize("channels", [1, 3])
def test_equal_channels_are_that_gray(channels):
    np.testing.assert_array_equal(read_gray(stroke(20, 200, channels)), found(20, 200))


def test_colours_weigh_as_pillow_weighs_them():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(image).convert("L"))
    np.testing.assert_allclose(to_gray(image).astype(int), expected, atol=1)


@pytest.mark.parametrize("hidden_colour", [0, 128, 255])
def test_dark_ink_on_nothing_lies_on_white(hidden_colour):
    np.testing.assert_array_equal(read_gray(transparent(0, hidden_colour)), found(0, 255))


@pytest.mark.parametrize("hidden_colour", [0, 128, 255])
def test_bright_ink_on_nothing_lies_on_black(hidden_colour):
    np.testing.assert_array_equal(read_gray(transparent(255, hidden_colour)), found(255, 0))


def test_a_hole_in_opaque_paper_takes_the_shade_of_the_paper():
    image = stroke(0, 200, 4)
    image[:, :, 3] = 255
    image[20:24, 20:24] = 0
    np.testing.assert_array_equal(read_gray(image), stroke(0, 200)[9:31, 11:25])


def test_alpha_composites_as_pillow_composites():
    rng = np.random.default_rng(1)
    gray = rng.integers(0, 100, (20, 30), dtype=np.uint8)
    alpha = rng.integers(0, 255, (20, 30), dtype=np.uint8)
    ink = Image.merge("RGBA", [Image.fromarray(gray)] * 3 + [Image.fromarray(alpha)])
    expected = Image.alpha_composite(Image.new("RGBA", ink.size, "white"), ink)
    composite = composite_alpha(gray, alpha)
    np.testing.assert_allclose(composite.astype(int), np.asarray(expected)[:, :, 0], atol=1)


def test_nothing_at_all_lies_on_white():
    empty = np.zeros((5, 5), dtype=np.uint8)
    assert background_shade(empty, empty) == 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_pillow_mode_reads_as_its_gray(mode):
    image = Image.fromarray(stroke(0, 255)).convert(mode)
    np.testing.assert_allclose(read_gray(image).astype(int), found(0, 255), atol=1)


def test_sixteen_bits_are_scaled_not_clipped():
    image = Image.fromarray(stroke(50, 200).astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_gray(image), found(50, 200))


def test_a_palette_with_transparency_is_composited():
    image = Image.fromarray(stroke(0, 255)).convert("P")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=image.getpixel((0, 0)))
    np.testing.assert_array_equal(read_gray(Image.open(buffer)), found(0, 255))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (None, "type NoneType, but expected a uint8 array"),
        ("digit.png", "type str"),
        (np.zeros((5, 5)), "dtype float64, but expected uint8"),
        (np.zeros((5, 5, 2), np.uint8), r"shape \(5, 5, 2\), but expected"),
        (np.zeros(5, np.uint8), r"shape \(5,\)"),
        (np.zeros((0, 5), np.uint8), "expected at least one pixel"),
    ],
)
def test_what_is_no_image_is_named(image, message):
    with pytest.raises(InvalidImageError, match=message) as caught:
        read_gray(image)
    assert isinstance(caught.value, SiffraError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("shape", "block"),
    [
        ((471, 340), 4),
        ((800, 800), 8),
        ((512, 512), 8),
        ((511, 511), 4),
        ((64, 64), 1),
        ((800, 100), 2),
        ((1000, 3), 1),
        ((1, 1), 1),
    ],
)
def test_halving_averages_blocks(shape, block):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    halved = halve(image, 64)
    padded = np.pad(image, [(0, -side % block) for side in shape], mode="edge").astype(float)
    rows, columns = halved.shape
    expected = padded.reshape(rows, block, columns, block).mean(axis=(1, 3))
    np.testing.assert_allclose(halved, expected, atol=np.log2(block) / 2 + 0.5)


def test_transparent_pixels_are_not_averaged_in():
    """Dark ink whose soft edge hides white: what is under transparency must not show."""
    large = np.zeros((600, 600, 4), dtype=np.uint8)
    large[:, :, :3] = 255
    large[100:500, 301:333] = (0, 0, 0, 255)
    gray = read_gray(large)
    assert set(np.unique(gray)) <= {0, 128, 255}
    assert gray.min() == 0


def test_the_border_tells_a_drawing_from_a_photograph():
    assert margin_shade(stroke(0, 200)) == 200
    noise = np.random.default_rng(0).integers(0, 256, (80, 80), dtype=np.uint8)
    assert margin_shade(noise) is None
    assert margin_shade(noise[:30]) == np.median(border(noise[:30]))
