"""Draw digits in the running app and save the page as the README shows it: make screenshots."""

from pathlib import Path

import browser
from apps import ROOT, serve
from playwright.sync_api import Browser, sync_playwright
from sketching import FLAGS, SECONDS, draw, expect_digit, ready

DESK = {"viewport": {"width": 1280, "height": 980}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
    "locale": "sv-SE",
}


def shoot(chromium: Browser, url: str, digit: str, file: Path, **options) -> None:
    page = chromium.new_context(**options).new_page()
    page.goto(url)
    ready(page)
    draw(page, digit, height=0.8)
    expect_digit(page, digit)
    page.locator("#how summary").click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(SECONDS)
    page.screenshot(path=file)


def main(folder: Path) -> None:
    with serve() as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        shoot(chromium, url, "4", folder / "app.png", **DESK)
        shoot(chromium, url, "9", folder / "phone.png", **PHONE)


if __name__ == "__main__":
    main(ROOT / "docs" / "images")
