"""The preview of a link to the page on other sites: a title, a sentence and a picture."""

import re
from html import escape
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .texts import ENGLISH

PICTURE: Final = "/web/preview.png"
_GRADIOS: Final = re.compile(rb'\s*<meta\s+(property="og:|name="twitter:)[^>]*>')


class LinkPreview:
    """ASGI middleware that replaces Gradio's own preview, of which it has two, in the page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Gradio answer, and change the answer if it is the page."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        html = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            html.extend(message.get("body", b""))
            if not message.get("more_body"):
                content = replace_preview(bytes(html), _address(scope))
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


def _address(scope: Scope) -> str:
    """Return what visitors call this server; the guard has removed headers it does not believe."""
    headers = Headers(scope=scope)
    scheme = headers.get("x-forwarded-proto", scope["scheme"]).partition(",")[0]
    return f"{scheme}://{headers.get('x-forwarded-host') or headers.get('host', '')}"
