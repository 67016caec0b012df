"""Requests to an ASGI app without a server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()


async def ask(
    app: Any,
    method: str = "GET",
    path: str = "/",
    chunks: Sequence[bytes | None] = (),
    headers: dict[str, str] | None = None,
    delay: float = 0.0,
    client: str = "10.0.0.1",
) -> Answer:
    """Send one request to an ASGI app; a chunk of None means that the client leaves."""
    answer = Answer()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": (client, 5000),
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in ({"host": "localhost"} | (headers or {})).items()
        ],
    }
    messages: list[dict[str, Any]] = [
        {"type": "http.disconnect"}
        if chunk is None
        else {"type": "http.request", "body": chunk, "more_body": True}
        for chunk in chunks
    ]
    if None not in chunks:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(delay)
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


def in_loop(function: Callable[..., T], *args: Any) -> T:
    """Call a function inside an event loop: Gradio would leave one open."""

    async def call() -> T:
        return function(*args)

    return asyncio.run(call())
