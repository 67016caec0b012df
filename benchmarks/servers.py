"""Run the apps in processes of their own, and call them."""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import psutil
from PIL import Image

from .inference import canvas

APP = "app"
UPLOAD = "/gradio_api/upload"
CALL = "/gradio_api/call/predict"


@dataclass
class Server:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def serve(module: str) -> Iterator[Server]:
    """Start an app on a free port; stop it afterwards. It may not answer yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", module]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


def wait(
    server: Server, request: Callable[[str], object] | None = None, seconds: float = 120
) -> None:
    """Wait until an app answers a request: a prediction, unless another is given."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            (request or predict)(server.url)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError(f"{server.url} did not answer within {seconds} s")


def weigh(process: psutil.Process) -> tuple[int, int]:
    """Return the memory in bytes and the number of open files of a process and its children."""
    family = [process, *process.children(recursive=True)]
    return sum(p.memory_info().rss for p in family), sum(p.num_fds() for p in family)


@cache
def png() -> bytes:
    """Return the canvas as a file, made once so that it costs nothing while an app starts."""
    buffer = io.BytesIO()
    Image.fromarray(canvas()).save(buffer, "PNG")
    return buffer.getvalue()


def form(content: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of an upload."""
    head = b'--X\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n'
    return head + content + b"\r\n--X--\r\n", {"Content-Type": "multipart/form-data; boundary=X"}


def predict(url: str) -> str:
    """Send the canvas to /predict and return the events of the answer."""
    path = json.loads(ask(url + UPLOAD, *form(png())))[0]
    data = json.dumps({"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}).encode()
    event = json.loads(ask(url + CALL, data, {"Content-Type": "application/json"}))["event_id"]
    return ask(f"{url}{CALL}/{event}").decode()


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    """Make one request."""
    request = urllib.request.Request(url, body, headers or {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()
