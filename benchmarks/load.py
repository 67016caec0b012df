"""Fifty clients at once, and the server's memory over thousands of predictions."""

import asyncio
import json
import time
from typing import Any

import httpx
import numpy as np
import psutil

from .measuring import Table
from .servers import APP, CALL, NOOP, UPLOAD, Server, form, png, serve, wait, weigh

CLIENTS = 50
ROUNDS = 6
WITHOUT = "the app without a model"
REQUESTS = 300
PREDICTIONS, CHECKPOINTS = 5000, 5


async def answer(client: httpx.AsyncClient) -> dict[str, Any]:
    """Upload the canvas, call /predict and return its answer."""
    body, headers = form(png())
    path = (await client.post(UPLOAD, content=body, headers=headers)).json()[0]
    data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    event = (await client.post(CALL, json=data)).json()["event_id"]
    kind, _, content = (await client.get(f"{CALL}/{event}")).text.partition("\ndata: ")
    if kind != "event: complete":
        raise ValueError(content)
    found: dict[str, Any] = json.loads(content)[0]
    return found


async def crowd(server: Server, n_requests: int) -> tuple[float, list[float], int]:
    """Send all requests from many clients: seconds, latencies, number of failures."""
    latencies: list[float] = []
    failures = 0
    left = iter(range(n_requests))

    async def ask(client: httpx.AsyncClient) -> None:
        nonlocal failures
        for _ in left:
            start = time.perf_counter()
            try:
                await answer(client)
            except (httpx.HTTPError, ValueError, KeyError):
                failures += 1
            latencies.append(time.perf_counter() - start)

    start = time.perf_counter()
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        await asyncio.gather(*(ask(client) for _ in range(CLIENTS)))
    return time.perf_counter() - start, latencies, failures


def throughput(servers: dict[str, Server]) -> Table:
    """Load both apps in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in servers}
    latencies: dict[str, list[float]] = {name: [] for name in servers}
    failures = dict.fromkeys(servers, 0)
    for server in servers.values():
        asyncio.run(crowd(server, CLIENTS))
    for _ in range(ROUNDS):
        for name, server in servers.items():
            took, waited, failed = asyncio.run(crowd(server, REQUESTS))
            seconds[name].append(took)
            latencies[name] += waited
            failures[name] += failed
    reference = np.array(seconds[WITHOUT])
    rows = []
    for name in servers:
        p50, p95, p99 = np.percentile(latencies[name], [50, 95, 99])
        rows.append(
            (
                name,
                f"{REQUESTS / np.median(seconds[name]):.0f}/s",
                f"{np.median(reference / np.array(seconds[name])):.2f}",
                f"{p50:.2f} s",
                f"{p95:.2f} s",
                f"{p99:.2f} s",
                str(failures[name]),
            )
        )
    return Table(
        "Fifty clients at once",
        f"Each uploads the canvas, calls /predict and waits for the answer: {ROUNDS} rounds of "
        f"{REQUESTS} requests. Target: 0.80 of the throughput without a model, no failure.",
        ("", "throughput", "ratio", "p50", "p95", "p99", "failed"),
        rows,
    )


def memory(server: Server) -> Table:
    """Send thousands of requests and measure the server's memory."""
    process = psutil.Process(server.process.pid)
    rows = []
    for checkpoint in range(CHECKPOINTS + 1):
        memory_bytes, n_files = weigh(process)
        done = checkpoint * PREDICTIONS // CHECKPOINTS
        rows.append((f"{done:,}", f"{memory_bytes / 2**20:.0f} MB", str(n_files)))
        if checkpoint < CHECKPOINTS:
            asyncio.run(crowd(server, PREDICTIONS // CHECKPOINTS))
    return Table(
        "Memory while predicting",
        f"{PREDICTIONS:,} predictions by {CLIENTS} clients, after the load above.",
        ("predictions", "memory", "open files"),
        rows,
    )


def tables() -> list[Table]:
    """Measure both."""
    with serve(APP) as app, serve(NOOP) as noop:
        wait(app)
        wait(noop)
        servers = {WITHOUT: noop, "the app": app}
        return [throughput(servers), memory(app)]
