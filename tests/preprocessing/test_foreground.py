import cv2
import numpy as np
import pytest
from apps import ROOT
from sketching import DIGITS

from pipeline import load_model
from pipeline.preprocessing.foreground import may_have_clutter, otsu_intensities


@pytest.fixture(scope="module")
def released():
    return load_model(ROOT / "model")


def sketch(label, size=400, pen=20, share=0.6, line=cv2.LINE_AA):
    """How much of each pixel a digit covers, from 0 to 1."""
    mask = np.zeros((size, size), dtype=np.uint8)
    for stroke in DIGITS[label]:
        points = np.array(stroke) * share * size + (1 - share) / 2 * size
        cv2.polylines(mask, [np.rint(points * 8).astype(np.int32)], False, 255, pen, line, 3)
    return mask[:, :, None] / 255


def paint(coverage, ink, paper):
    """Mix two colors."""
    return np.rint(coverage * np.array(ink) + (1 - coverage) * np.array(paper)).astype(np.uint8)


@pytest.mark.parametrize("size", [280, 800])
@pytest.mark.parametrize("pen", [1, 2, 3])
def test_hairlines_are_read(released, size, pen):
    digits = list("03456789")
    images = [255 - 255 * sketch(label, size, pen, line=cv2.LINE_8)[:, :, 0] for label in digits]
    images = [image.astype(np.uint8) for image in images]
    assert [str(label) for label in released.predict(images)] == digits


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((200, 30, 30), (40, 60, 220)),
        ((210, 40, 40), (20, 120, 40)),
        ((250, 240, 120), (255, 255, 255)),
        ((251, 251, 251), (255, 255, 255)),
    ],
)
def test_every_visible_contrast_is_read(released, ink, paper):
    images = [paint(sketch(label), ink, paper) for label in DIGITS]
    assert [str(label) for label in released.predict(images)] == list(DIGITS)


def test_a_plain_border_of_another_color_is_no_ink(released):
    images = [
        cv2.copyMakeBorder(
            paint(sketch(label), (0, 0, 0), (250, 250, 240)),
            *(9, 30, 1, 17),
            cv2.BORDER_CONSTANT,
            value=(60, 100, 180),
        )
        for label in DIGITS
    ]
    assert [str(label) for label in released.predict(images)] == list(DIGITS)


def test_half_transparent_rims_belong_to_the_strokes(released):
    images = []
    for label in DIGITS:
        inner, outer = sketch(label), sketch(label, pen=30)
        alpha = np.maximum(inner, 0.5 * outer)
        images.append(np.rint(255 * np.dstack([inner * 0.6] * 3 + [alpha])).astype(np.uint8))
    assert [str(label) for label in released.predict(images)] == list(DIGITS)


@pytest.mark.parametrize("label", ["1", "4", "7"])
def test_a_plain_drawing_takes_the_quick_way(label):
    assert not may_have_clutter(np.rint(255 * sketch(label)[:, :, 0]).astype(np.uint8), 127)


@pytest.mark.parametrize("spot", [(5, 390), (200, 395)])
def test_specks_beside_a_drawing_are_ignored(released, spot):
    images = [paint(sketch(label), (0, 0, 0), (255, 255, 255)) for label in DIGITS]
    for image in images:
        cv2.circle(image, spot, 4, (0, 0, 0), -1)
    assert [str(label) for label in released.predict(images)] == list(DIGITS)


@pytest.mark.parametrize("sigma", [0, 2, 5])
def test_noise_alone_has_no_intensities(sigma):
    noise = np.random.default_rng(0).normal(100, sigma, (200, 200))
    assert otsu_intensities(np.rint(noise).clip(0, 255).astype(np.uint8)) is None
