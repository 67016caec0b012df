"""One Chromium for all browser tests."""

import os
from collections.abc import Iterator

import browser
import pytest
from playwright.sync_api import sync_playwright
from sketching import FLAGS


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    path = browser.find()
    if path is None:
        message = "No browser, so nothing was drawn: install Chromium, then run make test again."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield instance
        instance.close()
