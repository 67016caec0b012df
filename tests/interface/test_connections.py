"""A real uvicorn server with real sockets."""

import asyncio
from contextlib import asynccontextmanager, closing
from types import SimpleNamespace

import pytest
import uvicorn

import interface.connections as connections_module
from interface.connections import _close_slow, manage_connections

SECONDS = 0.4


async def app(scope, receive, send):
    """Answer at once, or /slow in two halves."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    await asyncio.sleep(3 * SECONDS if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.body", "body": b"second"})


@asynccontextmanager
async def serve(monkeypatch):
    monkeypatch.setattr(connections_module, "HEADER_TIMEOUT", SECONDS)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_keep_alive=5))
    running = asyncio.create_task(server.serve())
    managing = asyncio.create_task(manage_connections(SimpleNamespace(server=server)))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        managing.cancel()
        server.should_exit = True
        await running


async def ask(port, request):
    """Send something; return what comes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 10 * SECONDS)


@pytest.mark.parametrize(
    "request_",
    [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"],
    ids=["nothing", "half a header", "half a second request"],
)
def test_request_that_does_not_arrive_is_closed(monkeypatch, request_):
    async def run():
        async with serve(monkeypatch) as (port, _):
            return await ask(port, request_)

    assert asyncio.run(run()).count(b"second") == request_.count(b"\r\n\r\n")


def test_a_websocket_is_left_alone():
    assert _close_slow([object()], {}) == {}  # uvicorn's protocol for it has no cycle


def test_answer_that_takes_longer_is_not_closed(monkeypatch):
    async def run():
        async with serve(monkeypatch) as (port, _):
            request = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            return await ask(port, request)

    assert b"second" in asyncio.run(run())


def test_connections_are_kept_longer_than_clients_keep_them(monkeypatch):
    async def run():
        async with serve(monkeypatch) as (_, server):
            await asyncio.sleep(SECONDS)
            return server.config.timeout_keep_alive

    assert asyncio.run(run()) > 5  # httpx closes after five seconds
