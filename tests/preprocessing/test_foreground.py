import cv2
import numpy as np
import pytest
from polylines import LABELS, blend, draw, lit_paper, photograph, write

from siffra.preprocessing.foreground import (
    extract_foregrounds,
    otsu_intensities,
)


def sketch(label="5", size=400, side=240, pen=18, writer=0, line=cv2.LINE_AA):
    """A digit, bright on black, in the middle of a square."""
    return draw(write(label, writer), (size, size), side, pen, line=line)


def extract_foreground(image):
    """All that stands out."""
    return next(extract_foregrounds(image))


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


@pytest.mark.parametrize("label", LABELS)
def test_a_plain_drawing_has_no_clutter(label):
    """Each alternative is the same object: nothing has to be read again."""
    whole, separate, touching = extract_foregrounds(255 - sketch(label, writer=1))
    assert whole is separate is touching


def test_thin_strokes_are_found_at_full_size_beside_a_broad_mark():
    image = sketch("2", size=1000, side=500, pen=2)
    cv2.rectangle(image, (30, 30), (60, 60), 255, -1)
    *_, last = extract_foregrounds(255 - image)
    assert max(last.foreground.shape) > 600


# The border


def blank(image):
    return extract_foreground(image).intensities is None


def cell(size, value=255):
    return np.full((size // 2, size), value, np.uint8)


@pytest.mark.parametrize("size", [28, 94, 1600])
@pytest.mark.parametrize(("turns", "length"), [(0, 1.0), (3, 0.3)])
def test_a_cell_with_nothing_but_a_trace_of_a_line_is_blank(size, turns, length):
    trace = np.rot90(cell(size), turns)
    trace[: max(1, size // 94), : int(length * trace.shape[1])] = 90
    image = np.ascontiguousarray(np.rot90(trace, -turns))
    assert blank(image)


@pytest.mark.parametrize("size", [94, 260])
def test_a_trace_beside_the_edge_and_the_rest_of_a_frame_are_blank(size):
    beside = cell(size)
    beside[4:-4, 1:3] = 60
    assert blank(beside)
    frame = cell(size)
    frame[:2] = frame[:, :2] = 60
    assert blank(frame)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("size", [40, 300])
def test_a_digit_that_touches_the_border_is_not_blank(label, size):
    digit = sketch(label, size, 0.7 * size, max(3, size // 12), writer=1)
    left, top, width, height = cv2.boundingRect(digit)
    tight = digit[top : top + height, left : left + width]
    beside = np.zeros((height + 2, 4 * width), np.uint8)
    beside[1:-1, :width] = tight
    assert not blank(255 - np.ascontiguousarray(tight))
    assert not blank(255 - beside)


def test_a_small_digit_beside_a_dark_edge_is_the_digit():
    digit = draw(write("3"), (300, 400), 60, 6, (200, 160))
    rng = np.random.default_rng(0)
    scene = blend(digit, lit_paper(digit.shape, rng), 60.0)
    scene[:, :25] = scene[:20] = 50
    *_, found = extract_foregrounds(photograph(scene, rng))
    scale = found.mask.shape[0] / 300
    left, top, width, height = cv2.boundingRect(found.mask)
    assert (left + width / 2, top + height / 2) == pytest.approx((200 * scale, 160 * scale), abs=4)
    assert height == pytest.approx(66 * scale, abs=5)


# Faint strokes


@pytest.mark.parametrize("share", [0.3, 0.4])
def test_the_faint_part_of_a_small_scan_is_kept(share):
    digit = sketch("9", size=224, side=150, pen=16).astype(float)
    digit[110:] *= share
    scan = cv2.resize(255 - digit, (28, 28), interpolation=cv2.INTER_AREA)
    found = extract_foreground(np.rint(scan).astype(np.uint8))
    height, _ = cv2.boundingRect(found.mask)[3:1:-1]
    assert height == pytest.approx(166 / 8, abs=1.5)


# Intensities


@pytest.mark.parametrize("sigma", [0, 1, 5])
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
