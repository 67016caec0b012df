import os

import pytest

from siffra.escaping import escape_bytes, printable


def test_names_are_printed_on_one_line():
    name = os.fsdecode(b"caf\xc3\xa9\n\xff\x1b[2J.png")
    assert printable(name) == r"café\n\xff\x1b[2J.png"
    assert escape_bytes(name) == "café\n\\xff\x1b[2J.png"


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b2J", "\r", "\u202e", "\ud800", "\x7f", "\u2028"])
def test_nothing_that_a_terminal_acts_on_is_left(text):
    assert printable(text).isascii()
    assert printable(printable(text)) == printable(text)
