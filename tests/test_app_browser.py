"""Digits drawn on the real page, in a real browser, with real mouse events."""

import os
import re
from collections.abc import Iterator

import browser
import numpy as np
import pytest
from playwright.sync_api import Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SECONDS = 1000  # milliseconds, Playwright's unit
INVITATION = "Draw a digit"


def arc(x, y, rx, ry, start, end):
    """Points along an ellipse, degrees counted clockwise from three o'clock."""
    angles = np.radians(np.linspace(start, end, 12))
    return [(x + rx * np.cos(a), y + ry * np.sin(a)) for a in angles]


# Strokes in a box from 0 to 1, y downwards.
DIGITS = {
    "0": [arc(0.5, 0.5, 0.3, 0.48, -90, 270)],
    "1": [[(0.5, 0.02), (0.5, 0.98)]],
    "2": [[*arc(0.5, 0.27, 0.3, 0.25, -170, 40), (0.2, 0.95), (0.85, 0.95)]],
    "3": [[*arc(0.45, 0.26, 0.3, 0.24, -150, 90), *arc(0.45, 0.74, 0.33, 0.24, -90, 150)]],
    "4": [[(0.35, 0.05), (0.2, 0.55), (0.85, 0.55)], [(0.65, 0.1), (0.6, 0.98)]],
    "5": [[(0.8, 0.05), (0.3, 0.05), (0.27, 0.45), *arc(0.48, 0.68, 0.3, 0.28, -120, 150)]],
    "6": [[(0.65, 0.03), (0.35, 0.35), *arc(0.5, 0.72, 0.26, 0.25, -180, 180)]],
    "7": [[(0.2, 0.05), (0.8, 0.05), (0.4, 0.98)]],
    "8": [[*arc(0.5, 0.27, 0.24, 0.24, 90, 450), *arc(0.5, 0.74, 0.29, 0.24, -90, 270)]],
    "9": [[*arc(0.48, 0.3, 0.25, 0.26, 0, -360), (0.73, 0.3), (0.68, 0.98)]],
}


@pytest.fixture(scope="module")
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


@pytest.fixture
def page(chromium, app_url) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(app_url)
    ready(page)
    yield page
    assert page.errors == []
    page.close()


def ready(page: Page) -> None:
    """Wait until the brush is in hand: from then on a visitor can draw."""
    expect(page.locator("#pad .half-container button").first).to_have_class(
        re.compile(r"\bhighlight\b"), timeout=60 * SECONDS
    )
    expect(page.locator("#pad .empty")).to_have_count(0)


def draw(page: Page, digit: str, height: float = 0.6) -> None:
    """Draw a digit in the middle of the canvas, `height` of it high."""
    for stroke in DIGITS[digit]:
        draw_stroke(page, stroke, height)


def draw_stroke(page: Page, points, height: float = 0.6) -> None:
    box = page.locator("#pad canvas").first.bounding_box()
    side = height * 0.85 * min(box["width"], box["height"])
    left = box["x"] + box["width"] / 2 - side / 2
    top = box["y"] + box["height"] / 2 - side / 2
    places = [(left + x * side, top + y * side) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=2)
    page.mouse.up()


def answer(page: Page):
    return page.locator("#answer [data-testid='label-output-value']")


def clear(page: Page) -> None:
    page.locator("#clear").click()
    expect(page.locator("#message")).to_contain_text(INVITATION)
    expect(answer(page)).to_have_count(0)
    ready(page)


def test_the_first_stroke_is_read_with_three_probabilities(page):
    expect(page.locator("#message")).to_contain_text(INVITATION)
    draw(page, "7")
    expect(answer(page)).to_have_text("7", timeout=15 * SECONDS)
    expect(page.locator("#answer .confidence-set")).to_have_count(3)
    expect(page.locator("#message")).not_to_contain_text(INVITATION)


def test_the_model_sees_28_by_28(page):
    draw(page, "1")
    seen = page.locator("#seen img")
    expect(seen).to_be_visible(timeout=15 * SECONDS)
    assert seen.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [28, 28]
    assert seen.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_each_stroke_updates_the_answer(page):
    hook, stem = DIGITS["4"]
    draw_stroke(page, stem)
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)
    draw_stroke(page, hook)
    expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)


def test_two_digits_at_once_are_not_named(page):
    for x in (0.2, 0.7):
        draw_stroke(page, arc(x, 0.5, 0.2, 0.4, -90, 270), height=0.9)
    expect(page.locator("#message")).to_contain_text("Unsure", timeout=15 * SECONDS)
    expect(answer(page)).to_have_count(0)


def test_all_ten_digits_each_after_a_clear(page):
    read = []
    for digit in DIGITS:
        draw(page, digit)
        try:
            expect(answer(page)).to_have_text(digit, timeout=8 * SECONDS)
            read.append(digit)
        except AssertionError:
            print(f"{digit} was read as {answer(page).all_inner_texts()}")
        clear(page)
    assert len(read) >= 9, f"read only {read}"


def test_the_pads_own_bin_leaves_the_brush_in_hand(page):
    draw(page, "0")
    expect(answer(page)).to_have_text("0", timeout=15 * SECONDS)
    page.get_by_label("Clear canvas").click()
    ready(page)
    draw(page, "1")
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)


def test_no_request_leaves_the_server(chromium, app_url):
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_url)
    ready(page)
    draw(page, "1")
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)
    page.close()
    foreign = [url for url in asked if not url.startswith((app_url, "blob:", "data:"))]
    assert foreign == []
