"""From the command to the first answered prediction."""

import time
from functools import partial

from .measuring import Table, collect, compare
from .servers import APP, EMPTY, serve, wait

ROUNDS = 15


def seconds_to_answer(module: str) -> float:
    """Start an app and return the seconds until its first answer."""
    start = time.perf_counter()
    with serve(module) as server:
        wait(server)
        return time.perf_counter() - start


def tables() -> list[Table]:
    """Start both apps in turn."""
    modules = {"an empty Gradio app": EMPTY, "this app": APP}
    times = collect({n: partial(seconds_to_answer, m) for n, m in modules.items()}, ROUNDS)
    return [
        Table(
            "Start",
            f"From the command to the first answered prediction, {ROUNDS} rounds. Target: at most "
            "1.60.",
            ("", "median", "ratio"),
            compare(times, "an empty Gradio app"),
        )
    ]
