"""Draw a digit in the running app and save the page: python tests/screenshot.py URL FILE."""

import sys

import browser
from playwright.sync_api import expect, sync_playwright
from sketching import FLAGS, SECONDS, answer, draw, ready


def main(url: str, file: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 720})
        page.goto(url)
        ready(page)
        draw(page, "4", height=0.8)
        expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)
        page.wait_for_timeout(2 * SECONDS)  # the bars grow
        page.screenshot(path=file)
        chromium.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
