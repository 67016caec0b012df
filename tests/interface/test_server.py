import logging

import gradio as gr
import pytest
from asgi import in_loop

from interface.server import LogFormatter, ServerError, announce, serve


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


@pytest.mark.parametrize("share", [True, False])
def test_the_terminal_says_where_the_page_is_and_how_to_share_it(share, capsys):
    page = in_loop(gr.Blocks)
    page.local_url, page.mcp_error = "http://127.0.0.1:7861/", None
    announce(page, share)
    out = capsys.readouterr().out
    assert "http://127.0.0.1:7861/" in out
    assert ("app.py --share" in out) is not share
    assert "share=True" not in out


def test_a_line_of_the_log_is_one_line_that_a_terminal_only_prints():
    record = logging.makeLogRecord({"msg": "%s has left", "args": ("\x1b[2J\nroot",)})
    assert LogFormatter("%(message)s").format(record) == r"\x1b[2J\nroot has left"
