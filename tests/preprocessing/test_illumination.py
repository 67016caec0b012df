import numpy as np
import pytest
from polylines import LABELS, blend, draw, lit_paper, photograph, write

from siffra import BlankImageError
from siffra.preprocessing import MnistPreprocessor
from siffra.preprocessing.illumination import (
    correct_illumination,
    estimate_illumination,
)

SHAPE = (300, 400)


def digit_on(shape=SHAPE, label="5", share=0.6):
    side = share * min(shape)
    return draw(write(label), shape, side, max(2, round(0.08 * side)))


def photo(label="5", shape=SHAPE, paper=220.0, ink=60.0, darkest=0.5, seed=0):
    """A digit on paper under a lamp at one side."""
    rng = np.random.default_rng(seed)
    light = lit_paper(shape, rng, 1, darkest)
    return photograph(blend(digit_on(shape, label), paper, ink) * light, rng)


def overlap(foreground, digit):
    found, expected = foreground > 100, digit > 127
    return (found & expected).sum() / (found | expected).sum()


@pytest.mark.parametrize("darkest", [1.0, 0.35])
@pytest.mark.parametrize(("paper", "ink"), [(220, 60), (60, 210), (220, 170)])
def test_digits_are_found_in_uneven_light(released, paper, ink, darkest):
    """A pen on paper, chalk on a board, a pencil."""
    photos = [photo(label, SHAPE, paper, ink, darkest, int(label)) for label in LABELS]
    assert [str(label) for label in released.predict(photos)] == LABELS
    for label, image in zip(LABELS, photos, strict=True):
        assert overlap(correct_illumination(image, 1), digit_on(label=label)) > 0.7


@pytest.mark.parametrize("ink", [60, 250])
def test_polarity_and_level_are_those_inside(ink):
    """A table or a lamp at the border has more contrast than a pencil or chalk."""
    image = photo(paper=190.0, ink=190 + (ink - 190) * 0.35, darkest=1.0)
    image[:, :24] = image[:15] = 255 - ink
    image[-15:] = ink
    corrected = correct_illumination(image, 1)
    assert overlap(corrected[30:-30, 40:-40], digit_on()[30:-30, 40:-40]) > 0.7


def test_the_faint_end_of_a_stroke_is_kept():
    """It is connected to what is clear, and a mark of its own would be noise."""
    stroke = np.zeros(SHAPE, np.float32)
    stroke[140:152, 100:200] = 255
    stroke[140:152, 200:300] = 110
    stroke[60:72, 100:140] = 90
    rng = np.random.default_rng(0)
    scene = photograph(blend(stroke, lit_paper(SHAPE, rng), 60), rng)
    corrected = correct_illumination(scene, 1)
    assert corrected[144:148, 110:290].all()
    assert not corrected[60:72, 100:140].any()


@pytest.mark.parametrize("period", [4, 7])
def test_a_digit_stands_out_from_patterned_paper(period):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    paper = 190 + 18 * np.sin(2 * np.pi * (y + 3 * np.sin(x / 9)) / period)
    rng = np.random.default_rng(0)
    corrected = correct_illumination(photograph(blend(digit_on(), paper, 60), rng), 1)
    assert overlap(corrected, digit_on()) > 0.7
    assert not correct_illumination(photograph(paper, rng), 1).any()


@pytest.mark.parametrize("noise", [0, 2, 6])
def test_paper_alone_is_black(noise):
    rng = np.random.default_rng(0)
    sheet = photograph(lit_paper(SHAPE, rng), rng, noise)
    assert not correct_illumination(sheet, 1).any()
    with pytest.raises(BlankImageError):
        MnistPreprocessor().fit_transform([sheet])


@pytest.mark.parametrize("angle", [0, 2.5])
def test_the_illumination_is_the_paper_without_the_digit(angle):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    light = 150 + 0.15 * ((x - 200) * np.cos(angle) + (y - 150) * np.sin(angle))
    scene = light * (1 - 0.8 * digit_on() / 255)
    found = estimate_illumination(scene.astype(np.uint8))
    np.testing.assert_allclose(found, light, rtol=0.07)
    np.testing.assert_allclose(found[15:-15, 15:-15], light[15:-15, 15:-15], rtol=0.04)
