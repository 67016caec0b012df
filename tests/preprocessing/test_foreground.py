import cv2
import numpy as np
import pytest
from polylines import LABELS, draw, photo_of, write

from siffra.preprocessing.foreground import (
    extract_foreground,
    is_thin,
    may_have_clutter,
    otsu_intensities,
)


def sketch(label="5", size=400, side=240, pen=18, writer=0, line=cv2.LINE_AA):
    """A digit, bright on black, in the middle of a square."""
    return draw(write(label, writer), (size, size), side, pen, line=line)


def extent(image):
    """Height and width of what is brighter than half of the brightest pixel."""
    rows, columns = np.nonzero(image > image.max() / 2)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def otsu(image):
    """Otsu's threshold by its definition: the split with the most variance between classes."""
    values = image.ravel().astype(float)
    best, threshold = -1.0, 0
    for split in range(255):
        low, high = values[values <= split], values[values > split]
        if len(low) and len(high):
            between = len(low) * len(high) * (low.mean() - high.mean()) ** 2
            if between > best:
                best, threshold = between, split
    return threshold


# A digit in front of its background


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (90, 160), (130, 120)])
def test_the_foreground_is_the_difference_from_the_background(ink, paper):
    digit = sketch(line=cv2.LINE_8)
    gray, foreground, intensities = extract_foreground(
        np.where(digit > 0, ink, paper).astype(np.uint8)
    )
    assert gray[0, 0] == paper
    assert (foreground.min(), foreground.max()) == (0, abs(ink - paper))
    assert intensities[0] < 0.1 * abs(ink - paper)
    assert intensities[1] > 0.8 * abs(ink - paper)


@pytest.mark.parametrize("intensity", [0, 128, 255])
@pytest.mark.parametrize("size", [9, 200])
def test_a_plain_image_has_no_intensities(intensity, size):
    blank = np.full((size, size), intensity, dtype=np.uint8)
    assert extract_foreground(blank)[2] is None


def test_a_large_drawing_is_downsampled_unless_it_is_thin():
    broad, thin = (255 - sketch("2", size=1600, side=900, pen=pen) for pen in (60, 2))
    assert max(extract_foreground(broad)[1].shape) < 250
    height, width = extent(extract_foreground(thin)[1])
    assert max(height, width) == pytest.approx(900, abs=5)


@pytest.mark.parametrize("label", LABELS)
def test_a_frame_and_specks_leave_the_foreground_of_a_drawing(label):
    digit = sketch(label, side=200, pen=16)
    image = cv2.rectangle(digit.copy(), (15, 15), (380, 385), 255, 3)
    cv2.circle(image, (60, 340), 4, 255, -1)
    foreground = extract_foreground(255 - image)[1]
    assert max(foreground.shape) == pytest.approx(375, abs=5)  # the frame and its margin
    assert extent(foreground) == pytest.approx(extent(digit), abs=1)


def test_thin_strokes_are_found_at_full_size_beside_a_broad_mark():
    image = sketch("2", size=1000, side=500, pen=2)
    cv2.rectangle(image, (30, 30), (60, 60), 255, -1)
    foreground = extract_foreground(255 - image)[1]
    assert max(foreground.shape) > 600


def test_small_images_have_no_clutter():
    """In an image of 16 x 16 pixels, a stroke may be as small as a speck."""
    image = np.full((16, 16), 255, dtype=np.uint8)
    image[2:14, 6:8] = 0
    image[13, 12] = 0
    foreground = extract_foreground(image)[1]
    assert foreground[12, -2] == 255


def test_a_photograph_is_corrected():
    digit = sketch("3")
    foreground = extract_foreground(photo_of(digit, np.random.default_rng(0)))[1]
    assert not foreground[0].any()
    found, expected = foreground > 128, digit > 128
    assert (found & expected).sum() / (found | expected).sum() > 0.8


# Clutter


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("pen", [8, 18])
@pytest.mark.parametrize("writer", range(3))
def test_a_plain_drawing_has_no_clutter(label, pen, writer):
    digit = sketch(label, writer=writer, pen=pen)
    assert not may_have_clutter(digit[60:340, 60:340], 127)


def with_frame(image):
    return cv2.rectangle(image, (20, 20), (380, 380), 255, 4)


def with_touching_frame(image):
    return cv2.rectangle(image, (75, 75), (320, 322), 255, 4)


def with_underline(image):
    return cv2.line(image, (100, 350), (300, 350), 255, 5)


def with_touching_underline(image):
    return cv2.line(image, (20, 325), (380, 325), 255, 5)


def with_speck(image):
    return cv2.circle(image, (60, 60), 4, 255, -1)


def with_many_strokes(image):
    return cv2.putText(image, "1 1 1 1", (10, 60), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 6)


@pytest.mark.parametrize(
    "add",
    [
        with_frame,
        with_touching_frame,
        with_underline,
        with_touching_underline,
        with_speck,
        with_many_strokes,
    ],
)
def test_clutter_is_noticed(add):
    image = add(sketch("3"))
    left, top, width, height = cv2.boundingRect(image)
    assert may_have_clutter(image[top : top + height, left : left + width], 127)


# Thin strokes


@pytest.mark.parametrize(("n_inside", "expected"), [(1, True), (10, False), (30, False)])
def test_strokes_are_thin_if_most_of_their_mass_is_on_soft_edges(n_inside, expected):
    """30 soft pixels of half intensity have the mass of 15 full ones."""
    image = np.full((20, 20), 10, dtype=np.uint8)
    image[2, :15] = image[3, :15] = 110
    image[10 : 10 + n_inside // 10 + 1, : min(n_inside, 10)] = 210
    assert is_thin(image, 10, 160) == expected


# Intensities


def test_the_foreground_is_above_otsus_threshold():
    rng = np.random.default_rng(0)
    bright, dark = rng.integers(120, 256, (200, 200)), rng.integers(0, 90, (200, 200))
    image = np.where(sketch(size=200, side=120) > 0, bright, dark).astype(np.uint8)
    np.testing.assert_array_equal(image > np.mean(otsu_intensities(image)), image > otsu(image))


def test_the_intensities_are_those_of_background_and_digit():
    image = np.full((50, 50), 30, dtype=np.uint8)
    image[10:40, 20:24] = 230
    assert otsu_intensities(image) == pytest.approx((30, 230))


@pytest.mark.parametrize(("contrast", "is_visible"), [(2, False), (3, True), (6, True)])
def test_a_contrast_of_three_levels_is_visible_without_noise(contrast, is_visible):
    image = np.zeros((50, 50), dtype=np.uint8)
    image[10:40, 20:24] = contrast
    assert (otsu_intensities(image) is not None) == is_visible


@pytest.mark.parametrize("sigma", [0, 1, 2, 5])
def test_noise_alone_has_no_intensities(sigma):
    noise = np.random.default_rng(0).normal(100, sigma, (200, 200))
    assert otsu_intensities(np.rint(noise).clip(0, 255).astype(np.uint8)) is None


def test_a_faint_digit_stands_out_from_less_noise_only():
    rng = np.random.default_rng(0)
    digit = np.zeros((100, 100))
    digit[20:80, 45:55] = 15
    quiet, loud = (digit + rng.normal(100, sigma, digit.shape) for sigma in (1, 5))
    assert otsu_intensities(np.rint(quiet).astype(np.uint8)) is not None
    assert otsu_intensities(np.rint(loud).astype(np.uint8)) is None
