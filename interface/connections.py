"""Close connections on which a request does not arrive."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import gradio as gr

HEADER_TIMEOUT: Final = 20.0  # seconds for the first line and the headers of a request
# Programs keep connections for up to 5 seconds (httpx, and so Gradio's client): a server that
# closes them first would sometimes do so while the next request is on its way.
KEEP_ALIVE: Final = 15

# A connection of uvicorn's, and the cycle that it is in.
_Exchange = tuple[Any, Any]


async def manage_connections(page: gr.Blocks) -> None:
    """Set the limits of a page's server as soon as it runs, until this is cancelled."""
    while (server := getattr(page, "server", None)) is None:
        await asyncio.sleep(0.1)
    server.config.timeout_keep_alive = KEEP_ALIVE
    waiting: dict[_Exchange, float] = {}
    while True:
        waiting = _close_slow(server.server_state.connections, waiting)
        await asyncio.sleep(HEADER_TIMEOUT / 4)


def _close_slow(
    connections: Iterable[Any], waiting: Mapping[_Exchange, float]
) -> dict[_Exchange, float]:
    """Close what has waited too long for a request; return since when the others have waited.

    Bodies and answers have limits of their own, and uvicorn has one for what sends nothing.
    """
    now = time.monotonic()
    # A cycle is one request and its answer; it begins when the headers are complete.
    idle = [
        (connection, connection.cycle)
        for connection in connections
        if hasattr(connection, "cycle")  # a WebSocket has none
        and (connection.cycle is None or connection.cycle.response_complete)
    ]
    since = {exchange: waiting.get(exchange, now) for exchange in idle}
    for (connection, _), start in since.items():
        if now - start > HEADER_TIMEOUT:
            connection.transport.close()
    return since
