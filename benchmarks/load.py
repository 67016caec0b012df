"""Fifty clients at once; and the server's memory over thousands of predictions."""

import asyncio
import json
import time

import httpx
import numpy as np
import psutil

from .measuring import Table
from .servers import CALL, NOOP, OURS, UPLOAD, Server, form, png, serve, wait
from .strokes import weigh

CLIENTS = 50
ROUNDS = 6
REQUESTS = 300
PREDICTIONS, CHECKPOINTS = 5000, 5


async def predict(client: httpx.AsyncClient) -> bool:
    """Upload the canvas, ask, wait; tell whether an answer came."""
    body, headers = form(png_bytes)
    path = (await client.post(UPLOAD, content=body, headers=headers)).json()[0]
    data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    event = (await client.post(CALL, json=data)).json()["event_id"]
    text = (await client.get(f"{CALL}/{event}")).text
    return "event: complete" in text and "confidences" in json.loads(text.split("data: ")[-1])[0]


png_bytes = png()


async def crowd(server: Server, n_requests: int) -> tuple[float, list[float], int]:
    """Let the clients ask until all requests are answered: seconds, latencies, failures."""
    latencies: list[float] = []
    failures = 0
    left = iter(range(n_requests))

    async def ask(client: httpx.AsyncClient) -> None:
        nonlocal failures
        for _ in left:
            start = time.perf_counter()
            try:
                failures += not await predict(client)
            except (httpx.HTTPError, ValueError, KeyError):
                failures += 1
            latencies.append(time.perf_counter() - start)

    start = time.perf_counter()
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        await asyncio.gather(*(ask(client) for _ in range(CLIENTS)))
    return time.perf_counter() - start, latencies, failures


def throughput(servers: dict[str, Server]) -> Table:
    """Load both apps, turn by turn."""
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
    reference = np.array(seconds["our page, reading nothing"])
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
        f"Each uploads the canvas to /predict and waits for its answer: {ROUNDS} rounds of "
        f"{REQUESTS} requests. The aim: 0.80 of the throughput, no request lost.",
        ("", "throughput", "ratio", "p50", "p95", "p99", "failed"),
        rows,
    )


def memory(server: Server) -> Table:
    """Ask thousands of times and weigh the server now and then."""
    process = psutil.Process(server.process.pid)
    rows = []
    for checkpoint in range(CHECKPOINTS + 1):
        rows.append((f"{checkpoint * PREDICTIONS // CHECKPOINTS:,}", *weigh(process)))
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
    with serve(OURS) as ours, serve(NOOP) as noop:
        wait(ours)
        wait(noop)
        servers = {"our page, reading nothing": noop, "our page": ours}
        return [throughput(servers), memory(ours)]
