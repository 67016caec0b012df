"""Answer a request with an error in a way that the sentence arrives."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Send

# After an error, what the client still sends is read and dropped, up to these limits: a client
# whose connection is closed while it sends sees a broken pipe and not the answer.
LINGER_SECONDS: Final = 30.0
LINGER_BYTES: Final = 256 * 2**20


class Incoming:
    """The `receive` of an ASGI app, which remembers whether the whole request has arrived."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_complete = False

    async def __call__(self) -> Message:
        """Receive the next part of the request."""
        message = await self._receive()
        self.is_complete = not message.get("more_body")
        return message


async def refuse(status: int, message: str, incoming: Incoming, send: Send) -> None:
    """Send an error, read on until the request has arrived, and close the connection."""
    content = message.encode()
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(content)),
        "Connection": "close",
    }
    await send({"type": "http.response.start", "status": status, "headers": Headers(headers).raw})
    # uvicorn closes the connection when the answer is complete.
    await send({"type": "http.response.body", "body": content, "more_body": True})
    with suppress(TimeoutError):
        await asyncio.wait_for(_read_on(incoming), LINGER_SECONDS)
    await send({"type": "http.response.body"})


async def _read_on(incoming: Incoming) -> None:
    """Drop the rest of a request."""
    n_bytes = 0
    while not incoming.is_complete and n_bytes < LINGER_BYTES:
        n_bytes += len((await incoming()).get("body", b""))
