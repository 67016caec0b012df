"""The reader in JavaScript finds the numbers that the reader in Python finds."""

import re
from collections import Counter

import numpy as np
import pytest
from kinds_of_numbers import collect
from node import JavaScriptError
from pen import draw, line, move, place

from siffra import BlankImageError, DataError, DigitReader
from siffra.export import pack_model

DIFFERENCES = ("guess", "label", "box", "probabilities", "confidence", "marks")


def read_in_python(reader, image, strokes=None):
    try:
        return reader.read_number(image, strokes)
    except BlankImageError:
        return None


def said(number):
    """Return what is asserted of a number, and of the same picture as one digit."""
    single = number["single"] if isinstance(number["single"], dict) else vars(number["single"])
    return [one[name] for one in (number, single) for name in ("label", "unsure")]


def compare(node, reader, kinds, strokes=None):
    """Read images of several kinds in both; return how many differ in what, by kind."""
    images = [np.ascontiguousarray(image) for one in kinds.values() for image in one]
    names = [name for name, one in kinds.items() for _ in one]
    strokes = strokes or [None] * len(images)
    answers = node.read(images, "readNumber", [to_lists(one) for one in strokes])
    different = {what: Counter() for what in DIFFERENCES}
    n_numbers = n_digits = 0
    for name, image, answer, drawn in zip(names, images, answers, strokes, strict=True):
        expected = read_in_python(reader, image, drawn)
        if expected is None or answer == "blank" or expected.guess != answer["guess"]:
            different["guess"][name] += expected is not None or answer != "blank"
            continue
        different["label"][name] += said(answer) != said(vars(expected))
        n_numbers += len(expected.digits) > 1
        n_digits += len(expected.digits)
        for digit, wanted in zip(answer["digits"], expected.digits, strict=True):
            distance = np.abs(np.subtract(digit["box"], wanted.box)).max()
            different["box"][name] += bool(distance > 1)
            difference = np.abs(digit["probabilities"] - wanted.probabilities).max()
            different["probabilities"][name] += bool(difference > 1e-3)
        texts = [one["text"] for one in answer["marks"]]
        different["marks"][name] += texts != [one.text for one in expected.marks]
        for mark, wanted in zip(answer["marks"], expected.marks, strict=False):
            distance = np.abs(np.subtract(mark["box"], wanted.box)).max()
            different["box"][name] += bool(distance > 1)
        distance = abs(answer["confidence"] - expected.confidence)
        different["confidence"][name] += bool(distance > 1e-3)
    return len(images), n_numbers, n_digits, {what: +counts for what, counts in different.items()}


def test_images_of_every_kind(node, reader, digits):
    kinds = collect(digits[0], np.random.default_rng(0))
    n, n_numbers, n_digits, different = compare(node, reader, kinds)
    assert n > 120
    assert n_numbers > 70
    assert different["guess"] == {}
    assert different["label"] == {}
    assert different["box"] == {}
    assert different["marks"] == {}
    # Small images are enlarged: a pixel may be off by one.
    assert different["probabilities"].total() <= 0.01 * n_digits, different["probabilities"]
    assert different["confidence"].total() <= 0.02 * n, different["confidence"]


def to_lists(strokes):
    return strokes and [one.tolist() for one in strokes]


def test_strokes(node, reader):
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(30):
        text = "".join(rng.choice(list("0123456789"), rng.integers(1, 6)))
        digits = place(text, rng.uniform(-0.3, 0.1), int(rng.integers(3)))
        strokes = [digit[0] for digit in digits] + [one for digit in digits for one in digit[1:]]
        if rng.random() < 0.7:
            strokes = [one for digit in digits for one in digit]
        image = draw(strokes, pen=int(rng.integers(3, 16)))
        left, top = (rng.integers(side - 10) for side in image.shape[::-1])
        image[top : top + 10, left : left + 10] = 255  # an eraser
        drawn.append((image, strokes[: rng.integers(len(strokes)) + 1] + move(strokes[:1], 9, 9)))
    images, strokes = map(list, zip(*drawn, strict=True))
    _, n_numbers, _, different = compare(node, reader, {"drawn": images}, strokes)
    assert n_numbers > 20
    assert all(not counts for counts in different.values()), different


@pytest.mark.parametrize("strokes", ["57", [5], [[]], [[1, 2]], [[[1, 2, 3]]], [[["1", "2"]]]])
def test_invalid_strokes_are_refused(node, reader, strokes):
    image = draw([line((60, 60), (60, 260))])
    with pytest.raises(DataError) as error:
        reader.read_number(image, strokes)
    with pytest.raises(JavaScriptError, match=f"^DataError: {re.escape(str(error.value))}$"):
        node.read([image], "readNumber", [strokes])


def test_a_blank_image_is_an_error(node):
    assert node.read([np.full((50, 40), 255, np.uint8)], "readNumber") == ["blank"]


def test_a_model_without_a_judge_reads_single_digits_only(node, reader):
    """As most of model.bin is for single digits, an older model still serves a page."""
    alone = DigitReader(reader.pipeline, reader.thresholds)
    seven = np.full((60, 60), 255, np.uint8)
    seven[10:16, 15:45] = seven[10:50, 39:45] = 0
    with node.loaded(pack_model(alone)):
        (digit,) = node.read([seven])
        assert digit["guess"] == alone.read(seven).guess
        with pytest.raises(JavaScriptError, match="ModelError: This model reads single"):
            node.read([seven], "readNumber")
