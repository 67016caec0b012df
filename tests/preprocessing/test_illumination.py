import cv2
import numpy as np
import pytest
from apps import ROOT
from PIL import Image
from sketching import DIGITS

from pipeline import BlankImageError, load_model
from pipeline.preprocessing import MnistPreprocessor
from pipeline.preprocessing.clutter import select_components
from pipeline.preprocessing.grayscale import estimate_background
from pipeline.preprocessing.illumination import (
    correct_illumination,
    estimate_illumination,
)


def draw(digit, shape):
    """A digit in the middle of an image, as coverage from 0 to 1."""
    height, width = shape
    side = 0.6 * min(shape)
    coverage = np.zeros(shape, dtype=np.uint8)
    for stroke in DIGITS[digit]:
        points = np.array(stroke) * side + [(width - side) / 2, (height - side) / 2]
        fixed = np.rint(points * 8).astype(np.int32)
        cv2.polylines(coverage, [fixed], False, 255, round(0.03 * side), cv2.LINE_AA, 3)
    return cv2.GaussianBlur(coverage.astype(float) / 255, (0, 0), 1.2)


def photograph(digit, shape=(600, 800), paper=220.0, pen=60.0, darkest=0.5, seed=0):
    """A digit on paper under a lamp at one side, with a sensor's noise and JPEG artifacts."""
    rng = np.random.default_rng(seed)
    coverage = draw(digit, shape)
    light = np.linspace(1, darkest, shape[1])
    scene = (paper * (1 - coverage) + pen * coverage) * light + rng.normal(0, 4, shape)
    encoded = cv2.imencode(".jpg", np.clip(scene, 0, 255).astype(np.uint8))[1]
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


@pytest.fixture(scope="module")
def released():
    return load_model(ROOT / "model")


@pytest.mark.parametrize("darkest", [1.0, 0.35])
def test_all_digits_on_paper_are_read(released, darkest):
    photos = [photograph(digit, darkest=darkest, seed=int(digit)) for digit in DIGITS]
    assert [str(label) for label in released.predict(photos)] == list(DIGITS)


def test_chalk_on_a_board_is_read(released):
    photos = [photograph(digit, paper=60, pen=210) for digit in "2479"]
    assert released.predict(photos).tolist() == [2, 4, 7, 9]


def test_a_large_photograph_is_read_as_a_small_one(released):
    small = photograph("5", (600, 800))
    large = cv2.resize(small, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    assert released.predict([small, large]).tolist() == [5, 5]


def test_specks_and_components_at_the_border_are_dropped(released):
    photo = photograph("3")
    photo[:, :20] = 30  # the table next to the paper
    photo[40:46, 700:706] = 30
    corrected = correct_illumination(photo)
    assert not corrected[:, :15].any()
    assert not corrected[30:60, 690:720].any()
    assert released.predict([photo]).tolist() == [3]


def test_a_component_at_the_border_is_kept_if_there_is_no_other():
    mask = np.zeros((50, 50), dtype=np.uint8)
    assert not select_components(mask).any()
    mask[:10, 20:25] = 1
    np.testing.assert_array_equal(select_components(mask), mask)


def test_the_illumination_is_the_paper_without_the_digit():
    light = np.tile(np.linspace(200, 100, 400), (300, 1))
    scene = light * (1 - 0.8 * draw("7", light.shape))
    found = estimate_illumination(scene.astype(np.uint8))
    # The median reflects the scene at its border, which flattens the slope there.
    np.testing.assert_allclose(found[:, 40:-40], light[:, 40:-40], rtol=0.04)


def test_paper_alone_is_blank():
    sheet = photograph("1", pen=220)
    assert estimate_background(sheet) is None
    with pytest.raises(BlankImageError):
        MnistPreprocessor().fit_transform([sheet])


def test_colors_are_converted_first(released):
    photo = np.dstack([photograph("8", seed=seed) for seed in range(3)])
    assert released.predict([Image.fromarray(photo)]).tolist() == [8]


@pytest.mark.parametrize("digit", list(DIGITS))
def test_a_digit_that_touches_the_edge_of_a_photograph_is_read(released, digit):
    photo = photograph(digit, (200, 200))
    rows, columns = np.nonzero(draw(digit, (200, 200)) > 0.5)
    crop = photo[rows.min() - 1 : rows.max() + 2, max(columns.min() - 30, 0) : columns.max() + 31]
    if min(crop.shape) >= 64:
        assert str(released.predict([crop])[0]) == digit


@pytest.mark.parametrize("digit", list(DIGITS))
def test_the_edge_of_a_shadow_is_no_ink(released, digit):
    photo = photograph(digit, (400, 400), darkest=1)
    row, column = np.mgrid[:400, :400]
    photo[column + row / 3 > 250] //= 2
    assert str(released.predict([photo])[0]) == digit


def test_ruled_paper_is_read(released):
    read = []
    for digit in "0356789":
        scene = photograph(digit, (400, 400), darkest=0.8)
        scene[11::37] = np.minimum(scene[11::37], 120)
        scene[:, 23::37] = np.minimum(scene[:, 23::37], 120)
        read.append(str(released.predict([scene])[0]))
    assert read == list("0356789")
