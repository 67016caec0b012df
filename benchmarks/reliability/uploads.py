"""Files, paths and values that are sent to a running app."""

import re

import httpx
import numpy as np
from uploads import READABLE, UNREADABLE, Caller, damage, encode, file

from ..measuring import Table
from ..servers import APP, serve, wait

DAMAGED, EACH = 300, 20
PATHS = ("/etc/passwd", "app.py", "../app.py", "model/config.json", "file:///etc/passwd", "")
LINKS = ("http://127.0.0.1:9/7.png", "https://example.com/7.png")
VALUES = (5, "7", [1], {"path": 5}, {"path": None}, True)


def outcome(said: str) -> str:
    """Sort an answer: a digit, or the words of the error."""
    return f"read as {said}" if said.isdigit() else re.split(r"\. |: | \(", said)[0]


def tally(outcomes: list[str]) -> str:
    """Say what happened how often."""
    names, counts = np.unique(outcomes, return_counts=True)
    return "; ".join(f"{count} x {name}" for name, count in zip(names, counts, strict=True))


def tables() -> list[Table]:
    """Send everything, and look at every answer."""
    rng = np.random.default_rng(0)
    rows: list[tuple[str, str, str]] = []

    def record(what: str, outcomes: list[str]) -> None:
        rows.append((what, str(len(outcomes)), tally(outcomes)))

    with serve(APP) as server, httpx.Client(base_url=server.url, timeout=60) as http:
        wait(server)
        caller = Caller(http)
        for kind, make in READABLE.items():
            record(kind, [outcome(caller.read(make())) for _ in range(3)])
        for kind, make in UNREADABLE.items():
            content = make()
            record(kind, [outcome(caller.read(content)) for _ in range(EACH)])
        damaged = [outcome(caller.read(damage(rng))) for _ in range(DAMAGED)]
        record("any format, cut off or with wrong bytes", damaged)
        record("over 10 MB", [caller.read(bytes(11 * 2**20))[:3] for _ in range(3)])
        record("a path of the server's", [outcome(caller.ask(file(path))) for path in PATHS])
        record("a link", [outcome(caller.ask(file(link))) for link in LINKS])
        values = [outcome(caller.ask(v, api="predict_sketch")) for v in VALUES]
        record("a value of another kind", values)
        record("a good file, after all that", [outcome(caller.read(encode("PNG")))])
    hostile = sum(int(times) for what, times, _ in rows[len(READABLE) : -1])
    return [
        Table(
            "Uploads to the app",
            f"{hostile} hostile uploads and requests, and every odd but sound kind of file "
            "(tests/uploads.py), to `/predict` and `/predict_sketch` of the app over HTTP. Each "
            "answer was searched for stacks and paths of the server: there was none.",
            ("what was sent", "times", "what happened"),
            rows,
        )
    ]
