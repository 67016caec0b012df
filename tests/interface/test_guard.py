import asyncio
import errno
import json
import logging

import numpy as np
import pytest
from asgi import ask

from interface import guard as guard_module
from interface.access import Access
from interface.guard import Guard
from interface.sketchpad import MAX_LENGTH
from interface.upload_folder import UploadFolder
from siffra import Examples
from siffra.adaptation import MAX_EXAMPLES

UPLOAD = "/gradio_api/upload"
CALL = "/gradio_api/call/predict"
FORM = {"content-type": "multipart/form-data; boundary=X"}


class App:
    """Stands where Gradio's app is: takes a whole body and answers with its size."""

    def __init__(self, error=None, error_after_start=None):
        self.error = error
        self.error_after_start = error_after_start
        self.bodies = []
        self.scopes = []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        body = b""
        while scope["method"] == "POST":
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        if self.error:
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": b"Internal Server Error"})
            raise self.error
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if self.error_after_start:
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise self.error_after_start
        await send({"type": "http.response.body", "body": str(len(body)).encode()})


@pytest.fixture
def app():
    return App()


@pytest.fixture
def guard(app, loader, tmp_path):
    return build(app, loader, tmp_path)


def build(app, loader, folder):
    access, events = Access.from_environment({}), {"abc123"}
    endpoints = frozenset(["predict", "predict_sketch"])
    return Guard(app, access, loader, UploadFolder(folder), endpoints, events.__contains__)


def run(*args, **kwargs):
    return asyncio.run(ask(*args, **kwargs))


ALLOWED = [
    *[("GET", f"/{path}") for path in ("", "config", "assets/a.js", "theme.css", "favicon.ico")],
    *[("GET", f"/gradio_api/{path}") for path in ("info", "queue/data", "heartbeat/x", "file=a")],
    *[("POST", f"/gradio_api/{path}") for path in ("queue/join", "call/predict", "reset")],
    *[("GET", f"{CALL}/abc123"), ("POST", "/gradio_api/mcp/"), ("GET", "/gradio_api/mcp")],
    ("POST", "/gradio_api/call/v2/predict_sketch"),
]


@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_requests_of_the_page_and_of_programs_are_passed_on(guard, app, method, path):
    assert run(guard, method, path).status == 200
    assert len(app.scopes) == 1


REFUSED = [
    *[("POST", f"/gradio_api/{path}") for path in ("run/predict", "api/predict", "stream/abc123")],
    *[("POST", f"/gradio_api/{path}") for path in ("process_recording", "vibe-edit", "login")],
    *[("POST", f"/gradio_api/{path}") for path in ("component_server", "component_server/")],
    *[("POST", f"/gradio_api/call/{name}") for name in ("read_sketch", "v2/read_photo", "x")],
    *[("GET", f"/gradio_api/{path}") for path in ("proxy=http://a", "monitoring", "runs", "token")],
    *[("GET", f"/gradio_api/{path}") for path in ("custom_component/a/client/b/c", "dev/reload")],
    *[("GET", path) for path in ("/monitoring/x", "/login", "/gradio_api/deep_link", "/app.py")],
    *[("GET", f"{CALL}/{event}") for event in ("unknown", "../x", "a%0ab")],
    *[("PUT", "/"), ("DELETE", UPLOAD), ("GET", UPLOAD), ("TRACE", "/config")],
]


@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_everything_else_is_refused_before_gradio_sees_it(guard, app, method, path):
    assert run(guard, method, path).status in (404, 405)
    assert app.scopes == []


@pytest.mark.parametrize("path", ["/health", "/app.py"])
def test_every_answer_has_security_headers(guard, path):
    headers = run(guard, path=path).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "http" not in " ".join(v for k, v in policy.items() if k != "frame-ancestors")
    assert "https://huggingface.co" in policy["frame-ancestors"]
    assert headers["x-content-type-options"] == "nosniff"


# Bodies


@pytest.mark.parametrize(
    ("path", "size"),
    [(CALL, 60_000), ("/gradio_api/queue/join", 330_000), ("/gradio_api/reset", 60_000)],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_json_body_is_limited(guard, app, path, size, announced):
    for n, status in ((size, 200), (size + 50_000, 413)):
        headers = {"content-length": str(n)} if announced else {}
        assert run(guard, "POST", path, [bytes(n)], headers).status == status
    assert app.bodies == [bytes(size)]


def test_the_largest_drawing_and_fifty_examples_are_taken(guard):
    pixels = np.random.default_rng(0).integers(0, 256, (MAX_EXAMPLES, 28, 28), dtype=np.uint8)
    examples = Examples(pixels, np.zeros(MAX_EXAMPLES, int)).to_json()
    body = json.dumps({"data": ["x" * MAX_LENGTH, None, 1, examples], "session_hash": "x" * 20})
    assert run(guard, "POST", "/gradio_api/queue/join", [body.encode()]).status == 200


def test_a_slow_body_is_cut_off(guard, app, monkeypatch):
    monkeypatch.setattr(guard_module, "BODY_TIMEOUT", 0.1)
    answer = run(guard, "POST", UPLOAD, [b"x"] * 9, FORM, delay=0.03)
    assert answer.status == 408
    assert app.scopes == []


def test_bodies_that_arrive_at_once_share_a_limit(guard, monkeypatch):
    monkeypatch.setattr(guard_module, "MAX_BUFFERED", 3 * 2**20)

    async def crowd():
        body = [bytes(2**20)] * 2
        requests = (ask(guard, "POST", UPLOAD, body, FORM, delay=0.05) for _ in range(3))
        return await asyncio.gather(*requests)

    statuses = sorted(answer.status for answer in asyncio.run(crowd()))
    assert 503 in statuses
    assert run(guard, "POST", UPLOAD, [bytes(2**20)] * 2, FORM).status == 200  # it is freed


def test_an_upload_id_is_dropped(guard, app):
    run(guard, "POST", UPLOAD, [b""], FORM)
    assert app.scopes[0]["query_string"] == b""


# Streams


def test_open_streams_are_limited_for_each_client(loader, tmp_path, monkeypatch):
    monkeypatch.setattr(guard_module, "MAX_STREAMS_PER_CLIENT", 2)
    monkeypatch.setattr(guard_module, "MAX_STREAMS", 3)

    async def crowd():
        go = asyncio.Event()

        async def stream(scope, receive, send):
            await go.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

        guard = build(stream, loader, tmp_path)
        clients = ("a", "a", "a", "b", "c")
        tasks = [
            asyncio.create_task(ask(guard, "GET", "/gradio_api/queue/data", client=c))
            for c in clients
        ]
        await asyncio.sleep(0.05)
        assert (await ask(guard, path="/health")).status == 200
        go.set()
        statuses = [(await task).status for task in tasks]
        again = await ask(guard, "GET", "/gradio_api/queue/data", client="a")
        return statuses, again.status

    assert asyncio.run(crowd()) == ([200, 200, 429, 200, 503], 200)


# What Gradio cannot handle


@pytest.mark.parametrize(
    ("error", "status"),
    [
        *[(KeyError("x"), 400), (ValueError("x"), 400), (RecursionError(), 400)],
        *[(OSError(errno.ENOSPC, "full"), 507), (OSError(errno.EIO, "x"), 500)],
    ],
)
def test_an_exception_is_a_clear_answer_and_one_line_in_the_log(
    loader, tmp_path, caplog, error, status
):
    caplog.set_level(logging.INFO, "siffra.requests")
    answer = run(build(App(error=error), loader, tmp_path), "POST", CALL)
    assert answer.status == status
    assert "Internal Server Error" not in answer.text
    assert [record.exc_info for record in caplog.records] == [None, None]
    assert type(error).__name__ in caplog.text or "Error" in caplog.text


def test_an_exception_in_the_middle_of_a_stream_ends_it(loader, tmp_path):
    app = App(error_after_start=RuntimeError("x"))
    answer = run(build(app, loader, tmp_path), path="/gradio_api/queue/data")
    assert (answer.status, answer.text) == (200, "half")


def test_websockets_are_closed(guard, app):
    sent = []

    async def connect():
        async def send(message):
            sent.append(message["type"])

        await guard({"type": "websocket"}, None, send)

    asyncio.run(connect())
    assert sent == ["websocket.close"]
    assert app.scopes == []


def test_no_part_of_a_log_line_reaches_the_terminal_raw(loader, tmp_path, caplog):
    caplog.set_level(logging.INFO, "siffra.requests")
    access = Access.from_environment({"SPACE_ID": "user/digits"})
    failing = App(error=ValueError("\x1b[2J\n\x9b"))
    guard = Guard(failing, access, loader, UploadFolder(tmp_path), frozenset(), {}.__contains__)
    forged = {"x-forwarded-for": "\x1b[2J"}
    run(guard, path="/gradio_api/file=\x7f\x1b[2J", headers=forged, client="10.0.0.9")
    reason, line = caplog.messages
    assert reason == r"ValueError: \x1b[2J\n\x9b"
    assert line.startswith(r"10.0.0.9 GET /gradio_api/file=\x7f\x1b[2J 400 ")
