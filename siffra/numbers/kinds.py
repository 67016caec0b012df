"""The kinds of a segment that the judge tells apart."""

from typing import Final

# Columns of the judge's probabilities: a part of a character or several characters; one digit; the
# signs; another character; and a ruled line or a speck.
PART: Final = 0
DIGIT: Final = 1
FIRST_SIGN: Final = 2
SIGNS: Final = "-.,/:"
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
