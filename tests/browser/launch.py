"""Start the browser of the tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import browser
import pytest
from playwright.sync_api import Browser, sync_playwright
from sketching import FLAGS


@contextmanager
def launch() -> Iterator[Browser]:
    """Start Chromium, or skip the tests that need it."""
    path = browser.find()
    if path is None:
        message = "No browser, so nothing was drawn: install Chromium, then run make test again."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
