import cv2
import numpy as np
import pytest

from pipeline.shapes import (
    bend,
    fade,
    move_bar,
    photograph,
    render_copy,
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


@pytest.mark.parametrize("label", list("0123456789"))
def test_any_digit_stays_within_a_fifth_of_its_size(label):
    for seed in range(20):
        changed = vary_shape([SEVEN], label, np.random.default_rng(seed))
        assert np.isfinite(changed[0]).all()
        assert np.abs(bend([SEVEN], np.random.default_rng(seed))[0] - SEVEN).max() < 2


def test_a_zero_is_struck_through_mostly_from_the_upper_right():
    zero = 5 + 5 * np.hstack([np.cos(7 * TIME), np.sin(7 * TIME)])
    is_mirrored = []
    for seed in range(40):
        kept, line = slash([zero], np.random.default_rng(seed))
        np.testing.assert_array_equal(kept, zero)
        assert line[0, 1] < 3 < 7 < line[-1, 1]
        assert np.abs(line[[0, -1], 0] - 5).min() > 2
        is_mirrored.append(line[0, 0] < line[-1, 0])
    assert 1 <= sum(is_mirrored) <= 10


def test_the_bar_of_a_five_is_moved_and_its_body_stays():
    bar = TIME * (6, 0) + (1, 0)
    moved, body = move_bar([bar, STEM], rng())
    np.testing.assert_array_equal(body, STEM)
    np.testing.assert_allclose(moved - bar, np.broadcast_to(moved[0] - bar[0], bar.shape))
    assert moved[0, 0] > bar[0, 0]
    np.testing.assert_array_equal(move_bar([SEVEN], rng())[0], SEVEN)


def test_copies_are_drawings_photos_small_scans_or_faint():
    copies = [render_copy([SEVEN], np.random.default_rng(seed)) for seed in range(80)]
    shapes = {copy.shape for copy in copies}
    assert {(16, 16), (400, 400)} < shapes
    photos = [copy for copy in copies if copy.shape[0] > 16 and copy[0].all()]
    assert 2 <= len(photos) <= 14
    assert any(16 < len(copy) < 65 and not copy[0].all() for copy in copies)  # a faint one


def test_a_photograph_shows_the_digit_dark_on_paper():
    canvas = render([SEVEN], rng(), brushes=(1 / 15, 1 / 14))
    for seed in range(10):
        photo = photograph(canvas, np.random.default_rng(seed))
        ink = cv2.resize(canvas, photo.shape[::-1], interpolation=cv2.INTER_AREA)
        assert photo[ink > 200].mean() < photo[ink == 0].mean() - 15
    assert MnistPreprocessor().transform([photo]).max() > 0.9


def test_ink_fades_on_one_side_and_is_nowhere_gone():
    canvas = cv2.circle(np.zeros((400, 400), np.uint8), (200, 200), 120, 255, 30)
    for seed in range(10):
        faded = fade(canvas, np.random.default_rng(seed))
        ink = cv2.resize(canvas, faded.shape, interpolation=cv2.INTER_AREA)
        assert 24 <= len(faded) < 65
        levels = faded[ink > 250] / 255
        assert 0.25 < levels.min() < 0.65
        assert levels.max() > 0.9
        assert not faded[ink == 0].any()
