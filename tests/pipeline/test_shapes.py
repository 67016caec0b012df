import cv2
import numpy as np
import pytest

from pipeline.shapes import (
    add_flag,
    bend,
    cross_stem,
    move_bar,
    photograph,
    render_copy,
    scan,
    slash,
    vary_shape,
)
from pipeline.strokes import render
from siffra.preprocessing import MnistPreprocessor

TIME = np.linspace(0, 1, 30)[:, None]
STEM = TIME * (0, 10) + (4, 0)
SEVEN = np.concatenate([TIME * (6, 0), TIME * (-2, 10) + (6, 0)])


def rng():
    return np.random.default_rng(3)


def test_a_flag_goes_from_the_top_to_the_lower_left():
    (flagged,) = add_flag([STEM], rng())
    np.testing.assert_array_equal(flagged[10:], STEM)
    assert flagged[0, 0] < 4
    assert 0 < flagged[0, 1] < 10


@pytest.mark.parametrize("label", list("0123456789"))
def test_any_digit_stays_within_a_fifth_of_its_size(label):
    for seed in range(20):
        changed = vary_shape([SEVEN], label, np.random.default_rng(seed))
        assert np.isfinite(changed[0]).all()
        assert np.abs(bend([SEVEN], np.random.default_rng(seed))[0] - SEVEN).max() < 2


def test_a_zero_is_struck_through_from_the_upper_right_to_the_lower_left():
    zero = 5 + 5 * np.hstack([np.cos(7 * TIME), np.sin(7 * TIME)])
    kept, line = slash([zero], rng())
    np.testing.assert_array_equal(kept, zero)
    (x1, y1), (x2, y2) = line[0], line[-1]
    assert x1 > 7 > 3 > x2
    assert y1 < 3 < 7 < y2


def test_a_plain_seven_is_crossed_at_its_stem():
    for seed in range(20):
        kept, bar = cross_stem([SEVEN], np.random.default_rng(seed))
        np.testing.assert_array_equal(kept, SEVEN)
        stem = np.interp(bar[:, 1].mean(), SEVEN[30:, 1], SEVEN[30:, 0])
        assert bar[0, 0] < stem < bar[-1, 0]
        assert 2 < bar[:, 1].mean() < 8
    assert len(cross_stem([SEVEN, STEM], rng())) == 2


def test_the_bar_of_a_five_is_moved_and_its_body_stays():
    bar = TIME * (6, 0) + (1, 0)
    moved, body = move_bar([bar, STEM], rng())
    np.testing.assert_array_equal(body, STEM)
    np.testing.assert_allclose(moved - bar, np.broadcast_to(moved[0] - bar[0], bar.shape))
    assert moved[0, 0] > bar[0, 0]
    np.testing.assert_array_equal(move_bar([SEVEN], rng())[0], SEVEN)


def test_copies_are_drawings_photos_or_small_scans():
    copies = [render_copy([SEVEN], np.random.default_rng(seed)) for seed in range(80)]
    shapes = {copy.shape for copy in copies}
    assert {(16, 16), (400, 400)} < shapes
    photos = [copy for copy in copies if copy.shape[0] > 16 and copy[0].all()]
    assert 2 <= len(photos) <= 14


def test_a_photograph_shows_the_digit_dark_on_paper():
    canvas = render([SEVEN], rng(), brushes=(1 / 15, 1 / 14))
    for seed in range(10):
        photo = photograph(canvas, np.random.default_rng(seed))
        ink = cv2.resize(canvas, photo.shape[::-1], interpolation=cv2.INTER_AREA)
        assert photo[ink > 200].mean() < photo[ink == 0].mean() - 15
    assert MnistPreprocessor().transform([photo]).max() > 0.9


def test_a_scan_fills_its_frame():
    canvas = cv2.rectangle(np.zeros((100, 100), np.uint8), (40, 10), (60, 90), 255, -1)
    small = scan(canvas, rng())
    assert small.shape == (16, 16)
    assert small[0].any()
    assert small[-1].any()
    assert not small[:, 0].any()
