"""A real uvicorn server behind the guard, with clients that send more than it takes."""

import asyncio
import socket
import time
from contextlib import asynccontextmanager, closing

import pytest
import uvicorn

from interface import guard as guard_module
from interface import refusal as refusal_module
from interface.access import Access
from interface.guard import Guard
from interface.upload_folder import UploadFolder

MEGABYTE = 2**20
SENTENCE = b"Got more than 10 MB. Expected a smaller file of one digit."


@pytest.fixture
def guard(loader, tmp_path):
    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"whole"})

    access = Access.from_environment({})
    guard = Guard(app, access, loader, UploadFolder(tmp_path), frozenset(), {}.__contains__)

    async def without_lifespan(scope, receive, send):
        if scope["type"] == "http":
            await guard(scope, receive, send)

    return without_lifespan


@asynccontextmanager
async def serve(app):
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()
    finally:
        server.should_exit = True
        await running


def post(address, size, pause=0.0, is_chunked=False, path="/gradio_api/upload"):
    """Send a body whole, piece by piece, and only then look at the answer."""
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {size * MEGABYTE}"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{length}\r\n\r\n"
    piece = bytes(MEGABYTE)
    if is_chunked:
        piece = f"{MEGABYTE:x}\r\n".encode() + piece + b"\r\n"
    with closing(socket.create_connection(address)) as client:
        client.settimeout(20)
        client.sendall(head.encode())
        for _ in range(size):
            client.sendall(piece)
            time.sleep(pause)
        if is_chunked:
            client.sendall(b"0\r\n\r\n")
        return b"".join(iter(lambda: client.recv(MEGABYTE), b""))


def run(guard, *args, **kwargs):
    async def ask():
        async with serve(guard) as address:
            return await asyncio.to_thread(post, address, *args, **kwargs)

    return asyncio.run(ask())


@pytest.mark.parametrize(("size", "pause", "is_chunked"), [(60, 0.0, False), (14, 0.05, True)])
def test_the_sentence_arrives_while_the_client_still_sends(guard, size, pause, is_chunked):
    answer = run(guard, size, pause, is_chunked)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(SENTENCE)


def test_a_body_is_read_for_a_bounded_time(guard, monkeypatch):
    monkeypatch.setattr(refusal_module, "LINGER_SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(ConnectionError):
        run(guard, 100, 0.05)
    assert time.monotonic() - start < 3


def test_clients_that_are_refused_take_no_room_from_others(guard, monkeypatch):
    monkeypatch.setattr(guard_module, "MAX_BUFFERED", 12 * MEGABYTE)

    async def crowd():
        async with serve(guard) as address:
            refused = asyncio.create_task(asyncio.to_thread(post, address, 30, 0.05, True))
            await asyncio.sleep(0.8)  # more than ten megabytes have arrived
            good = await asyncio.to_thread(post, address, 8)
            return good, refused.done(), await refused

    good, was_done, answer = asyncio.run(crowd())
    assert b"whole" in good
    assert not was_done
    assert answer.endswith(SENTENCE)
