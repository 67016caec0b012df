"""Close connections on which a request does not arrive."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import gradio as gr

from .gradio_internals import find_server
from .uvicorn_internals import Exchange, close, connections_of, find_idle

HEADER_TIMEOUT: Final = 20.0  # seconds for the first line and the headers of a request
# Programs keep connections for up to 5 seconds (httpx, and so Gradio's client): a server that
# closes them first would sometimes do so while the next request is on its way.
KEEP_ALIVE: Final = 15


async def manage_connections(page: gr.Blocks) -> None:
    """Set the limits of a page's server as soon as it runs, until this is cancelled."""
    while (server := find_server(page)) is None:
        await asyncio.sleep(0.1)
    server.config.timeout_keep_alive = KEEP_ALIVE
    waiting: dict[Exchange, float] = {}
    while True:
        waiting = _close_slow(connections_of(server), waiting)
        await asyncio.sleep(HEADER_TIMEOUT / 4)


def _close_slow(
    connections: Iterable[Any], waiting: Mapping[Exchange, float]
) -> dict[Exchange, float]:
    """Close connections that have waited too long for a request; return since when others wait.

    Bodies and answers have limits of their own, and uvicorn closes idle connections.
    """
    now = time.monotonic()
    since = {exchange: waiting.get(exchange, now) for exchange in find_idle(connections)}
    for (connection, _), start in since.items():
        if now - start > HEADER_TIMEOUT:
            close(connection)
    return since
