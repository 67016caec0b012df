"""ASGI middleware in front of Gradio: access, routes, sizes and time limits."""

import asyncio
import errno
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from siffra.escaping import printable

from .access import Access, RefusedError
from .endpoints import MAX_TOOL_REQUEST
from .model_loader import ModelLoader
from .reader_files import ReaderFiles
from .refusal import Incoming, refuse
from .sketchpad import MAX_LENGTH
from .upload_folder import MAX_FILE_SIZE, UploadFolder, check_form

MAX_BODY = 64 * 1024
# An upload is a form around the file; the page sends a drawing when it joins the queue, and the
# visitor's examples, of which 50 take 54 kB.
MAX_BODIES = {"upload": MAX_FILE_SIZE + 64 * 1024, "queue/join": MAX_LENGTH + 80 * 1024}
MAX_BODIES |= dict.fromkeys(("mcp", "mcp/http"), MAX_TOOL_REQUEST)
MAX_BUFFERED = 64 * 2**20  # bytes of all bodies that are being received
BODY_TIMEOUT = 30.0  # seconds for a whole body
# A page holds one stream open, and a second one while it waits for an answer.
MAX_STREAMS_PER_CLIENT = 256
MAX_STREAMS = 800
_PIECE = 2**18  # bytes of a body that Gradio parses at a time

API = "/gradio_api"
_GET = re.compile(
    r"/|/config/?|/(assets|static|svelte)/.+|/(favicon\.ico|theme\.css|robots\.txt|manifest\.json)"
    r"|/pwa_icon(/\w+)?|/gradio_api/(info/?|openapi\.json|theme\.css|startup-events|app_id/?"
    r"|heartbeat/[^/]+|queue/(data|status)|file=.*|call(/v2)?/\w+/\w+)"
)
_POST = re.compile(r"/gradio_api/(upload|queue/join|call(/v2)?/\w+/?|cancel|reset/?)")
_MCP = re.compile(r"/gradio_api/mcp(/|/schema|/http/?)?")
_STREAM = re.compile(r"/gradio_api/(heartbeat/.*|queue/data|call(/v2)?/\w+/\w+|mcp.*)")
_CALL = re.compile(r"/gradio_api/call(?:/v2)?/(\w+)(?:/(\w*))?")
_ASSET = re.compile(r"/(assets|static|svelte|web)/")

_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

_log = logging.getLogger("siffra.requests")


@dataclass
class _Exchange:
    """Facts about one request and its answer."""

    path: str
    client: str
    status: int = 0
    buffered: int = 0
    has_started: bool = False
    has_ended: bool = False


class Guard:
    """Check every request, add security headers to every response, and log both.

    `endpoints` are the names that /call takes; `is_event` tells whether an event id is known.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        model: ModelLoader,
        folder: UploadFolder,
        endpoints: frozenset[str],
        is_event: Callable[[str], bool],
    ) -> None:
        self.app = app
        self._access = access
        self._model = model
        self._files = ReaderFiles(model)
        self._folder = folder
        self._endpoints = endpoints
        self._is_event = is_event
        self._buffered = 0
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return
        start = time.perf_counter()
        headers, client = self._access.sort_out_proxy(scope)
        scope = {**scope, "headers": headers.raw}
        exchange = _Exchange(scope["path"], client)
        try:
            await self._answer(scope, headers, Incoming(receive), send, exchange)
        finally:
            self._release(exchange)
            if exchange.status >= 400 or not _ASSET.match(exchange.path):
                milliseconds = 1000 * (time.perf_counter() - start)
                request = printable(f"{client} {scope['method']} {exchange.path[:200]}")
                _log.info("%s %d %.0f ms", request, exchange.status, milliseconds)

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Incoming, send: Send, exchange: _Exchange
    ) -> None:
        """Let a request be answered; refuse it where it is not allowed or Gradio fails."""
        held: list[Message] = []
        refusal: tuple[int, str] | None = None

        async def send_checked(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                MutableHeaders(scope=message).update(_HEADERS)
            # A server error is held back: where Gradio raises, a better answer follows.
            if exchange.status == 500 and not exchange.has_started and refusal is None:
                held.append(message)
                return
            exchange.has_started = True
            exchange.has_ended = not message.get("more_body", message["type"].endswith("start"))
            await send(message)

        try:
            await self._respond(scope, headers, receive, send_checked, exchange)
            for message in held:
                await send(message)
        except RefusedError as error:
            refusal = error.status, str(error)
        except ConnectionError:
            exchange.status = exchange.status or 499  # the client has left
        except Exception as error:  # Gradio checks few of its inputs
            refusal = self._explain(error)
        if refusal and not exchange.has_started:
            self._release(exchange)  # before the client has its time to send the rest
            await refuse(*refusal, receive, send_checked)
        elif refusal and not exchange.has_ended:
            await send({"type": "http.response.body"})

    async def _respond(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send, exchange: _Exchange
    ) -> None:
        """Let Gradio answer, or raise RefusedError; answer /health and serve the files of web/."""
        self._access.check(headers)
        is_get = scope["method"] in ("GET", "HEAD")
        if exchange.path == "/health" and is_get:
            status = "ready" if self._model.is_ready else "loading"
            health = JSONResponse({"status": status, "model": self._model.name})
            await health(scope, receive, send)
            return
        if is_get and (file := await self._files.find(exchange.path, headers)):
            await file(scope, receive, send)
            return
        self._check_route(scope["method"], exchange.path, headers)
        if not is_get:
            scope["query_string"] = b""  # an upload_id would be remembered for ever
            receive = await self._receive_body(exchange, headers, receive)
        is_stream = scope["method"] == "GET" and _STREAM.fullmatch(exchange.path)
        with self._count_stream(exchange.client) if is_stream else nullcontext():
            await self.app(scope, receive, send)

    def _release(self, exchange: _Exchange) -> None:
        """Count a body no longer."""
        self._buffered -= exchange.buffered
        exchange.buffered = 0

    def _check_route(self, method: str, path: str, headers: Headers) -> None:
        """Refuse most of Gradio's routes, which neither the page nor a program needs."""
        if _MCP.fullmatch(path):
            return
        if not (_GET if method in ("GET", "HEAD") else _POST).fullmatch(path):
            raise RefusedError(404, "There is nothing here.")
        if method not in ("GET", "HEAD", "POST"):
            raise RefusedError(405, "Expected GET or POST.")
        if "range" in headers:
            raise RefusedError(416, "Expected a request for the whole file.")
        if call := _CALL.fullmatch(path):
            name, event = call.groups()
            if name not in self._endpoints:
                names = ", ".join(sorted(self._endpoints))
                raise RefusedError(404, f"There is no such endpoint. Expected one of: {names}.")
            if method != "POST" and not self._is_event(event or ""):
                raise RefusedError(404, "There is no such event, or it has been answered.")

    @contextmanager
    def _count_stream(self, client: str) -> Iterator[None]:
        """Count an answer that stays open, or refuse it."""
        if self._streams[client] >= MAX_STREAMS_PER_CLIENT:
            raise RefusedError(429, "Too many open streams. Close some and try again.")
        if self._streams.total() >= MAX_STREAMS:
            raise RefusedError(503, "Too many visitors at once. Try again in a minute.")
        self._streams[client] += 1
        try:
            yield
        finally:
            self._streams[client] -= 1
            self._streams += Counter()  # keeps the clients that still have one

    async def _receive_body(
        self, exchange: _Exchange, headers: Headers, receive: Receive
    ) -> Receive:
        """Receive a whole body before Gradio sees any of it; an aborted upload leaves no file."""
        name = exchange.path.removeprefix(f"{API}/").rstrip("/")
        limit = MAX_BODIES.get(name, MAX_BODY)
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        if name == "upload":
            await self._folder.check_space()
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                while (message := await receive()).get("more_body") or message.get("body"):
                    chunk = message.get("body", b"")
                    self._buffered += len(chunk)
                    exchange.buffered += len(chunk)
                    body += chunk
                    if len(body) > limit:
                        raise _too_large(limit)
                    if self._buffered > MAX_BUFFERED:
                        raise RefusedError(503, "Too many uploads at once. Try again in a minute.")
                    if not message.get("more_body"):
                        break
        except TimeoutError as error:
            reason = f"The request took more than {BODY_TIMEOUT:g} seconds to arrive."
            raise RefusedError(408, reason) from error
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        if name == "upload" and "multipart" in headers.get("content-type", ""):
            check_form(body, headers["content-type"])
        if name == "upload":
            self._folder.add(len(body))
        return _replay(body, receive)

    def _explain(self, error: Exception) -> tuple[int, str]:
        """Log in one line that Gradio could not handle a request; return the answer."""
        _log.warning("%s: %s", type(error).__name__, printable(str(error)[:200]))
        if not isinstance(error, OSError):
            return (
                400,
                "Got a request that does not fit this address. See the tab From code.",
            )
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return 507, "The server cannot store the file."
        return 500, "The server has failed."


def _too_large(limit: int) -> RefusedError:
    size = f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit // 2**10} kB"
    return RefusedError(413, f"Got more than {size}. Expected a smaller file of one digit.")


def _replay(body: bytearray, receive: Receive) -> Receive:
    """Return a `receive` that passes on a body in pieces, and then later messages."""
    starts = iter(range(0, len(body) or 1, _PIECE))

    async def replay() -> Message:
        if (start := next(starts, None)) is None:
            return await receive()
        await asyncio.sleep(0)  # other requests get their turn
        end = start + _PIECE
        return {
            "type": "http.request",
            "body": bytes(body[start:end]),
            "more_body": end < len(body),
        }

    return replay
