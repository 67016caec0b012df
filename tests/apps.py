"""Run the app in a process of its own, and serve the files of a folder."""

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.process import BaseProcess
from pathlib import Path

from forks import ROOT, start_script

__all__ = ["ROOT", "QuietHandler", "free_port", "run_app", "serve", "serve_folder", "wait_for"]


@contextmanager
def serve(**environment: object) -> Iterator[str]:
    """Run the app with the released model and yield its URL."""
    with run_app("app.py", None, **environment) as (url, _):
        yield url


@contextmanager
def run_app(
    script: str, output: Path | None = None, **environment: object
) -> Iterator[tuple[str, BaseProcess]]:
    """Run a script that serves an app; yield its URL and its process."""
    port = free_port()
    environment = {
        "GRADIO_SERVER_PORT": port,
        "GRADIO_SERVER_NAME": "127.0.0.1",
        **environment,
    }
    process = start_script(script, output=output, **environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url, process
    finally:
        process.terminate()
        process.join(20)
        process.kill()
        process.join()


class QuietHandler(SimpleHTTPRequestHandler):
    """Send files, and print nothing."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serve_folder(
    folder: Path, handler: type[SimpleHTTPRequestHandler] = QuietHandler
) -> Iterator[str]:
    """Serve a folder and yield its URL."""
    bound = partial(handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def wait_for(url: str, process: BaseProcess | None = None, seconds: float = 90) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process is None or process.is_alive(), f"the server exited: {process.exitcode}"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # URLError is one
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds} s")
