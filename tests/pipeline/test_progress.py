import time
from contextlib import contextmanager

from pipeline.progress import Steps


def test_steps_are_shown_timed_and_added_up():
    shown = []

    @contextmanager
    def display(title):
        shown.append(title)
        yield

    step = Steps(display)
    for title in ("Data", "Search: point 1 of 2", "Search: point 2 of 2"):
        with step(title):
            time.sleep(0.06)
    assert shown == ["Data", "Search: point 1 of 2", "Search: point 2 of 2"]
    seconds = step.cost().seconds
    assert list(seconds) == ["Data", "Search"]
    assert 0.1 <= seconds["Search"] < 2
