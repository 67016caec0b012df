"""Escape text that strangers wrote: names of files and arrays, addresses, requests."""

import os
import reprlib


def printable(text: str) -> str:
    """Escape line breaks, terminal codes, and bytes that are not UTF-8."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in escape_bytes(text))


def escape_bytes(name: str) -> str:
    r"""Escape the bytes of a file name that are not UTF-8, such as \xff."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character, from an escape in JSON
        return name.encode("utf-8", "backslashreplace").decode()


def shorten(value: object) -> str:
    """Show the beginning of a value from a stranger: long, deep, or a number of many digits."""
    try:
        return reprlib.repr(value)
    except ValueError:  # Python does not write integers of more than 4,300 digits
        return "an integer of thousands of digits"
