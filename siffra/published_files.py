"""Copy files that may be published: regular files of known kinds, and nothing behind a link."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from .exceptions import OutputError
from .model_folder.limits import MAX_FILE_SIZE

_MAX_FILES: Final = 1000
# The first bytes of a file, by suffix. Everything else is text.
_SIGNATURES: Final = {
    ".jpg": b"\xff\xd8\xff",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".skops": b"PK\3\4",
    ".webp": b"RIFF",
}


def list_files(root: Path, folder: str, suffixes: Iterable[str]) -> list[str]:
    """Return the names, from `root`, of a folder's files with these suffixes; none is hidden."""
    if not _is_inside(root, folder):
        raise _link(root / folder)
    paths = [path for path in (root / folder).rglob("*") if not os.path.isdir(path)]
    names = [path.relative_to(root) for path in paths]
    found = sorted(
        name.as_posix()
        for name in names
        if name.suffix in set(suffixes) and not any(part.startswith(".") for part in name.parts)
    )
    if len(found) > _MAX_FILES:
        raise OutputError(f"Got {len(found):,} files in {root / folder}, but expected a few.")
    return found


def copy_files(root: Path, names: Iterable[str], target: Path) -> None:
    """Copy files of a folder to another one, or raise an OutputError about the first bad one."""
    for name in names:
        content = _read(root, name)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)


def _read(root: Path, name: str) -> bytes:
    path = root / name
    if not _is_inside(root, name):
        raise _link(path)
    if not path.is_file():
        raise OutputError(f"{path} is missing, or is not a regular file.")
    with path.open("rb") as file:
        content = file.read(MAX_FILE_SIZE + 1)
    if len(content) > MAX_FILE_SIZE:
        raise OutputError(f"{path} has more than {MAX_FILE_SIZE:,} bytes.")
    if not _has_its_kind(path.suffix, content):
        raise OutputError(f"{path} does not match its suffix. Remove or replace it.")
    return content


def _link(path: Path) -> OutputError:
    return OutputError(f"{path} is a link to another place. Replace it by what it stands for.")


def _is_inside(root: Path, name: str) -> bool:
    """Tell whether there is no link between a folder and a file, except of the Hub's cache.

    There, the files of `snapshots/COMMIT` are links into `blobs`, beside `snapshots`.
    """
    real_root, real = (Path(os.path.realpath(path)) for path in (root, root / name))
    is_cache = real_root.parent.name == "snapshots"
    return real == real_root / name or (
        is_cache and real.parent == real_root.parent.parent / "blobs"
    )


def _has_its_kind(suffix: str, content: bytes) -> bool:
    if suffix in _SIGNATURES:
        return content.startswith(_SIGNATURES[suffix])
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False
