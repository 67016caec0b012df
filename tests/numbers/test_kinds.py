import numpy as np
import pytest

from siffra.numbers.kinds import (
    CLUTTER,
    DIGIT,
    FIRST_SIGN,
    N_KINDS,
    OTHER,
    PART,
    is_lone_slash,
    possible_kinds,
)

MINUS, POINT, COMMA, SLASH, COLON = range(FIRST_SIGN, OTHER)


@pytest.mark.parametrize(
    ("kinds", "place", "impossible"),
    [
        ([DIGIT], 0, {MINUS, POINT, COMMA, SLASH, COLON}),
        ([DIGIT, DIGIT], 0, {SLASH, COLON}),
        ([DIGIT, DIGIT], 1, {MINUS, SLASH, COLON}),
        ([DIGIT, DIGIT, DIGIT], 1, set()),
        ([SLASH, DIGIT], 0, {COLON}),  # what was read is not questioned
        ([DIGIT, OTHER, DIGIT, DIGIT], 2, {SLASH, COLON}),
    ],
)
def test_signs_have_digits_beside_them(kinds, place, impossible):
    for is_drawn in (False, True):
        possible = possible_kinds(np.array(kinds), is_drawn)
        assert possible.shape == (len(kinds), N_KINDS)
        expected = impossible | ({CLUTTER} if is_drawn else set())
        assert set(np.flatnonzero(~possible[place])) == expected


@pytest.mark.parametrize(
    ("kinds", "lone"),
    [
        ([DIGIT, SLASH, DIGIT], []),
        ([SLASH, DIGIT], [0]),
        ([DIGIT, SLASH], [1]),
        ([DIGIT, SLASH, SLASH, DIGIT], [1, 2]),
        ([DIGIT, COLON], []),
    ],
)
def test_a_slash_divides_digits(kinds, lone):
    assert np.flatnonzero(is_lone_slash(np.array(kinds))).tolist() == lone


def test_a_drawn_speck_stays_a_speck():
    possible = possible_kinds(np.array([DIGIT, CLUTTER]), is_drawn=True)
    assert possible[1, [PART, CLUTTER]].all()
