"""The kinds of a segment that the judge tells apart."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Columns of the judge's probabilities: a part of a character or several characters; one digit; the
# signs; another character; and a ruled line or a speck.
PART: Final = 0
DIGIT: Final = 1
FIRST_SIGN: Final = 2
SIGNS: Final = "-.,/:"
SLASH: Final = FIRST_SIGN + SIGNS.index("/")
OTHER: Final = FIRST_SIGN + len(SIGNS)
CLUTTER: Final = OTHER + 1
N_KINDS: Final = CLUTTER + 1
UNREAD: Final = "?"  # in a text, for another character


def text_of(kind: int, digit: int) -> str:
    """Return what a segment of a kind adds to a text."""
    if kind == DIGIT:
        return str(digit)
    if kind == OTHER:
        return UNREAD
    return "" if kind == CLUTTER else SIGNS[kind - FIRST_SIGN]


def is_lone_slash(kinds: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which characters of a text (n,) were read as a slash, but do not divide digits."""
    is_digit = np.pad(kinds == DIGIT, 1)
    lone: NDArray[np.bool_] = (kinds == SLASH) & ~(is_digit[:-2] & is_digit[2:])
    return lone


def possible_kinds(kinds: NDArray[np.intp], is_drawn: bool) -> NDArray[np.bool_]:
    """Return which kinds (n, n_kinds) each character of a text may be, given its neighbors' kinds.

    The kinds are as they were read, from left to right, and those are possible. A slash or colon
    has a digit on both sides, a minus one after it, a point or comma one on either side; a pen on a
    pad, whose text `is_drawn`, draws no ruled line and no speck.
    """
    is_digit = np.pad(kinds == DIGIT, 1)
    before, after = is_digit[:-2], is_digit[2:]
    fits = {"-": after, ".": before | after, ",": before | after}
    possible = np.ones((len(kinds), N_KINDS), bool)
    for kind, sign in enumerate(SIGNS, FIRST_SIGN):
        possible[:, kind] = fits.get(sign, before & after)
    possible[:, CLUTTER] = not is_drawn
    possible[np.arange(len(kinds)), kinds] = True
    return possible
