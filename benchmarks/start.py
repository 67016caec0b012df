"""From the command to the first answered prediction."""

import time
from functools import partial

from .measuring import Table, collect, compare
from .servers import EMPTY, OURS, serve, wait

ROUNDS = 15


def seconds_to_answer(script: str) -> float:
    """Start an app and return the seconds until it answers; stopping it is not in them."""
    start = time.perf_counter()
    with serve(script) as server:
        wait(server)
        return time.perf_counter() - start


def tables() -> list[Table]:
    """Start both apps, turn by turn."""
    scripts = {"an empty Gradio app": EMPTY, "python app.py": OURS}
    times = collect({n: partial(seconds_to_answer, s) for n, s in scripts.items()}, ROUNDS)
    return [
        Table(
            "Start",
            f"From the command to the first answered prediction, {ROUNDS} rounds. The aim: 1.30.",
            ("", "median", "ratio"),
            compare(times, "an empty Gradio app"),
        )
    ]
