"""Minutes of mixed visitors: good, bad and gone before the answer."""

import asyncio
import random
import time
from collections import Counter

import httpx
import psutil
from uploads import READABLE, UNREADABLE

from ..load import answer
from ..measuring import Table
from ..servers import APP, CALL, UPLOAD, Server, form, png, serve, wait, weigh

MINUTES, CHECKPOINTS, CLIENTS = 8, 8, 20


async def good(client: httpx.AsyncClient) -> None:
    """Ask, and insist on an answer."""
    await answer(client)


async def bad(client: httpx.AsyncClient) -> None:
    """Ask with any file, and insist on an answer or an error."""
    kind = random.choice([*READABLE.values(), *UNREADABLE.values()])
    body, headers = form(FILES.setdefault(kind, kind()))
    path = (await client.post(UPLOAD, content=body, headers=headers)).json()[0]
    data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    event = (await client.post(CALL, json=data)).json()["event_id"]
    text = (await client.get(f"{CALL}/{event}")).text
    if not text.startswith(("event: complete", "event: error")):
        raise AssertionError(text)


async def gone(client: httpx.AsyncClient) -> None:
    """Connect, begin a request, and leave."""
    url = client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        random.choice([b"", b"GET / HTTP/1.1\r\n", b"POST /gradio_api/upload HTTP/1.1\r\n"])
    )
    await writer.drain()
    writer.close()


async def left(client: httpx.AsyncClient) -> None:
    """Ask, and leave without waiting for the answer."""
    body, headers = form(png())
    path = (await client.post(UPLOAD, content=body, headers=headers)).json()[0]
    data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    await client.post(CALL, json=data)


FILES: dict[object, bytes] = {}
VISITORS = {good: 6, bad: 2, gone: 1, left: 1}


async def visit(server: Server, seconds: float, done: Counter[str]) -> None:
    """Let the clients come and go."""
    end = time.monotonic() + seconds

    async def client_loop(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            (visitor,) = random.choices(list(VISITORS), list(VISITORS.values()))
            try:
                await visitor(client)
                done[visitor.__name__] += 1
            except (httpx.HTTPError, OSError, AssertionError, KeyError, ValueError) as error:
                done["failed"] += 1
                print(f"{visitor.__name__}: {error!r}")

    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        await asyncio.gather(*(client_loop(client) for _ in range(CLIENTS)))


def tables() -> list[Table]:
    """Weigh the app while visitors come and go."""
    random.seed(0)
    done: Counter[str] = Counter()
    rows = []
    with serve(APP) as server:
        wait(server)
        process = psutil.Process(server.process.pid)
        asyncio.run(visit(server, 10, Counter()))
        for checkpoint in range(CHECKPOINTS + 1):
            counts = [f"{done[name]:,}" for name in ("good", "bad", "gone", "left", "failed")]
            minutes = f"{checkpoint * MINUTES / CHECKPOINTS:.0f}"
            memory, n_files = weigh(process)
            rows.append((minutes, *counts, f"{memory / 2**20:.0f} MB", str(n_files)))
            if checkpoint < CHECKPOINTS:
                asyncio.run(visit(server, 60 * MINUTES / CHECKPOINTS, done))
                time.sleep(6)  # what keeps a connection alive lasts five seconds
    return [
        Table(
            "A soak",
            f"{CLIENTS} visitors at once for {MINUTES} minutes. Some send a digit, some any of the "
            "files above, some leave in the middle of a request, some before the answer.",
            (
                "minutes",
                "read",
                "any file",
                "gone",
                "left",
                "failed",
                "memory",
                "open files",
            ),
            rows,
        )
    ]
