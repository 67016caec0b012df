"""Correct two answers of Gradio: the preview of a link to the page, and the OpenAPI description."""

import json
import re
from html import escape
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .texts import ENGLISH

_FILE: Final = {
    "type": "object",
    "description": "A file that was sent to /gradio_api/upload, which answers with its path.",
    "properties": {
        "path": {"type": "string"},
        "meta": {
            "type": "object",
            "properties": {"_type": {"type": "string", "enum": ["gradio.FileData"]}},
        },
    },
    "required": ["path", "meta"],
}
PICTURE: Final = "/web/preview.png"
_GRADIOS: Final = re.compile(rb'\s*<meta\s+(property="og:|name="twitter:)[^>]*>')


class CorrectedAnswers:
    """ASGI middleware that corrects the page and the OpenAPI description."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Gradio answer, and change the answer if it is one of the two."""
        correct = _CORRECTED.get(scope.get("path", ""))
        if scope["type"] != "http" or correct is None:
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                content = correct(bytes(body), _address(scope))
                MutableHeaders(scope=start)["content-length"] = str(len(content))
                await send(start)
                await send({"type": "http.response.body", "body": content})

        await self.app(scope, receive, collect)


def replace_preview(html: bytes, address: str) -> bytes:
    """Return the page with the preview of this app, which is at an address without a path."""
    tags = {
        "og:type": "website",
        "og:title": ENGLISH["title"],
        "og:description": ENGLISH["promise"],
        "og:url": f"{address}/",
        "og:image": address + PICTURE,
        "twitter:card": "summary_large_image",
    }
    own = "".join(
        f'<meta property="{name}" content="{escape(content)}">' for name, content in tags.items()
    )
    own += f'<meta name="description" content="{escape(ENGLISH["promise"])}">'
    return _GRADIOS.sub(b"", html).replace(b"<head>", b"<head>" + own.encode(), 1)


def describe_files(content: bytes, _: str) -> bytes:
    """Return an OpenAPI description in which a file is an object, as the endpoints take it."""
    return json.dumps(_correct_files(json.loads(content))).encode()


def _correct_files(node: Any) -> Any:
    if isinstance(node, list):
        return [_correct_files(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "filepath" in (node.get("type"), node.get("format")):
        return _FILE
    return {key: _correct_files(value) for key, value in node.items()}


_CORRECTED: Final = {"/": replace_preview, "/gradio_api/openapi.json": describe_files}


def _address(scope: Scope) -> str:
    """Return the address of this server; the guard has removed headers that cannot be trusted."""
    headers = Headers(scope=scope)
    scheme = headers.get("x-forwarded-proto", scope["scheme"]).partition(",")[0]
    return f"{scheme}://{headers.get('x-forwarded-host') or headers.get('host', '')}"
