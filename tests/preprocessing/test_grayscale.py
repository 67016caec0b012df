import io

import cv2
import numpy as np
import pytest
from cases import COLORS
from PIL import Image

from siffra import InvalidImageError
from siffra.preprocessing.grayscale import (
    as_array,
    border_pixels,
    combine_channels,
    crop_margin,
    downsample,
    estimate_background,
    flatten_alpha,
    has_uniform_border,
    is_opaque,
    is_plain_border,
    local_contrast,
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


def test_gray_changes_only_by_its_margin():
    np.testing.assert_array_equal(to_grayscale(stroke(0, 255)), cropped(0, 255))


def test_without_a_uniform_margin_nothing_is_cropped():
    noise = np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)
    np.testing.assert_array_equal(to_grayscale(noise), noise)
    touching = stroke(0, 255)[10:30]
    np.testing.assert_array_equal(to_grayscale(touching), cropped(0, 255)[1:-1])


@pytest.mark.parametrize("channels", [None, 4])
def test_a_uniform_image_is_cropped_to_one_pixel(channels):
    assert crop_margin(stroke(7, 7, channels)).shape[:2] == (1, 1)


def test_one_pixel_less_than_opaque_is_noticed():
    image = stroke(0, 255, 4)
    image[:, :, 3] = 255
    assert is_opaque(image)
    image[39, 29, 3] = 254
    assert not is_opaque(image)


@pytest.mark.parametrize("channels", [1, 3])
def test_equal_channels_are_that_gray(channels):
    image = stroke(20, 200, channels)
    np.testing.assert_array_equal(to_grayscale(image), cropped(20, 200))


def test_weak_colors_are_weighted_as_in_pillow():
    image = np.random.default_rng(0).integers(100, 130, (20, 30, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(image).convert("L"))
    np.testing.assert_allclose(to_grayscale(image).astype(int), expected, atol=1)


@pytest.mark.parametrize("hidden", [0, 128, 255])
@pytest.mark.parametrize("foreground", [0, 255])
def test_what_is_opaque_on_a_transparent_background_is_the_foreground(foreground, hidden):
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


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_pillow_mode_is_read_as_its_gray(mode):
    image = Image.fromarray(stroke(0, 255)).convert(mode)
    np.testing.assert_allclose(to_grayscale(image).astype(int), cropped(0, 255), atol=1)


def test_sixteen_bits_are_scaled_not_clipped():
    image = Image.fromarray(stroke(50, 200).astype(np.uint16) * 257)
    np.testing.assert_array_equal(to_grayscale(image), cropped(50, 200))


def test_a_palette_with_transparency_is_composited():
    image = Image.fromarray(stroke(0, 255)).convert("P")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=image.getpixel((0, 0)))
    np.testing.assert_array_equal(to_grayscale(Image.open(buffer)), cropped(0, 255))


def test_exif_orientation_is_applied():
    upright = Image.fromarray(stroke(0, 255))
    exif = Image.Exif()
    exif[274] = 6
    buffer = io.BytesIO()
    upright.rotate(90, expand=True).save(buffer, "PNG", exif=exif)
    np.testing.assert_array_equal(as_array(Image.open(buffer)), stroke(0, 255))


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (None, "NoneType"),
        ("digit.png", "str"),
        (np.zeros((5, 5)), "float64"),
        (np.zeros((5, 5, 2), np.uint8), r"\(5, 5, 2\)"),
        (np.zeros(5, np.uint8), r"\(5,\)"),
        (np.zeros((0, 5), np.uint8), r"\(0, 5\)"),
        (np.broadcast_to(np.uint8(255), (64_001, 1000)), "1000 x 64001"),
        (Image.new("F", (5, 5)), "mode F"),
    ],
)
def test_an_error_names_what_was_found(image, found):
    with pytest.raises(InvalidImageError, match=found):
        to_grayscale(image)


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
def test_downsampling_averages_blocks(shape, block):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    small = downsample(image, 64)
    padded = np.pad(image, [(0, -side % block) for side in shape], mode="edge").astype(float)
    rows, columns = small.shape
    expected = padded.reshape(rows, block, columns, block).mean(axis=(1, 3))
    np.testing.assert_allclose(small, expected, atol=np.log2(block) / 2 + 0.5)


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


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255)]).astype(np.uint8)


@pytest.mark.parametrize(("ink", "paper"), COLORS)
def test_a_drawing_in_color_has_its_greatest_contrast(ink, paper):
    image = np.full((40, 30, 3), paper, dtype=np.uint8)
    image[10:30, 12:16] = ink
    gray = to_grayscale(image).astype(int)
    expected = max(abs(a - b) for a, b in zip(ink, paper, strict=True))
    assert abs(gray[1, 1] - gray[0, 0]) == expected


def test_every_color_counts_not_only_the_one_with_the_greatest_contrast():
    """Strokes in red and in green on blue: no single channel shows both."""
    image = np.full((40, 30, 3), (0, 0, 200), dtype=np.uint8)
    image[10:30, 8:12], image[10:30, 18:22] = (200, 0, 200), (0, 200, 200)
    gray = to_grayscale(image).astype(int)
    assert abs(gray[5, 2] - gray[0, 0]) == abs(gray[5, 12] - gray[0, 0]) == 200


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_photograph_in_color_is_read_in_the_channel_with_the_most_contrast(channel):
    image = np.random.default_rng(0).integers(100, 110, (200, 200, 3))
    image[:, :, channel] += 60
    image[60:140, 90:110, channel] = 20
    np.testing.assert_array_equal(combine_channels(opaque(image)), image[:, :, channel])


def test_a_photograph_with_the_same_contrast_in_all_channels_is_weighted():
    """A yellow tint is no reason to use one channel alone, with more noise."""
    rgb = np.random.default_rng(0).integers(60, 90, (200, 200, 1)) + np.array([80, 80, 0])
    rgb[60:140, 90:110] -= 50
    expected = np.asarray(Image.fromarray(rgb.astype(np.uint8)).convert("L"))
    np.testing.assert_allclose(combine_channels(opaque(rgb)).astype(int), expected, atol=1)


def test_the_local_contrast_ignores_slopes_of_the_light():
    slope = np.tile(np.linspace(50, 200, 120), (120, 1)).astype(np.uint8)
    striped = slope.copy()
    striped[:, ::12] -= 40
    assert local_contrast(slope) < 0.4 * local_contrast(striped)


def test_rims_darker_than_the_strokes_do_not_invert_them():
    image = np.zeros((40, 30, 4), dtype=np.uint8)
    image[8:32, 11:17] = image[9:31, 10:18] = (10, 10, 10, 100)
    image[10:30, 12:16] = (200, 220, 90, 255)
    gray = to_grayscale(image)
    np.testing.assert_array_equal(gray[[0, 1, 5], [0, 3, 5]], [255, 155, 0])


# Borders


@pytest.mark.parametrize("widths", [(3, 3, 3, 3), (1, 9, 4, 2), (5, 0, 0, 7), (4, 4, 0, 0)])
@pytest.mark.parametrize("channels", [None, 3])
def test_a_plain_border_of_another_color_is_cropped(widths, channels):
    image = stroke(0, 255, channels)
    padding = [widths[:2], widths[2:], (0, 0)][: image.ndim]
    bordered = np.pad(image, padding, constant_values=90)
    np.testing.assert_array_equal(to_grayscale(bordered), cropped(0, 255))


def test_a_border_on_the_right_and_below_is_cropped():
    bordered = np.pad(stroke(0, 255), [(0, 3), (0, 3)], constant_values=0)
    np.testing.assert_array_equal(to_grayscale(bordered), cropped(0, 255))


def test_a_frame_with_round_corners_is_no_border():
    image = np.full((400, 400), 255, dtype=np.uint8)
    cv2.rectangle(image, (15, 15), (380, 385), 0, 3)
    image[100:300, 190:210] = 0
    gray = to_grayscale(image)
    assert estimate_background(gray) == 255


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (stroke(0, 255), True),
        (stroke(7, 7), False),  # nothing inside
        (stroke(0, 255)[10:30, 8:20], False),  # the digit touches the border
        (np.zeros((0, 0), np.uint8), False),
    ],
)
def test_a_border_is_plain_if_something_is_inside(inner, expected):
    assert is_plain_border(90, inner) == expected


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
