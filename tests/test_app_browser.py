"""Digits drawn on the real page, in a real browser, with real mouse events."""

import os
from collections.abc import Iterator

import browser
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sketching import DIGITS, FLAGS, INVITATION, SECONDS, answer, arc, draw, draw_stroke, ready


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
