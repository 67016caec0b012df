import cv2
import numpy as np
import pytest
from PIL import Image
from sketching import DIGITS

from pipeline import BlankImageError, load_model
from pipeline.image import margin_shade
from pipeline.photo import flatten_light
from pipeline.preprocessing import MnistPreprocessor


def draw(digit, shape, pen=0.03):
    """A digit as a share of ink, 0 to 1, in the middle of an image."""
    height, width = shape
    side = 0.6 * min(shape)
    ink = np.zeros(shape, dtype=np.uint8)
    for stroke in DIGITS[digit]:
        points = np.array(stroke) * side + [(width - side) / 2, (height - side) / 2]
        fixed = np.rint(points * 8).astype(np.int32)
        cv2.polylines(ink, [fixed], False, 255, max(2, round(pen * side)), cv2.LINE_AA, 3)
    return cv2.GaussianBlur(ink.astype(float) / 255, (0, 0), 1.2)


def photograph(digit, shape=(600, 800), paper=220.0, pen=60.0, darkest=0.5, grain=4.0, seed=0):
    """Paper under a lamp at one side, a pen, a sensor's noise, and JPEG."""
    rng = np.random.default_rng(seed)
    ink = draw(digit, shape)
    light = np.linspace(1, darkest, shape[1])
    scene = (paper * (1 - ink) + pen * ink) * light + rng.normal(0, grain, shape)
    coded = cv2.imencode(".jpg", np.clip(scene, 0, 255).astype(np.uint8))[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)


@pytest.fixture(scope="module")
def released():
    return load_model("model")


@pytest.mark.parametrize("darkest", [1.0, 0.35])
def test_all_digits_on_paper_are_read(released, darkest):
    photos = [photograph(digit, darkest=darkest, seed=int(digit)) for digit in DIGITS]
    assert [str(label) for label in released.predict(photos)] == list(DIGITS)


def test_chalk_on_a_board_is_read(released):
    photos = [photograph(digit, paper=60, pen=210) for digit in "2479"]
    assert released.predict(photos).tolist() == [2, 4, 7, 9]


def test_a_large_photo_is_read_as_a_small_one(released):
    small = photograph("5", (600, 800))
    large = cv2.resize(small, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    assert released.predict([small, large]).tolist() == [5, 5]


def test_marks_from_the_surroundings_and_specks_are_dropped(released):
    photo = photograph("3")
    photo[:, :20] = 30  # the table beside the paper
    photo[40:46, 700:706] = 30
    flat = flatten_light(photo)
    assert not flat[:, :15].any()
    assert not flat[30:60, 690:720].any()
    assert released.predict([photo]).tolist() == [3]


def test_paper_alone_is_blank():
    sheet = photograph("1", pen=220)
    assert margin_shade(sheet) is None
    with pytest.raises(BlankImageError):
        MnistPreprocessor().fit_transform([sheet])


def test_drawings_are_no_photos():
    canvas = np.full((400, 400), 255, dtype=np.uint8)
    canvas[100:300, 200:230] = 0
    assert margin_shade(canvas) == 255
    assert margin_shade(canvas[100:300, 150:250]) == 255
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    assert margin_shade(noise) is not None  # too small to be one


def test_colours_are_weighed_before(released):
    photo = np.dstack([photograph("8"), photograph("8", seed=1), photograph("8", seed=2)])
    assert released.predict([Image.fromarray(photo)]).tolist() == [8]
