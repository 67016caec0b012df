"""Files and requests that visitors send to the running app."""

import json
import socket
import tempfile
from pathlib import Path

import httpx
import numpy as np
import pytest
from apps import ROOT, run_app, serve
from uploads import READABLE, SVG, UNREADABLE, Caller, damage, encode, file


@pytest.fixture(scope="module")
def caller(app_url):
    with httpx.Client(base_url=app_url, timeout=60) as http:
        yield Caller(http)


# Decoding itself is tested in tests/test_image_files.py.
@pytest.mark.parametrize("kind", ["animated WebP", "rotated by EXIF, 90", "JPEG named .png"])
def test_an_odd_file_is_read(caller, kind):
    assert caller.read(READABLE[kind]()) == "7"


@pytest.mark.parametrize("kind", ["empty", "HTML", "GIF bomb, 80 megapixels", "blank"])
def test_a_bad_file_is_a_clear_error(caller, kind):
    assert caller.read(UNREADABLE[kind]()).startswith(("Got ", "Image "))


def test_an_svg_is_no_image_whatever_its_name(caller):
    assert caller.read(SVG, "seven.svg") == caller.read(SVG, "seven.png")


def test_damaged_files_are_read_or_refused(caller):
    rng = np.random.default_rng(0)
    for _ in range(40):
        caller.read(damage(rng))


@pytest.mark.parametrize(
    ("path", "limit", "chunked"), [("upload", "10 MB", True), ("call/predict", "64 kB", False)]
)
def test_a_body_over_the_limit_is_refused(caller, path, limit, chunked):
    parts = [bytes(2**20)] * 11
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    body = iter(parts) if chunked else b"".join(parts)
    answer = caller.http.post(f"/gradio_api/{path}", content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.text.startswith(f"Got more than {limit}")


@pytest.mark.parametrize(
    "path",
    ["app.py", str(ROOT / "app.py"), "file:///etc/passwd"],
)
def test_a_path_instead_of_a_file_is_refused(caller, path):
    assert caller.ask(file(path)).startswith("Unsupported input")
    value = {"background": file(path), "layers": [], "composite": None}
    said = caller.ask(value, api="predict_sketch")
    assert said.startswith("Unsupported input")


@pytest.mark.parametrize("meta", [None, {"_type": "other"}])
def test_a_file_of_the_server_is_refused_without_gradios_mark_too(caller, meta):
    value = {"path": str(ROOT / "docs" / "images" / "seven.png")}
    value |= {} if meta is None else {"meta": meta}
    sketch = {"background": None, "layers": [value], "composite": None}
    for said in (caller.ask(value), caller.ask(sketch, api="predict_sketch")):
        assert said.startswith("Unsupported input")


def test_a_link_is_refused_unread(caller):
    assert caller.ask(file("http://127.0.0.1:9/7.png")).startswith("Got a link.")


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=app.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/assets/..%2f..%2fapp.py",
        "/gradio_api/proxy=http://127.0.0.1:9/",
    ],
)
def test_nothing_of_the_server_can_be_fetched(caller, path):
    answer = caller.http.get(path)
    assert answer.status_code in (400, 401, 403, 404), answer.text[:200]
    assert "import" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("value", [5, [1], {"path": 5}])
def test_a_value_of_another_kind_is_a_clear_error(caller, value):
    assert "xpected" in caller.ask(value)
    assert "xpected" in caller.ask(value, api="predict_sketch")


@pytest.mark.parametrize(
    "value",
    [
        {"background": None, "layers": [5], "composite": None},
        {"background": 5, "layers": [], "composite": []},
        {},
    ],
)
def test_broken_parts_of_a_sketch_are_a_clear_error(caller, value):
    assert "xpected" in caller.ask(value, api="predict_sketch")


@pytest.mark.parametrize("body", [b"", b'{"data": 5}', b"\xff", b"[" * 60_000])
def test_a_body_that_is_no_request_is_refused(caller, body):
    headers = {"Content-Type": "application/json"}
    answer = caller.http.post("/gradio_api/call/predict", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert json.loads(answer.text)["detail"]


@pytest.mark.parametrize("data", [[], [None, None, None]])
def test_another_number_of_values_is_a_clear_error(caller, data):
    assert caller.ask(*data).startswith("Got ")


def test_hostile_strokes_are_a_clear_error(caller):
    image = file(caller.upload(encode("PNG")).json()[0])
    nested = []
    for _ in range(900):
        nested = [nested]
    for strokes in (
        nested,
        [[[10**400, 1]]],
        [[[1, 2]]] * 1001,
        file("/etc/passwd"),
        [file("http://127.0.0.1:9/")],
    ):
        assert "xpected" in caller.ask(image, strokes, api="predict_number")


# Around the endpoints


@pytest.mark.parametrize("name", ["read_shown", "describe_model", "lambda"])
def test_private_functions_cannot_be_called_by_name(caller, name):
    for path in ("call", "call/v2", "run", "api"):
        answer = caller.http.post(f"/gradio_api/{path}/{name}", json={"data": [None]})
        assert answer.status_code == 404


def test_the_config_tells_no_path_of_the_server(caller):
    for path in ("/config", "/", "/gradio_api/info"):
        text = caller.http.get(path).text
        for secret in (str(ROOT), tempfile.gettempdir() + "/", str(Path.home())):
            assert f'"{secret}' not in text
            assert f"={secret}" not in text


@pytest.mark.parametrize("value", ["bytes=5-2", "bytes=a-b"])
def test_an_odd_range_is_refused(caller, value):
    path = caller.upload(encode("PNG")).json()[0]
    answer = caller.http.get(f"/gradio_api/file={path}", headers={"Range": value})
    assert answer.status_code == 416
    assert caller.http.get(f"/gradio_api/file={path}").content == encode("PNG")


HALF_AN_UPLOAD = (
    b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n"
    b"Content-Type: multipart/form-data; boundary=X\r\n\r\n--X\r\n"
)


def test_odd_requests_leave_no_stack_in_the_log(tmp_path):
    with run_app("app.py", tmp_path) as (url, _), httpx.Client(base_url=url, timeout=30) as http:
        odd = [
            http.get("/gradio_api/call/predict/unknown"),
            http.post("/gradio_api/call/v2/unknown", json={}),
            http.post("/gradio_api/upload", files={"files": (".", b"x")}),
            http.post("/gradio_api/upload", content=b"x"),
            http.post("/gradio_api/component_server", json={"component_id": 999}),
            http.post("/gradio_api/queue/join", json={"data": [], "fn_index": 999}),
            http.post(
                "/gradio_api/queue/join",
                json={"data": [], "fn_index": 999, "session_hash": "x"},
            ),
            http.post(
                "/gradio_api/component_server",
                json={"data": 1, "component_id": 999, "session_hash": "x", "fn_name": "y"},
            ),
        ]
        statuses = [answer.status_code for answer in odd]
        http.get("/gradio_api/queue/data?session_hash=unknown")
        with socket.create_connection(("127.0.0.1", http.base_url.port)) as connection:
            connection.sendall(HALF_AN_UPLOAD)
        assert Caller(http).read(encode("PNG")) == "7"
    assert all(400 <= status < 500 for status in statuses), statuses
    assert "Traceback" not in (tmp_path / "stderr").read_text()
    assert "GET /gradio_api/call/predict/unknown 404" in (tmp_path / "stdout").read_text()


def test_foreign_hosts_are_refused_and_the_operators_are_not():
    with serve(SIFFRA_ALLOWED_HOSTS="digits.example") as url, httpx.Client(base_url=url) as http:
        for host, status in (("evil.example", 400), ("digits.example", 200), ("localhost", 200)):
            assert http.get("/", headers={"Host": host}).status_code == status
        foreign = http.post("/gradio_api/upload", headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
        forged = http.get("/config", headers={"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in forged.text
