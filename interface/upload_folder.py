"""The folder in which Gradio stores uploads: its size, its disk, and checks on forms."""

import re
import shutil
import time
from pathlib import Path

from anyio.to_thread import run_sync
from python_multipart.multipart import parse_options_header

from .access import RefusedError

MAX_FILE_SIZE = 10 * 2**20
MAX_PARTS = 16
MAX_FOLDER_SIZE = 1 * 2**30
MIN_FREE_SPACE = 256 * 2**20
# Gradio deletes uploads after this time (seconds); files that it leaves go after twice that.
KEEP = 600
SCAN_INTERVAL = 30

_FILE_NAME = re.compile(rb'filename="?([^";\r\n]*)')


class UploadFolder:
    """Watch the size of this app's upload folder, and delete files that Gradio leaves behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = 0
        self._scanned = float("-inf")

    def add(self, size: int) -> None:
        """Count an upload."""
        self._size += size

    async def check_space(self) -> None:
        """Raise RefusedError if there is no room for another upload."""
        await run_sync(self._scan)
        if self._size + MAX_FILE_SIZE > MAX_FOLDER_SIZE:
            raise RefusedError(503, "Too many uploads. Try again in ten minutes.")

    def _scan(self) -> None:
        """Check the disk; measure and clean the folder now and then."""
        self.path.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.path).free < MIN_FREE_SPACE:
            raise RefusedError(507, "The server's disk is almost full. Try again later.")
        now = time.monotonic()
        interval = 1 if self._size + MAX_FILE_SIZE > MAX_FOLDER_SIZE else SCAN_INTERVAL
        if now - self._scanned >= interval:
            self._scanned = now
            self._size = sum(_size_or_delete(path) for path in self.path.rglob("*"))


def _size_or_delete(path: Path) -> int:
    """Return the size of a file; delete it, or an empty folder, if it is old."""
    try:
        status = path.stat()
        is_old = time.time() - status.st_ctime > 2 * KEEP
        if path.is_file() and not is_old:
            return status.st_size
        if is_old:
            path.rmdir() if path.is_dir() else path.unlink()
    except OSError:  # a folder that is not empty, or Gradio has deleted it meanwhile
        pass
    return 0


def check_form(body: bytes | bytearray, content_type: str) -> None:
    """Raise RefusedError if a form has many parts or a file without a name."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise RefusedError(400, "Got a form without a boundary.")
    starts = [match.end() for match in re.finditer(re.escape(b"--" + boundary), body)]
    if len(starts) > MAX_PARTS + 1:
        raise RefusedError(413, f"Got a form of many parts. Expected at most {MAX_PARTS}.")
    for start in starts:
        head = bytes(body[start : start + 8192]).partition(b"\r\n\r\n")[0]
        name = _FILE_NAME.search(head)
        if name and not name[1].strip(b"./\\ "):
            raise RefusedError(400, "Got a file without a name.")
