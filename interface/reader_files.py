"""Serve the files of web/, the model of its reader, and the examples."""

import asyncio
import gzip
import hashlib
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from siffra.export import BINARY_FILE, CHECK, pack_model
from siffra.paths import EXAMPLES, WEB

from .model_loader import ModelLoader

PREFIX: Final = "/web/"
_TEXT_TYPES: Final = {".js": "text/javascript", ".json": "application/json"}
_MEDIA_TYPES: Final = _TEXT_TYPES | {".jpg": "image/jpeg", ".png": "image/png"}


class ReaderFiles:
    """The scripts and texts of web/, and the model as `siffra.export` packs it once loaded."""

    def __init__(self, model: ModelLoader) -> None:
        self._model = model
        self._files = _find_files()
        self._packing: asyncio.Task[bytes] | None = None

    async def find(self, path: str, headers: Headers) -> Response | None:
        """Return the file at an address, or None if there is none."""
        if file := self._files.get(path):
            return _respond(file.read_bytes(), _MEDIA_TYPES[file.suffix], headers)
        if path != PREFIX + BINARY_FILE:
            return None
        if not self._model.is_ready:
            return PlainTextResponse("The model is still loading.", 503, {"Retry-After": "2"})
        # Once for all visitors, and beside their requests.
        self._packing = self._packing or asyncio.create_task(asyncio.to_thread(self._pack))
        content = await asyncio.shield(self._packing)
        return _respond(content, "application/octet-stream", headers)

    def _pack(self) -> bytes:
        return pack_model(self._model.get())


def _find_files() -> dict[str, Path]:
    """Return the files at each address: those of web/, and the examples."""
    files = {path.relative_to(WEB).as_posix(): path for path in WEB.rglob("*")}
    files |= {f"{CHECK}/{path.name}": path for path in EXAMPLES.glob("*")}
    return {PREFIX + name: path for name, path in files.items() if path.suffix in _MEDIA_TYPES}


def _respond(content: bytes, media_type: str, headers: Headers) -> Response:
    """Return a file that browsers keep, and ask for again by its hash; texts are compressed."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    caching = {"Cache-Control": "no-cache", "ETag": etag, "Vary": "Accept-Encoding"}
    if headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=caching)
    if media_type in _TEXT_TYPES.values() and "gzip" in headers.get("accept-encoding", ""):
        content = gzip.compress(content)
        caching |= {"Content-Encoding": "gzip"}
    return Response(content, media_type=media_type, headers=caching)
