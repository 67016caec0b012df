"""Drive Firefox by Marionette, the protocol that it speaks itself: a socket and JSON."""

import json
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from apps import free_port

SECONDS = 60  # for each wait
PREFERENCES = {
    "marionette.port": 0,  # set when it starts
    "intl.accept_languages": "en",
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "ui.prefersReducedMotion": 1,
}


@contextmanager
def start(path: str, size=(1000, 1000)):
    """Run Firefox without a window, with a profile of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (PREFERENCES | {"marionette.port": port}).items()
        text = "\n".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in lines)
        (Path(profile) / "user.js").write_text(text)
        command = [path, "--marionette", "--headless", "--profile", profile]
        command += ["--width", str(size[0]), "--height", str(size[1])]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            with closing(Firefox(port)) as browser:
                yield browser
        finally:
            process.terminate()
            process.wait(SECONDS)


class Firefox:
    """A visitor's browser, with one page."""

    def __init__(self, port: int) -> None:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
                break
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self._ids = count(1)
        self._receive()  # its name
        self._send("WebDriver:NewSession", {})

    def close(self) -> None:
        """Leave the browser."""
        self._socket.close()

    def open(self, url: str) -> None:
        """Go to an address."""
        self._send("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *values):
        """Return what a function's body returns."""
        return self._send("WebDriver:ExecuteScript", {"script": script, "args": values})["value"]

    def wait(self, script: str, *values) -> None:
        """Wait until a function's body returns something true."""
        deadline = time.monotonic() + SECONDS
        while not self.run(script, *values):
            assert time.monotonic() < deadline, f"{script} {values}: {self.run(ANSWER)}"
            time.sleep(0.05)

    def draw(self, points) -> None:
        """Draw a stroke with the mouse; the points are from 0 to 1, on the pad."""
        left, top, width, height = self.run(PAD)
        places = [(round(left + x * width), round(top + y * height)) for x, y in points]
        moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 10} for x, y in places]
        down, up = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        actions = mouse | {"actions": [moves[0], down, *moves[1:], up]}
        self._send("WebDriver:PerformActions", {"actions": [actions]})

    def click(self, selector: str) -> None:
        """Click an element."""
        self._send("WebDriver:ElementClick", {"id": self._find(selector)})

    def choose_file(self, selector: str, path: Path) -> None:
        """Hand a file to an element that takes one."""
        values = {"id": self._find(selector), "text": str(path)}
        self._send("WebDriver:ElementSendKeys", values)

    def _find(self, selector: str) -> str:
        found = self._send("WebDriver:FindElement", {"using": "css selector", "value": selector})
        return next(iter(found["value"].values()))

    def _send(self, name: str, values: dict):
        message = json.dumps([0, next(self._ids), name, values])
        self._socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self._receive()
        assert error is None, error
        return result

    def _receive(self):
        """Return a message, whose length comes first."""
        length = b""
        while (byte := self._socket.recv(1)) != b":":
            length += byte
        content = b""
        while len(content) < int(length):
            content += self._socket.recv(int(length) - len(content))
        return json.loads(content)


ANSWER = """const {dataset, textContent} = document.querySelector("#answer");
return [{...dataset}, textContent];"""
PAD = """const pad = document.querySelector("#pad canvas[role=application]");
pad.scrollIntoView({block: "nearest"});
const {left, top, width, height} = pad.getBoundingClientRect();
return [left, top, width, height];"""
