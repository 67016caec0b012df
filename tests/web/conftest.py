"""A browser with the reader in JavaScript, exported from the released model."""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import browser
import pytest
from apps import ROOT
from playwright.sync_api import sync_playwright
from sketching import FLAGS

from pipeline import DigitReader
from pipeline.export import export_page


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


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
def engine(site):
    """A function that calls one of the harness in Chromium."""
    path = browser.find()
    if path is None:
        message = "No browser, so nothing was read: install Chromium, then run make test again."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/empty.html")

        def run(function, *arguments):
            script = "([name, values]) => import('/harness.js').then(h => h[name](...values))"
            return page.evaluate(script, [function, list(arguments)])

        run.model = run("loadModel", "model.bin")
        yield run
        chromium.close()
    server.shutdown()
    server.server_close()
