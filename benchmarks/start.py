"""From the command to the first answered prediction."""

from .measuring import Table, compare, turns
from .servers import EMPTY, OURS, serve, wait


def start(script: str) -> None:
    """Start an app, wait for an answer, stop it."""
    with serve(script) as server:
        wait(server)


def tables() -> list[Table]:
    """Start both apps, turn by turn."""
    times = turns(
        {"an empty Gradio app": lambda: start(EMPTY), "python app.py": lambda: start(OURS)},
        rounds=7,
    )
    return [
        Table(
            "Start",
            "From the command to the first answered prediction, 7 rounds. The aim: 1.30.",
            ("", "median", "ratio"),
            compare(times, "an empty Gradio app"),
        )
    ]
