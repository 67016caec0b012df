"""Draw digits in the running app and save the page as the README shows it: make screenshots."""

import io
from pathlib import Path

import browser
from apps import ROOT, serve
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright
from sketching import FLAGS, SECONDS, draw, draw_number, expect_digit, expect_state, ready

DESK = {"viewport": {"width": 1280, "height": 980}}
PREVIEW = {"viewport": {"width": 1200, "height": 630}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
    "locale": "sv-SE",
}
FILM = {"viewport": {"width": 960, "height": 600}}
FILM_SIZE = (640, 400)
FRAME = 125  # ms
PAUSE = 9  # frames


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


def film(chromium: Browser, url: str, digits: str, number: str, file: Path) -> None:
    """Save a moving picture of digits that are drawn one after the other, and of a number."""
    page = chromium.new_context(**FILM).new_page()
    page.goto(url)
    ready(page)
    frames: list[Image.Image] = []

    def take(n: int = 1) -> None:
        with Image.open(io.BytesIO(page.screenshot())) as frame:
            frames.extend([frame.convert("RGB").resize(FILM_SIZE)] * n)

    def show(text: str) -> None:
        expect(page.locator("#answer .digit")).to_have_text(text)
        page.wait_for_timeout(SECONDS / 2)
        take(PAUSE)
        page.get_by_role("button", name="Clear").click()
        expect_state(page, "empty")
        take(2)

    for digit in digits:
        draw(page, digit, height=0.8, moved=take)
        show(digit)
    draw_number(page, number, 0.22, width=0.2, moved=take)
    show(number)
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=FRAME, loop=0)


def main(folder: Path) -> None:
    with serve() as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        shoot(chromium, url, "4", folder / "app.png", **DESK)
        shoot(chromium, url, "9", folder / "phone.png", **PHONE)
        shoot(chromium, url, "2", folder / "preview.png", **PREVIEW)
        film(chromium, url, "38", "2026", folder / "drawing.webp")


if __name__ == "__main__":
    main(ROOT / "docs" / "images")
