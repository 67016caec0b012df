import time
from contextlib import suppress

import cv2
import numpy as np
import pytest
from forks import ROOT
from hostile import KINDS
from PIL import Image, ImageOps
from shapes import seven

from siffra import BlankImageError, DigitReader, InvalidImageError, ModelError
from siffra.image_files import OpenedImage, open_image
from siffra.model_folder.saving import save_model
from siffra.numbers.components import TooManyError
from siffra.numbers.foreground import find_foreground
from siffra.numbers.number import Digit, LineReading, is_one_digit, read_lines
from siffra.rejection import Thresholds


@pytest.fixture(scope="module")
def reader(model, judge, tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    save_model(model, folder, Thresholds(0.2), judge)
    return DigitReader.from_pretrained(folder)


def row(*lefts, width=900, top=80):
    """Return an image of sevens, 120 x 200 pixels, at these columns."""
    image = np.full((400, width), 255, np.uint8)
    for left in lefts:
        image = np.minimum(
            image,
            np.pad(
                seven(left=0, top=top)[:, :130],
                ((0, 0), (left, width - left - 130)),
                constant_values=255,
            ),
        )
    return image


def test_digits_have_their_places_and_probabilities(reader):
    number = reader.read_number(row(60, 260, 460))
    assert number.guess == "777"
    assert 0 < number.confidence <= 1
    boxes = np.array([digit.box for digit in number.digits])
    np.testing.assert_allclose(boxes[:, 0], [60, 260, 460], atol=4)
    np.testing.assert_allclose(boxes[:, 1:], [[80, 120, 200]] * 3, atol=8)
    for digit in number.digits:
        assert digit.label == digit.probabilities.argmax() == 7
        assert digit.probabilities.sum() == pytest.approx(1)


def test_lines_and_spaces(reader):
    two = np.concatenate([row(60, 240, 640, 820, width=1000), row(60, 260, width=1000)])
    assert reader.read_number(two).guess == "77 77\n77"


def test_digits_in_the_boxes_of_a_form_have_no_spaces_between_them(reader):
    image = row(60, 240, 420)
    for left in (650, 830):  # 1s in the middle of their boxes, which are 180 pixels wide
        image[80:280, left : left + 20] = 0
    number = reader.read_number(image)
    assert len(number.digits) == 5
    assert " " not in number.guess


def test_one_digit_is_read_as_before(reader, digits):
    for image in [*digits[0][1500:1520], seven(), 255 - seven()]:
        number, single = reader.read_number(image), reader.read(image)
        assert number.guess == str(single.guess)
        (digit,) = number.digits
        np.testing.assert_array_equal(digit.probabilities, single.probabilities)


@pytest.mark.parametrize(
    ("lines", "is_unsure", "expected"),
    [  # of each line the number of digits, the confidence, and the probability of one digit
        ([(1, 0.2, 0.2)], True, True),
        ([(2, 0.9, 0.3)], True, False),
        ([(2, 0.9, 0.3)], False, True),  # `read` takes it for a digit
        ([(2, 0.9, 0.1)], False, False),
        ([(2, 0.3, 0.2)], True, True),  # hardly a number, and perhaps a digit
        ([(2, 0.3, 0.05)], True, False),
        ([(1, 0.9, 0.9), (1, 0.9, 0.9)], False, True),  # a 5 whose flag is apart
        ([(1, 0.9, 0.9), (1, 0.9, 0.9)], True, False),
        ([(4, 0.6, 0.1), (3, 0.6, 0.1)], False, True),
        ([(4, 0.6, 0.1), (3, 0.6, 0.1)], True, False),
        ([(4, 0.9, 0.1), (3, 0.9, 0.1)], False, False),
    ],
)
def test_whether_an_image_shows_one_digit(lines, is_unsure, expected):
    digit = Digit(0, np.eye(10)[0], (0, 0, 1, 1), np.zeros((28, 28), np.uint8))
    found = [LineReading([digit] * n, [], "0" * n, confidence, p) for n, confidence, p in lines]
    assert is_one_digit(found, is_unsure) == expected


def test_read_does_not_depend_on_the_judge(reader, digits):
    alone = DigitReader(reader.pipeline, Thresholds(0.2)).read_many(digits[0][:50])
    for one, other in zip(reader.read_many(digits[0][:50]), alone, strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
        assert (one.label, one.unsure, one.is_digit) == (other.label, other.unsure, other.is_digit)


def test_images_of_all_kinds(reader):
    image = row(60, 260)
    for other in (Image.fromarray(image), np.stack([image] * 3, axis=2), 255 - image):
        assert reader.read_number(other).guess == "77"


def test_errors_are_those_of_read(reader):
    with pytest.raises(BlankImageError):
        reader.read_number(np.zeros((30, 90), np.uint8))
    with pytest.raises(InvalidImageError):
        reader.read_number("12")


def test_a_model_without_a_judge_reads_single_digits_only(saved_model):
    older = DigitReader.from_pretrained(saved_model)
    assert older.read(seven()).guess == 7
    with pytest.raises(ModelError, match="single digits only"):
        older.read_number(seven())


@pytest.mark.parametrize(
    "image",
    [
        np.random.default_rng(0).choice([0, 255], (600, 600), p=[0.05, 0.95]).astype(np.uint8),
        np.tile(np.uint8([[255] * 7 + [0] * 5]), (60, 160)),
        np.pad(np.tile(np.uint8([[255] * 20 + [0] * 10]), (60, 1000)), 20, constant_values=255),
        np.random.default_rng(0).integers(0, 256, (1, 1_000_000), dtype=np.uint8),
    ],
    ids=["specks", "many bars", "very long", "one row"],
)
def test_images_of_more_parts_than_a_number_take_little_time(reader, image):
    start = time.process_time()  # of this process alone: others may be busy
    with suppress(BlankImageError):
        assert len(reader.read_number(image).digits) == 1
    assert time.process_time() - start < 3


HOSTILE = [
    *(("combs", (800, 800), 12), ("combs", (2000, 30000), 10), ("blobs", (800, 800), 12)),
    *(("dense touching digits", (400, 400), 12), ("dense touching digits", (1600, 1600), 16)),
    *(("mazes", (1600, 1600), 3), ("mazes", (8000, 8000), 10), ("hatching", (1600, 1600), 3)),
    *(("cross-hatching", (64, 4000), 3), ("checkerboards", (64, 4000), 3)),
    *(("spirals", (8000, 8000), 200), ("pages of text", (1600, 1600), 16)),
    ("frames in frames", (1600, 1600), 16),
]


@pytest.mark.parametrize(("kind", "size", "pitch"), HOSTILE)
def test_no_image_takes_a_second(reader, kind, size, pitch):
    image = KINDS[kind](*size, pitch)
    seconds = []
    while len(seconds) < 3 and min(seconds, default=1) >= 1:  # other processes share the caches
        start = time.process_time()
        with suppress(BlankImageError):
            reader.read_number(image)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1


def test_all_lines_share_what_an_image_may_cost(reader, monkeypatch):
    line = row(60, 300, 540)

    def is_read(image, limit):
        monkeypatch.setattr("siffra.numbers.segments._MAX_SEGMENTS", limit)
        try:
            return bool(read_lines(reader.pipeline, reader.judge, find_foreground(image)))
        except TooManyError:
            return False

    lines = np.concatenate([line, line])
    one, both = (
        next(limit for limit in range(0, 1000, 10) if is_read(image, limit))
        for image in (line, lines)
    )
    assert both > 1.5 * one


@pytest.mark.parametrize(
    "limit", ["_MAX_SEGMENTS", "_MAX_PIXELS", "_MAX_BOUNDARIES", "_MAX_SEARCHED_WIDTH"]
)
def test_an_image_of_more_than_the_budget_is_one_digit(reader, monkeypatch, limit):
    image = row(60, 170, 280)
    assert reader.read_number(image).guess == "777"
    monkeypatch.setattr(f"siffra.numbers.segments.{limit}", 0.5)
    assert len(reader.read_number(image).digits) == 1


def test_a_page_of_a_hundred_digits_is_within_the_budget():
    page = np.full((700, 500), 255, np.uint8)
    for digit in range(100):
        place = 30 + 44 * (digit % 10), 60 + 64 * (digit // 10)
        cv2.putText(page, str(digit % 7), place, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 3)
    reader = DigitReader.from_pretrained(ROOT / "model")
    assert len(reader.read_number(page).digits) == 100


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_boxes_are_in_the_picture_as_a_person_sees_it(reader, tmp_path, orientation):
    upright = row(60, 260, 460)
    exif, path = Image.Exif(), tmp_path / "photo.png"
    exif[0x0112] = orientation
    angle = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]  # the camera was turned like this
    Image.fromarray(upright).rotate(angle, expand=True).save(path, exif=exif)
    np.testing.assert_array_equal(ImageOps.exif_transpose(Image.open(path)), upright)
    number = reader.read_number(path)
    assert number.guess == "777"
    for digit, left in zip(number.digits, (60, 260, 460), strict=True):
        x, y, width, height = digit.box
        assert (x, y) == pytest.approx((left, 80), abs=12)
        assert (width, height) == pytest.approx((120, 200), abs=20)


def test_boxes_are_in_the_pixels_of_the_file_if_it_is_reduced(reader, tmp_path):
    path = tmp_path / "large.png"
    Image.fromarray(row(60, 260, 460)).resize((3600, 1600)).save(path)
    opened = open_image(path)
    assert opened.scale == 3
    assert opened.size == (3600, 1599)
    number = reader.read_number(path)
    assert [digit.box[0] for digit in number.digits] == pytest.approx([240, 1040, 1840], abs=30)
    (one,) = reader.read_number(OpenedImage(seven(), 2.5)).digits
    (same,) = reader.read_number(seven()).digits
    assert one.box == pytest.approx([2.5 * value for value in same.box])


def test_a_doubtful_number_is_a_guess(reader):
    image = row(60, 260)
    sure, unsure = (
        DigitReader(reader.pipeline, Thresholds(number=threshold), judge=reader.judge)
        for threshold in (0.0, 1.0)
    )
    for one, label in ((sure, "77"), (unsure, None)):
        number = one.read_number(image)
        assert (number.label, number.unsure, number.guess) == (label, label is None, "77")


def test_one_digit_is_said_as_read_says_it(reader):
    for threshold in (0.0, 1.0):
        one = DigitReader(reader.pipeline, Thresholds(digit=threshold), judge=reader.judge)
        number, single = one.read_number(seven()), one.read(seven())
        assert number.label == (None if single.label is None else str(single.label))
        assert (number.unsure, number.guess) == (single.unsure, str(single.guess))
        np.testing.assert_array_equal(number.single.probabilities, single.probabilities)
