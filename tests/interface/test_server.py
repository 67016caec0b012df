import logging

import gradio as gr
import pytest
from asgi import in_loop

from interface.server import LogFormatter, ServerError, serve


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRADIO_SERVER_PORT", "65536"),
        ("GRADIO_SERVER_PORT", "0"),
        ("SIFFRA_PROXIES", "nginx"),
        ("SIFFRA_PROXIES", "10.0.0.0/64"),
    ],
)
def test_an_unusable_setting_is_an_error_before_anything_is_served(
    loader, monkeypatch, name, value
):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(gr.Blocks, "launch", lambda *_, **__: pytest.fail("it is served"))
    monkeypatch.setenv(name, value)
    with pytest.raises(ServerError, match=name):
        serve(in_loop(gr.Blocks), loader)


def test_a_line_of_the_log_is_one_line_that_a_terminal_only_prints():
    record = logging.makeLogRecord({"msg": "%s has left", "args": ("\x1b[2J\nroot",)})
    assert LogFormatter("%(message)s").format(record) == r"\x1b[2J\nroot has left"
