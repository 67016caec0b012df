from functools import partial

import numpy as np
import pytest

from pipeline import pictures
from pipeline.pictures import KINDS, NUMBER_KINDS, evaluate_pictures
from pipeline.strokes import Trajectory
from siffra.exceptions import BlankImageError

TIME = np.linspace(0, 1, 30)[:, None]
SEVEN = Trajectory("7", 1, [np.concatenate([TIME * (6, 0), TIME * (-2, 10) + (6, 0)]) * 20])


class Reader:
    """Says 7 of every picture, surely or not, or that it is blank."""

    def __init__(self, label=7, is_blank=False):
        self.label, self.is_blank, self.guess = label, is_blank, 7

    def read(self, image):
        assert image.dtype == np.uint8
        if self.is_blank:
            raise BlankImageError(0)
        return self

    def read_number(self, image):
        assert image.ndim == 2
        return self.read(image)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(pictures, "N_IMAGES", 5)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("reader", "digits", "empty", "numbers"),
    [
        (Reader(), (1, 0), (0, 1), (0, 1)),
        (Reader(None), (1, 0), (1, 0), (0, 0)),
        (Reader(3), (1, 1), (0, 1), (0, 1)),
        (Reader(is_blank=True), (0, 0), (1, 0), (0, 0)),
    ],
)
def test_pictures_are_right_or_surely_wrong(reader, digits, empty, numbers):
    found = {one.kind: one for one in evaluate_pictures(reader, [SEVEN], 0)}
    forms = {kind for kind, (_, labels) in KINDS.items() if labels and "7" not in labels}
    assert found.keys() == (KINDS.keys() | NUMBER_KINDS.keys()) - forms
    for kind, one in found.items():
        expected = numbers if kind in NUMBER_KINDS else digits if KINDS[kind][1] else empty
        assert (one.right, one.sure_and_wrong, one.n_images) == (*expected, 5)
        assert one.right_interval[0] <= one.right <= one.right_interval[1]


def test_pictures_of_a_kind_differ():
    digits = {kind: partial(draw, SEVEN) for kind, (draw, _) in KINDS.items()}
    row = np.eye(70, 200, dtype=np.uint8)
    for kind, draw in (digits | {k: partial(one, row) for k, one in NUMBER_KINDS.items()}).items():
        first, second = (draw(np.random.default_rng(seed)) for seed in (0, 1))
        assert first.shape != second.shape or (first != second).any(), kind
        assert (first.ndim, first.dtype) == (2, np.uint8), kind


def test_nothing_is_drawn_without_characters():
    assert evaluate_pictures(Reader(), [], 0) == []


def test_numbers_have_digits_of_one_writer():
    one = Trajectory("1", 2, [TIME * (0, 10)])
    pairs = pictures._draw_numbers(lambda row, _: row, [SEVEN, one], 40, np.random.default_rng(0))
    texts = {text for _, text in pairs}
    assert {len(text) for text in texts} == {2, 3, 4, 5}
    assert all(len(set(text)) == 1 for text in texts)
