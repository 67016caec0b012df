"""Run the app in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def serve(**environment: str) -> Iterator[str]:
    """Run the app with the released model and yield its URL."""
    with run_app("app.py", **environment) as (url, _):
        yield url


@contextmanager
def run_app(script: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run a script that serves an app; yield its URL and its process."""
    port = free_port()
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "HF_HUB_OFFLINE": "1",
        **environment,
    }
    process = subprocess.Popen([sys.executable, script], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url, process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen, seconds: float = 90) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server exited with code {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # URLError is one
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {seconds} s")
