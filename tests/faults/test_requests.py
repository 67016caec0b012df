"""Files and requests that visitors send to the running app."""

import json

import httpx
import numpy as np
import pytest
from apps import ROOT
from uploads import READABLE, SVG, UNREADABLE, Caller, damage, encode, file


@pytest.fixture(scope="module")
def caller(app_url):
    with httpx.Client(base_url=app_url, timeout=60) as http:
        yield Caller(http)


@pytest.mark.parametrize("kind", READABLE)
def test_an_odd_file_is_read(caller, kind):
    assert caller.read(READABLE[kind]()) == "7"


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_bad_file_is_a_clear_error(caller, kind):
    assert caller.read(UNREADABLE[kind]()).startswith(("Got ", "Image "))


def test_an_svg_is_no_image_whatever_its_name(caller):
    assert caller.read(SVG, "seven.svg") == caller.read(SVG, "seven.png")


def test_damaged_files_are_read_or_refused(caller):
    rng = np.random.default_rng(0)
    for _ in range(40):
        caller.read(damage(rng))


@pytest.mark.parametrize("path", ["upload", "call/predict"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(caller, path, chunked):
    head = b'--X\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n'
    parts = [head, *[bytes(2**20)] * 11, b"\r\n--X--\r\n"]
    body = iter(parts) if chunked else b"".join(parts)
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    if path != "upload":
        headers = {"Content-Type": "application/json"}
    answer = caller.http.post(f"/gradio_api/{path}", content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.text.startswith("Got more than 10 MB")


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "app.py", "../app.py", str(ROOT / "app.py"), "file:///etc/passwd", "", "."],
)
def test_a_path_instead_of_a_file_is_refused(caller, path):
    assert caller.ask(file(path)).startswith("Got something that this endpoint does not take")
    value = {"background": file(path), "layers": [], "composite": None}
    said = caller.ask(value, api="predict_sketch")
    assert said.startswith("Got something that this endpoint does not take")


@pytest.mark.parametrize("meta", [None, {}, {"_type": "other"}])
def test_a_file_of_the_server_is_refused_without_gradios_mark_too(caller, meta):
    value = {"path": str(ROOT / "docs" / "images" / "seven.png")}
    value |= {} if meta is None else {"meta": meta}
    sketch = {"background": None, "layers": [value], "composite": None}
    for said in (caller.ask(value), caller.ask(sketch, api="predict_sketch")):
        assert said.startswith("Got something that this endpoint does not take")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/7.png", "https://example.com/7.png"])
def test_a_link_is_refused_unread(caller, url):
    assert caller.ask(file(url)).startswith("Got a link.")


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=app.py",
        "/gradio_api/file=model/config.json",
        "/gradio_api/file=../app.py",
        "/gradio_api/file=%2e%2e/app.py",
        "/file=app.py",
        "/static/../app.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/assets/..%2f..%2fapp.py",
        "/gradio_api/proxy=http://127.0.0.1:9/",
        "/gradio_api/stream/x/y/playlist.m3u8",
        "/app.py",
        "/monitoring",
        "/gradio_api/monitoring",
    ],
)
def test_nothing_of_the_server_can_be_fetched(caller, path):
    answer = caller.http.get(path)
    assert answer.status_code in (400, 401, 403, 404), answer.text[:200]
    assert "import" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("value", [5, "7", [1], {"path": 5}, {"path": None}, True, {"a": 1}])
def test_a_value_of_another_kind_is_a_clear_error(caller, value):
    caller.ask(value)
    assert caller.ask(value, api="predict_sketch").startswith("Got ")


def test_any_parts_of_a_sketch_will_do(caller):
    seven = file(caller.upload(encode("PNG")).json()[0])
    blank = file(caller.upload(UNREADABLE["blank"]()).json()[0])
    for value in (
        {"composite": seven},
        {"background": None, "layers": [seven], "composite": None},
        {"background": blank, "layers": [blank, seven], "composite": None},
        {"background": seven, "layers": [], "composite": None},
        {"background": blank, "layers": [], "composite": seven, "other": 5},
    ):
        assert caller.ask(value, api="predict_sketch") == "7"


@pytest.mark.parametrize(
    "value",
    [
        {"background": None, "layers": 5, "composite": None},
        {"background": None, "layers": None, "composite": None},
        {"background": None, "layers": [5], "composite": None},
        {"background": 5, "layers": [], "composite": []},
        {"background": None, "layers": [], "composite": None, "id": "another's"},
        {},
    ],
)
def test_broken_parts_of_a_sketch_are_a_clear_error(caller, value):
    assert caller.ask(value, api="predict_sketch").startswith("Got ")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": 5}', b"\xff", b"null", b"7"])
def test_a_body_that_is_no_request_is_refused(caller, body):
    headers = {"Content-Type": "application/json"}
    answer = caller.http.post("/gradio_api/call/predict", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert json.loads(answer.text)["detail"]


@pytest.mark.parametrize("data", [[], [None, None, None]])
def test_another_number_of_values_is_a_clear_error(caller, data):
    assert caller.ask(*data).startswith("Got ")
