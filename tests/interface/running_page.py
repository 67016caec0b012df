"""Try what the app needs of Gradio and uvicorn and they do not document, on a page that runs.

Print for each part "sound", or what is wrong, as JSON.
"""

import json
import os
import sys
import threading
import time
from contextlib import asynccontextmanager

import gradio as gr
import httpx

from interface import gradio_internals, uvicorn_internals
from interface.page import Page

CALL = "/gradio_api/call/wait"
go, apps, seen = threading.Event(), [], []


@asynccontextmanager
async def lifespan(app):
    """Put something in front of the app that notes the paths."""

    def note_paths(inner):
        async def front(scope, receive, send):
            seen.append(scope["path"])
            await inner(scope, receive, send)

        return front

    gradio_internals.put_in_front(app, note_paths)
    apps.append(app)
    yield


def wait(text):
    """Answer when the test says so."""
    go.wait(20)
    return text


def middleware_stack():
    http.get("/config?a").raise_for_status()
    assert "/config" in seen


def uploaded_file_dir():
    path = http.post("/gradio_api/upload", files={"files": ("7.png", b"7")}).json()[0]
    assert path.startswith(f"{gradio_internals.upload_folder(apps[0])}{os.sep}")


def queue():
    event = http.post(CALL, json={"data": ["7"]}).json()["event_id"]
    assert gradio_internals.is_event(page, event)
    assert not gradio_internals.is_event(page, "unknown")
    go.set()
    assert "complete" in http.get(f"{CALL}/{event}").text
    deadline = time.monotonic() + 5  # it is forgotten soon after
    while gradio_internals.is_event(page, event):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def server():
    assert gradio_internals.find_server(gr.Blocks()) is None
    assert gradio_internals.find_server(page).config.timeout_keep_alive > 0


def connections():
    http.get("/config").raise_for_status()  # the connection stays open
    found = uvicorn_internals.connections_of(gradio_internals.find_server(page))
    idle = uvicorn_internals.find_idle(found)
    assert idle
    for connection, cycle in idle:
        assert cycle is None or cycle.response_complete
        uvicorn_internals.close(connection)


def preprocess_data():
    link = {"path": "https://example.com/7.png", "meta": {"_type": "gradio.FileData"}}
    event = http.post(CALL, json={"data": [link]}).json()["event_id"]
    assert "Got a link." in http.get(f"{CALL}/{event}").text


def attempt(part):
    """Return "sound", or what is wrong with a part."""
    try:
        part()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "sound"


PARTS = (middleware_stack, uploaded_file_dir, server, preprocess_data, queue, connections)

if __name__ == "__main__":
    with Page(analytics_enabled=False) as page:
        box = gr.Textbox()
        box.change(wait, box, box, api_name="wait")
    page.launch(
        server_port=int(sys.argv[1]),
        prevent_thread_lock=True,
        quiet=True,
        app_kwargs={"lifespan": lifespan},
        ssr_mode=False,
    )
    with httpx.Client(base_url=page.local_url.rstrip("/"), timeout=30) as http:
        results = {part.__name__: attempt(part) for part in PARTS}
    page.close(verbose=False)
    print(json.dumps(results))
