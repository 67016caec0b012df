"""Rows of signs, sums, small zeros and cell lines show what their texts say."""

import numpy as np
import pytest

from pipeline.data import Digits
from pipeline.feature_set import Source, Split
from pipeline.number_kinds import KINDS, draw_kind
from pipeline.rows import RowSampler
from pipeline.strokes import Trajectory
from siffra.numbers.kinds import CLUTTER, DIGIT, FIRST_SIGN, OTHER, SIGNS

N_ROWS = 25
ANGLES = np.linspace(0, 2 * np.pi, 20)
ZERO = np.stack([3 * np.cos(ANGLES), 5 * np.sin(ANGLES)], axis=1)
ONE = np.array([[0.0, 0.0], [0.0, 10.0], [1.0, 20.0]])


@pytest.fixture(scope="module")
def sampler():
    digits = [Trajectory(str(label), 1, [ZERO if label == 0 else ONE]) for label in range(10)]
    dash = Trajectory("-", 2, [np.array([[0.0, 0.0], [9.0, 1.0]])])
    scans = Digits(np.full((1, 28, 28), 255, np.uint8), np.array([3]))
    return RowSampler({Source.UNIPEN: digits}, {1: Split.TRAIN}, Split.TRAIN, scans, [dash])


def draw(kind, sampler):
    rng = np.random.default_rng(0)
    return [draw_kind(kind, sampler, rng) for _ in range(N_ROWS)]


def text_of(kind):
    if kind == OTHER:
        return "?"
    return "" if kind == CLUTTER else SIGNS[kind - FIRST_SIGN]


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_that_of_the_characters(kind, sampler):
    for row in draw(kind, sampler):
        np.testing.assert_array_equal(row.image < 128, row.masks.any(axis=0))
        assert len(row.kinds) == len(row.masks)
        shown = iter(row.text.replace(" ", ""))
        for one in row.kinds:
            if one == DIGIT:
                assert next(shown).isdigit()
            elif text_of(one):
                assert next(shown) == text_of(one)
        assert next(shown, None) is None


def test_signs_are_where_people_put_them(sampler):
    """Relative to the rows of the digits."""
    for row in draw("signs", sampler):
        rows = [np.flatnonzero(mask.any(axis=1)) for mask in row.masks]
        digits = [found for kind, found in zip(row.kinds, rows, strict=True) if kind == DIGIT]
        top, bottom = (np.median([found[k] for found in digits]) for k in (0, -1))
        for kind, found in zip(row.kinds, rows, strict=True):
            start, end = (found[[0, -1]] - top) / (bottom - top)
            match text_of(kind) if kind != DIGIT else "":
                case "-":
                    assert 0.1 < start < end < 0.95
                case "." | ",":
                    assert start > 0.5
                    assert end > 0.75
                case "/":
                    assert end - start > 0.7


def test_zeros_are_smaller_than_other_digits(sampler):
    for row in draw("small zeros", sampler):
        heights = [int(mask.any(axis=1).sum()) for mask in row.masks]
        zeros, others = (
            [
                height
                for height, one in zip(heights, row.text, strict=True)
                if (one == "0") == is_zero
            ]
            for is_zero in (True, False)
        )
        assert np.mean(zeros) < np.mean(others or [max(zeros) + 1])


def test_other_characters_and_lines_of_cells_are_there(sampler):
    assert all(OTHER in row.kinds for row in draw("sums, percentages and letters", sampler))
    for kind in ("lines of a cell", "specks"):
        for row in draw(kind, sampler):
            marks = [mask for one, mask in zip(row.kinds, row.masks, strict=True) if one == CLUTTER]
            assert marks
            assert all(mask.any() for mask in marks)
