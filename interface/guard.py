"""Between the page and whoever sends it something: limits, and errors that say what is wrong."""

from typing import Any

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse
from PIL import Image
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.image import MAX_PIXELS

MAX_FILE_SIZE = 10 * 2**20
# A form around the file.
MAX_BODY_SIZE = MAX_FILE_SIZE + 2**16
# Requests that wait; 50 visitors at once are answered within seconds.
MAX_WAITING = 200

_TOO_LARGE = f"Got more than {MAX_FILE_SIZE // 2**20} MB. Expected a smaller file of one digit."
_LINK = "Got a link. Expected an uploaded image file: download it and send the file."
_NOT_AN_IMAGE = (
    "Got a file that cannot be read as an image. Expected a whole PNG, JPEG, WebP, GIF, BMP or "
    "TIFF file of one digit."
)
_TOO_MANY_PIXELS = (
    f"Got an image of too many pixels. Expected at most {MAX_PIXELS // 10**6} million: shrink it."
)
_MALFORMED = (
    "Got something that this endpoint does not take. Expected an uploaded image file (/predict) "
    "or the value of an image editor (/predict_sketch), as the page's tab From code shows."
)


class Page(gr.Blocks):
    """Blocks that tell a caller what is wrong with a request, and nothing about the server."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any
    ) -> list[Any]:
        """Open what was sent; see `gradio.Blocks`."""
        try:
            traverse(inputs, _refuse_link, is_file_obj_with_meta)
            return await super().preprocess_data(block_fn, inputs, *args, **options)
        except Exception as error:
            raise gr.Error(explain(error), print_exception=False) from error


class _LinkError(ValueError):
    """A link instead of a file: Gradio would fetch whatever is there, however large."""


def _refuse_link(file: dict[str, Any]) -> None:
    if is_http_url_like(file["path"]):
        raise _LinkError


def explain(error: BaseException) -> str:
    """Say in plain words why a request could not be opened."""
    # Gradio wraps what goes wrong while a component opens its file; an SVG is an error of its own.
    cause = error.__cause__
    if isinstance(cause, Image.DecompressionBombError):
        return _TOO_MANY_PIXELS
    if isinstance(error, _LinkError):
        return _LINK
    return _NOT_AN_IMAGE if cause is not None or isinstance(error, gr.Error) else _MALFORMED


class BodyLimit:
    """ASGI middleware that answers 413 to a body which no picture needs.

    Who leaves in the middle of one is no error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while it is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        lengths = [int(v) for k, v in scope["headers"] if k == b"content-length" and v.isdigit()]
        size = max(lengths, default=0)
        if size <= MAX_BODY_SIZE:
            size = await self._run(scope, receive, send)
        if size > MAX_BODY_SIZE:
            await PlainTextResponse(_TOO_LARGE, 413)(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Let the application answer unless it reads too much; return how much it read."""
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_SIZE:
                raise ValueError(_TOO_LARGE)
            return message

        async def checked(message: Message) -> None:
            if size <= MAX_BODY_SIZE:
                await send(message)

        try:
            await self.app(scope, counted, checked)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception:
            if size <= MAX_BODY_SIZE:
                raise
        return size
