"""A file that limits the processor time that a parser takes."""

import io
import time
from pathlib import Path
from typing import Any

from .exceptions import InvalidImageError


class MeteredFile(io.BufferedReader):
    """A file that is read while its reader has processor time left.

    An image file may have millions of parts. Pillow goes through them in Python and keeps the
    interpreter for itself; but it reads each part.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        A path, or the content.
    """

    def __init__(self, source: str | Path | bytes) -> None:
        raw: Any = io.BytesIO(source) if isinstance(source, bytes) else io.FileIO(source)
        super().__init__(raw)
        self.allow(0)

    def allow(self, seconds: float) -> None:
        """Let the current thread read until it has taken so much more processor time."""
        self._end = time.thread_time() + seconds

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes as any file, or raise an InvalidImageError if the time is up."""
        if time.thread_time() > self._end:
            raise too_many_parts()
        return super().read(size)


def too_many_parts() -> InvalidImageError:
    """Return the error for a file that would take too long to parse."""
    return InvalidImageError(
        "Got an image file of too many parts. Expected a file saved by usual software."
    )
