"""Drive Firefox and WebKitGTK: both take WebDriver's commands, each in a way of its own."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from apps import free_port

SECONDS = 60  # for each wait
PREFERENCES = {
    "intl.accept_languages": "en",
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "ui.prefersReducedMotion": 1,
}
PATHS = {
    "NewSession": "",
    "Navigate": "/url",
    "ExecuteScript": "/execute/sync",
    "PerformActions": "/actions",
    "FindElement": "/element",
    "ElementClick": "/element/{id}/click",
    "ElementSendKeys": "/element/{id}/value",
}
PAD = """const pad = document.querySelector("#pad canvas[role=application]");
pad.scrollIntoView({block: "nearest"});
const {left, top, width, height} = pad.getBoundingClientRect();
return [left, top, width, height];"""


class Visitor:
    """A visitor's browser, with one page."""

    def send(self, name: str, values: dict):
        """Send a command, and return its result."""
        raise NotImplementedError

    def open(self, url: str) -> None:
        """Go to an address."""
        self.send("Navigate", {"url": url})

    def run(self, script: str, *values):
        """Return what a function's body returns."""
        return self.send("ExecuteScript", {"script": script, "args": values})

    def wait(self, script: str, *values) -> None:
        """Wait until a function's body returns something true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(script, *values):
            assert time.monotonic() < deadline, f"waited in vain for: {script} {values}"
            time.sleep(0.05)

    def draw(self, points) -> None:
        """Draw a stroke with the mouse; the points are from 0 to 1, on the pad."""
        left, top, width, height = self.run(PAD)
        places = [(round(left + x * width), round(top + y * height)) for x, y in points]
        moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 10} for x, y in places]
        down, up = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        actions = mouse | {"actions": [moves[0], down, *moves[1:], up]}
        self.send("PerformActions", {"actions": [actions]})

    def click(self, selector: str) -> None:
        """Click an element."""
        self.send("ElementClick", {"id": self._find(selector)})

    def choose_file(self, selector: str, path: Path) -> None:
        """Hand a file to an element that takes one."""
        self.send("ElementSendKeys", {"id": self._find(selector), "text": str(path)})

    def _find(self, selector: str) -> str:
        found = self.send("FindElement", {"using": "css selector", "value": selector})
        return next(iter(found.values()))


class Firefox(Visitor):
    """By Marionette, which Firefox speaks itself: a socket and JSON."""

    def __init__(self, port: int) -> None:
        self._socket = connect(port)
        self._ids = count(1)
        self._receive()  # its name
        self.send("NewSession", {})

    def send(self, name: str, values: dict):
        message = json.dumps([0, next(self._ids), f"WebDriver:{name}", values])
        self._socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self._receive()
        assert error is None, error
        return result.get("value", result)

    def close(self) -> None:
        """Leave the browser, which goes on."""
        self._socket.close()

    def _receive(self):
        """Return a message, whose length comes first."""
        length = b""
        while (byte := self._socket.recv(1)) != b":":
            length += byte
        content = b""
        while len(content) < int(length):
            content += self._socket.recv(int(length) - len(content))
        return json.loads(content)


class WebKit(Visitor):
    """By WebKitWebDriver, a server, which starts MiniBrowser."""

    def __init__(self, port: int) -> None:
        connect(port).close()
        self._url = f"http://127.0.0.1:{port}/session"
        session = self.send("NewSession", {"capabilities": {}})
        self._url += f"/{session['sessionId']}"

    def send(self, name: str, values: dict):
        address = self._url + PATHS[name].format(**values)
        body = json.dumps(values).encode()
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)["value"]

    def close(self) -> None:
        """Close the browser."""
        request = urllib.request.Request(self._url, method="DELETE")
        urllib.request.urlopen(request, timeout=SECONDS).close()


@contextmanager
def start_firefox(path: str) -> Iterator[Firefox]:
    """Run Firefox without a window, with a profile of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        preferences = PREFERENCES | {"marionette.port": port}
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items())
        (Path(profile) / "user.js").write_text("\n".join(lines))
        command = [path, "--marionette", "--headless", "--profile", profile]
        with running([*command, "--width", "1000", "--height", "1000"]):
            browser = Firefox(port)
            yield browser
            browser.close()


@contextmanager
def start_webkit(path: str) -> Iterator[WebKit]:
    """Run WebKitGTK's MiniBrowser, which needs a screen: Xvfb is one."""
    port = free_port()
    with running(["xvfb-run", "--auto-servernum", path, f"--port={port}"], LANGUAGE="en"):
        browser = WebKit(port)
        yield browser
        browser.close()


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[None]:
    """Run a command until the block ends, and end what it has started."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(
        command, env=os.environ | environment, start_new_session=True, **quiet
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS)


def connect(port: int) -> socket.socket:
    """Connect as soon as somebody listens."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the browser does not start"
            time.sleep(0.1)
