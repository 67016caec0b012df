"""The model decides what is clutter: the reader, on paper and at any size."""

import cv2
import numpy as np
import pytest
from apps import ROOT
from hostile import hatching
from polylines import LABELS, blend, draw, lit_paper, photograph, write

from siffra import BlankImageError, DigitReader

SIZES = [28, 90, 200, 1600]


@pytest.fixture(scope="module")
def reader():
    return DigitReader.from_pretrained(ROOT / "model")


def photo(label, writer=0, size=300, share=0.5, pen=0.07, seed=0):
    """A digit on a photograph of plain paper, without any line."""
    digit = draw(write(label, writer), (size, 2 * size), share * size, max(1, round(pen * size)))
    rng = np.random.default_rng(seed)
    scene = blend(digit, lit_paper(digit.shape, rng), 45.0)
    return photograph(scene, rng)


def underlined(label, writer=0):
    """An underline touches the foot of the digit."""
    image = draw(write(label, writer), (300, 300), 150, 11)
    bottom = int(np.nonzero(image)[0].max())
    return 255 - cv2.line(image, (30, bottom - 2), (275, bottom), 255, 4, cv2.LINE_AA)


def answers(reader, images):
    return [one.label for one in reader.read_many(images)]


@pytest.mark.parametrize("writer", range(2))
def test_the_foot_of_a_two_on_plain_paper_is_no_underline(reader, writer):
    images = [photo("2", writer, size) for size in (60, 108, 300, 700)]
    assert answers(reader, images) == [2] * 4


@pytest.mark.parametrize("label", [label for label in LABELS if label not in "17"])
def test_an_underline_that_touches_is_left_out_if_that_looks_more_like_a_digit(reader, label):
    """A 1 or 7 with one looks like a 2 that some people write."""
    (label_as_it_is,) = answers(reader, [underlined(label)])
    assert label_as_it_is in (int(label), None)
    assert reader.read(underlined(label)).guess == int(label)


def scene_of(label, size, frame):
    """The same picture at different sizes: a digit, perhaps in a frame, on white."""
    big = draw(write(label, 1), (1600, 1600), 800, 110)
    big = cv2.rectangle(big, (120, 120), (1480, 1480), 255, 40) if frame else big
    return 255 - cv2.resize(big, (size, size), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("label", LABELS)
def test_the_same_picture_is_read_alike_at_any_size(reader, label):
    plain = [scene_of(label, size, frame=False) for size in SIZES]
    framed = [scene_of(label, size, frame=True) for size in SIZES[1:]]
    guesses = [one.guess for one in reader.read_many([*plain, *framed])]
    assert guesses == [int(label)] * (2 * len(SIZES) - 1)


@pytest.mark.parametrize("label", LABELS)
def test_the_same_photograph_is_read_alike_at_any_size(reader, label):
    rng = np.random.default_rng(int(label))
    digit = draw(write(label, 1), (1600, 1600), 900, 130)
    scene = blend(digit, lit_paper(digit.shape, rng), 60.0)
    photographs = [
        photograph(cv2.resize(scene, (size, size), interpolation=cv2.INTER_AREA), rng, noise=1.5)
        for size in SIZES
    ]
    assert [one.guess for one in reader.read_many(photographs)] == [int(label)] * len(SIZES)


@pytest.mark.parametrize("size", SIZES)
def test_a_cell_with_traces_is_blank_at_any_size(reader, size):
    cell = np.full((size, 2 * size), 255, np.uint8)
    cell[: max(1, size // 60), size // 3 :] = 80
    with pytest.raises(BlankImageError):
        reader.read(cell)


@pytest.mark.parametrize("pitch", [3, 5, 16])
@pytest.mark.parametrize("shape", [(1600, 1600), (400, 600)])
def test_hatching_is_no_digit(reader, shape, pitch):
    assert reader.read(hatching(*shape, pitch)).unsure


def test_alternatives_that_disagree_are_doubt(reader):
    """If both look like a digit; otherwise the better one counts."""
    seven, two, cross = (
        next(reader.preprocess(255 - draw(strokes, (300, 300), 150, 11)))
        for strokes in (write("7"), write("2"), [[(0, 0), (1, 1)], [(0, 1), (1, 0)]])
    )
    alone = reader.predict([[seven], [two], [cross]])
    assert [one.label for one in alone] == [7, 2, None]
    seven_first, two_first = reader.predict([[cross, seven, two], [cross, two, seven]])
    assert [one.unsure for one in (seven_first, two_first)] == [True, True]
    assert seven_first.label is None
    assert seven_first.guess == two_first.guess
    for clear, number in ((seven, 7), (two, 2)):
        assert [one.label for one in reader.predict([[cross, clear], [cross, cross, clear]])] == [
            number
        ] * 2


def test_a_clear_digit_is_not_read_again(reader):
    drawing = 255 - draw(write("3"), (300, 300), 150, 11)

    def steps():
        yield next(reader.preprocess(drawing))
        raise AssertionError("Clutter was searched.")

    assert reader.predict([steps()])[0].label == 3
