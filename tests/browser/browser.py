"""Find a Chromium for the browser test; run as a script, install one if there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

# The one without a window first: the same engine, but half the processor time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a browser: the system's, else Playwright's own, else None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Try the ways to get a browser until one works."""
    playwright = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    debian = [["apt-get", "update"], ["apt-get", "install", "--yes", SHELL]]
    as_root = shutil.which("apt-get") and os.geteuid() == 0
    for commands in ([debian] if as_root else []) + [playwright]:
        for command in commands:
            subprocess.run(command, check=False, timeout=900)
        if find():
            return


if __name__ == "__main__":
    try:
        if not find():
            install()
        print(f"Browser for the tests: {find() or 'NONE, so the browser test will not run'}")
    except (Error, subprocess.TimeoutExpired) as error:
        print(f"No browser for the tests: {error}")
