"""Faults around a running app: it stays up, or ends cleanly."""

import os
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import numpy as np
import pytest
from apps import ROOT, run_app, serve
from full_disk import largest_file
from uploads import Caller, encode, file

from siffra import SiffraError, push_model
from siffra.corrections import save_correction


@contextmanager
def calling(url):
    with httpx.Client(base_url=url, timeout=60, verify=False) as http:
        yield Caller(http)


def test_the_app_outlives_its_model_folder(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(ROOT / "model", folder)
    with serve(SIFFRA_MODEL=str(folder)) as url, calling(url) as caller:
        assert caller.read(encode("PNG")) == "7"
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        assert caller.read(encode("PNG")) == "7"


def test_a_prediction_that_has_begun_is_finished_before_the_app_ends():
    with run_app("tests/faults/slow_app.py") as (url, process), calling(url) as caller:
        path = caller.upload(encode("PNG")).json()[0]
        call = caller.http.post("/gradio_api/call/predict", json={"data": [file(path)]})
        stream = f"/gradio_api/call/predict/{call.json()['event_id']}"
        with caller.http.stream("GET", stream) as answer:
            os.kill(process.pid, signal.SIGTERM)
            assert "event: complete" in answer.read().decode()
        process.join(20)
        assert process.exitcode == 0


def test_more_requests_than_may_wait_are_told_so_and_hold_up_nobody_who_only_looks():
    with run_app("tests/faults/slow_app.py") as (url, process), calling(url) as caller:
        data = {"data": [file(caller.upload(encode("PNG")).json()[0])]}
        n_accepted, answer = -1, None
        while n_accepted < 600 and (answer is None or answer.status_code == 200):
            n_accepted += 1
            start = time.perf_counter()
            answer = caller.http.post("/gradio_api/call/predict", json=data)
        assert n_accepted >= 200
        assert answer.status_code == 503
        assert "Queue is full" in answer.text
        assert time.perf_counter() - start < 2
        for path in ("/health", "/", "/config"):
            start = time.perf_counter()
            assert caller.http.get(path).status_code == 200
            assert time.perf_counter() - start < 2
        process.kill()


def test_two_apps_share_an_empty_cache(hub, tmp_path):
    commit = push_model(ROOT / "model", "user/digits").oid
    environment = {
        "SIFFRA_MODEL": "user/digits",
        "SIFFRA_REVISION": commit,
        "HF_HOME": str(tmp_path / "home"),
        "GRADIO_TEMP_DIR": str(tmp_path / "uploads"),
    }
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        apps = [serve(**environment) for _ in range(2)]
        for url in list(pool.map(stack.enter_context, apps)):
            with calling(url) as caller:
                assert caller.read(encode("PNG")) == "7"


def test_connections_that_are_dropped_or_never_finish_disturb_nobody(app_url):
    port = int(app_url.rsplit(":", 1)[1])
    starts = (b"", b"GET / HTTP/1.1\r\n", b"POST /gradio_api/upload HTTP/1.1\r\nContent-Length: 9")
    with calling(app_url) as caller:
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
        for number, connection in enumerate(slow):
            connection.sendall(starts[number % 3])
        for number in range(200):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(starts[number % 3])
        assert caller.read(encode("PNG")) == "7"
        for connection in slow:
            connection.close()
        assert caller.read(encode("PNG")) == "7"


@pytest.mark.parametrize("size", [0, 50, 1000])
def test_a_correction_that_finds_the_disk_full_leaves_nothing_half(tmp_path, size):
    image = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    with largest_file(size), pytest.raises(SiffraError, match="File too large") as caught:
        save_correction(tmp_path, image, 7, {"7": 1.0}, "folder model")
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []
