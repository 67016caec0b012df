"""A browser with the reader in JavaScript, exported from the released model."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from apps import ROOT

from siffra import DigitReader
from siffra.export import export_page


class QuietHandler(SimpleHTTPRequestHandler):
    broken = False  # send 100 bytes of each file only

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def copyfile(self, source, outputfile):
        if self.broken:
            outputfile.write(source.read(100))
        else:
            super().copyfile(source, outputfile)


@pytest.fixture(scope="session")
def reader():
    return DigitReader.from_pretrained(ROOT / "model")


@pytest.fixture(scope="session")
def site(reader, tmp_path_factory):
    """A folder with the exported page and the tests' harness."""
    folder = tmp_path_factory.mktemp("site")
    export_page(folder, reader)
    shutil.copy(Path(__file__).parent / "harness.js", folder)
    (folder / "empty.html").write_text("<!doctype html><title>Test</title>")
    return folder


@pytest.fixture(scope="session")
def url(site):
    """The address of a server of that folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def broken_downloads(monkeypatch):
    """A function after which all downloads from that server break off."""
    return partial(monkeypatch.setattr, QuietHandler, "broken", True)


@pytest.fixture(scope="module")
def engine(chromium, url):
    """A function that calls one of the harness in Chromium."""
    page = chromium.new_page()
    page.goto(f"{url}empty.html")

    def run(function, *arguments):
        script = "([name, values]) => import('/harness.js').then(h => h[name](...values))"
        return page.evaluate(script, [function, list(arguments)])

    run.model = run("loadModel", "model.bin")
    yield run
    page.close()
