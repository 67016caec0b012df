"""Visitors by the hundred for a minute, and mixed ones for minutes."""

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import httpx
import numpy as np
import psutil
from uploads import READABLE, UNREADABLE

from ..measuring import Table
from ..servers import APP, CALL, UPLOAD, form, png, serve, wait, weigh

CLIENTS, SECONDS = 200, 60
POLL_SECONDS = 0.2
# Of a soak.
VISITORS, MINUTES = 20, 4
FAILURES = (httpx.HTTPError, OSError, AssertionError, KeyError, ValueError)


async def read(client: httpx.AsyncClient, content: bytes) -> str:
    """Upload a file and call /predict; return the event and its data."""
    body, headers = form(content)
    path = (await client.post(UPLOAD, content=body, headers=headers)).json()[0]
    data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    event = (await client.post(CALL, json=data)).json()["event_id"]
    return (await client.get(f"{CALL}/{event}")).text


async def good(client: httpx.AsyncClient) -> None:
    """Ask, and insist on the right answer."""
    if '"label": "7"' not in await read(client, png()):
        raise AssertionError("another answer")


async def bad(client: httpx.AsyncClient) -> None:
    """Ask with any file, and insist on an answer or an error."""
    kind = random.choice([*READABLE.values(), *UNREADABLE.values()])
    text = await read(client, FILES.setdefault(kind, kind()))
    if not text.startswith(("event: complete", "event: error")):
        raise AssertionError(text)


async def gone(client: httpx.AsyncClient) -> None:
    """Connect, begin a request, and leave."""
    url = client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(random.choice([b"", b"GET / HTTP/1.1\r\n", b"POST /gradio_api/upload HTTP/1.1"]))
    await writer.drain()
    writer.close()


FILES: dict[object, bytes] = {}
MIXED = {good: 7, bad: 2, gone: 1}


async def crowd(
    url: str, n: int, seconds: float, kinds: dict, done: Counter[str] | None = None
) -> tuple[Counter[str], list[float]]:
    """Let n visitors send one request after the other; count the outcomes, and time them."""
    outcomes, latencies = Counter[str]() if done is None else done, list[float]()
    end = time.monotonic() + seconds

    async def visit(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            (kind,) = random.choices(list(kinds), list(kinds.values()))
            start = time.perf_counter()
            try:
                await kind(client)
                outcomes[kind.__name__] += 1
            except FAILURES as error:
                outcomes["failed"] += 1
                print(f"{kind.__name__}: {error!r}")
            latencies.append(time.perf_counter() - start)

    limits = httpx.Limits(max_connections=n)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        await asyncio.gather(*(visit(client) for _ in range(n)))
    return outcomes, latencies


def poll_health(url: str) -> list[float]:
    """Ask for /health again and again; return the seconds that each answer took."""
    seconds, end = [], time.monotonic() + SECONDS
    with httpx.Client(base_url=url, timeout=120) as client:
        while time.monotonic() < end:
            start = time.perf_counter()
            client.get("/health").raise_for_status()
            seconds.append(time.perf_counter() - start)
            time.sleep(POLL_SECONDS)
    return seconds


def many_clients() -> Table:
    """Load the app, and ask for /health from another process."""
    with serve(APP) as server, ProcessPoolExecutor(1) as pool:
        wait(server)
        health = pool.submit(poll_health, server.url)
        outcomes, latencies = asyncio.run(crowd(server.url, CLIENTS, SECONDS, {good: 1}))
        health_seconds = health.result()
    rows = []
    for name, seconds in (("/predict, with its upload", latencies), ("/health", health_seconds)):
        p50, p99 = np.percentile(seconds, [50, 99])
        row = (name, f"{len(seconds):,}", f"{p50:.3f} s", f"{p99:.3f} s", f"{max(seconds):.3f} s")
        rows.append(row)
    return Table(
        "Load",
        f"{CLIENTS} clients for {SECONDS} seconds, on the same cores as the app. Correct answers: "
        f"{outcomes['good']:,}; wrong or lost: {outcomes['failed']}.",
        ("request", "number", "median", "p99", "longest"),
        rows,
    )


def soak() -> Table:
    """Weigh the app while visitors come and go."""
    random.seed(0)
    done = Counter[str]()
    rows = []
    with serve(APP) as server:
        wait(server)
        process = psutil.Process(server.process.pid)
        asyncio.run(crowd(server.url, VISITORS, 10, MIXED))
        for minute in range(MINUTES + 1):
            counts = [f"{done[name]:,}" for name in ("good", "bad", "gone", "failed")]
            memory, n_files = weigh(process)
            rows.append((str(minute), *counts, f"{memory / 2**20:.0f} MB", str(n_files)))
            if minute < MINUTES:
                asyncio.run(crowd(server.url, VISITORS, 60, MIXED, done))
                time.sleep(6)  # connections that are kept alive are closed after five seconds
    return Table(
        "A soak",
        f"{VISITORS} visitors at once for {MINUTES} minutes. Some send a digit, some any of the "
        "files in tests/faults/uploads.py, some leave in the middle of a request.",
        ("minutes", "read", "any file", "gone", "failed", "memory", "open files"),
        rows,
    )


def tables() -> list[Table]:
    """Measure both."""
    return [many_clients(), soak()]
