"""Find the browsers of the tests; run as a script, install those that are missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

# The one without a window first: the same engine, but half the processor time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FIREFOX = "firefox-esr"


def find_firefox() -> str | None:
    """Return the path of the system's Firefox, or None."""
    return shutil.which(FIREFOX) or shutil.which("firefox")


def find_webkit() -> str | None:
    """Return the path of WebKitGTK's driver if there is a screen for it, or None."""
    return shutil.which("xvfb-run") and shutil.which("WebKitWebDriver")


def find() -> str | None:
    """Return the path of a Chromium: the system's, else Playwright's own, else None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Install what is missing: from Debian if this may, and Chromium else from Playwright."""
    missing = [name for name, path in ((SHELL, find()), (FIREFOX, find_firefox())) if not path]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["update"], ["install", "--yes", *missing]):
            subprocess.run(["apt-get", *command], check=False, timeout=900)
    if not find():
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, check=False, timeout=900)


if __name__ == "__main__":
    try:
        install()
        for name, path in (("Chromium", find()), ("Firefox", find_firefox())):
            print(f"{name} for the tests: {path or 'NONE, so its tests will not run'}")
    except (Error, subprocess.TimeoutExpired) as error:
        print(f"No browsers for the tests: {error}")
