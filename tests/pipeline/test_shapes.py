import cv2
import numpy as np
import pytest

from pipeline.shapes import (
    add_flag,
    add_hook,
    add_loop,
    bend,
    close_four,
    render_copy,
    scan,
    vary_shape,
)

TIME = np.linspace(0, 1, 30)[:, None]
STEM = TIME * (0, 10) + (4, 0)
SEVEN = np.concatenate([TIME * (6, 0), TIME * (-2, 10) + (6, 0)])
FOUR = [np.concatenate([TIME * (-3, 5) + (3, 0), TIME * (6, 0) + (0, 5)]), np.add(STEM, (1, -1))]


def rng():
    return np.random.default_rng(3)


def test_a_flag_goes_from_the_top_to_the_lower_left():
    (flagged,) = add_flag([STEM], rng())
    np.testing.assert_array_equal(flagged[10:], STEM)
    assert flagged[0, 0] < 4
    assert 0 < flagged[0, 1] < 6


def test_only_a_plain_stem_gets_a_flag():
    np.testing.assert_array_equal(add_flag([SEVEN], rng())[0], SEVEN)


def test_a_hook_is_put_before_the_first_stroke():
    hooked, second = add_hook([SEVEN, STEM], rng())
    np.testing.assert_array_equal(hooked[-len(SEVEN) :], SEVEN)
    np.testing.assert_allclose(hooked[11], SEVEN[0], atol=0.5)
    np.testing.assert_array_equal(second, STEM)


def test_a_closed_four_starts_at_the_top_of_its_stem():
    left, stem = close_four(FOUR, rng())
    np.testing.assert_allclose(left[0], stem[0], atol=0.7)
    np.testing.assert_array_equal(left[-1], FOUR[0][-1])


def test_a_loop_is_drawn_at_the_corner():
    (looped,) = add_loop([SEVEN], rng())
    assert len(looped) == len(SEVEN) + 14
    new = looped[~np.isin(looped, SEVEN).all(axis=1)]
    assert np.hypot(*(new - (6, 0)).T).max() < 3


@pytest.mark.parametrize("label", list("0123456789"))
def test_any_digit_stays_within_a_fifth_of_its_size(label):
    for seed in range(20):
        changed = vary_shape([SEVEN], label, np.random.default_rng(seed))
        assert np.isfinite(changed[0]).all()
        assert np.abs(bend([SEVEN], np.random.default_rng(seed))[0] - SEVEN).max() < 2


def test_copies_are_drawings_or_small_scans():
    shapes = {render_copy([SEVEN], np.random.default_rng(seed)).shape for seed in range(60)}
    assert shapes == {(16, 16), (400, 400)}


def test_a_scan_fills_its_frame():
    canvas = cv2.rectangle(np.zeros((100, 100), np.uint8), (40, 10), (60, 90), 255, -1)
    small = scan(canvas, rng())
    assert small.shape == (16, 16)
    assert small[0].any()
    assert small[-1].any()
    assert not small[:, 0].any()
