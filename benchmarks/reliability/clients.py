"""Two hundred clients for a minute, and /health meanwhile."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import httpx
import numpy as np

from ..load import answer
from ..measuring import Table
from ..servers import APP, serve, wait

CLIENTS, SECONDS = 200, 60
POLL_SECONDS = 0.2


async def crowd(url: str, label: str) -> tuple[Counter[str], list[float]]:
    """Let all clients send one request after the other; count the answers."""
    outcomes, latencies = Counter[str](), list[float]()
    end = time.monotonic() + SECONDS

    async def client_loop(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            start = time.perf_counter()
            try:
                found = (await answer(client))["label"]
                outcomes["correct" if found == label else "wrong"] += 1
            except (httpx.HTTPError, ValueError, KeyError):
                outcomes["lost"] += 1
            latencies.append(time.perf_counter() - start)

    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        await asyncio.gather(*(client_loop(client) for _ in range(CLIENTS)))
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


def tables() -> list[Table]:
    """Run both, in processes of their own."""
    with serve(APP) as server, ProcessPoolExecutor(1) as pool:
        wait(server)
        health = pool.submit(poll_health, server.url)
        outcomes, latencies = asyncio.run(crowd(server.url, "7"))
        health_seconds = health.result()
    rows = []
    for name, seconds in (("/predict, with its upload", latencies), ("/health", health_seconds)):
        p50, p99 = np.percentile(seconds, [50, 99])
        row = (name, f"{len(seconds):,}", f"{p50:.3f} s", f"{p99:.3f} s", f"{max(seconds):.3f} s")
        rows.append(row)
    return [
        Table(
            "Load",
            f"{CLIENTS} clients for {SECONDS} seconds, on the same cores as the app. Correct "
            f"answers: {outcomes['correct']:,}; wrong: {outcomes['wrong']}; lost: "
            f"{outcomes['lost']}.",
            ("request", "number", "median", "p99", "longest"),
            rows,
        )
    ]
