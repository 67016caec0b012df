"""The static page learns from what a visitor corrects, and forgets it."""

import base64
import json
import re

import numpy as np
import pytest
from apps import ROOT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sketching import STEMLESS_FOURS, bar, clear, draw, draw_stroke, expect_learned, press_until
from test_page_numbers import draw_number, expect_number
from visiting import expect_label, open_page, visit

PHONE = {"size": (390, 844), "has_touch": True, "is_mobile": True}
KEY = "siffra.examples"
PHOTO = ROOT / "docs" / "images" / "seven.png"
PIXELS = base64.b64encode(bytes(784)).decode()


@pytest.fixture
def page(chromium, url):
    with visit(chromium, url) as page:
        yield page


def draw_four(page, k):
    """Draw one of the stemless fours on a clear pad."""
    clear(page)
    draw_stroke(page, STEMLESS_FOURS[k])
    expect(page.locator("#answer")).to_have_attribute("data-state", re.compile("answer|unsure"))


def stored(page):
    return json.loads(page.evaluate("key => localStorage.getItem(key)", KEY) or "[]")


def test_a_finger_teaches_a_stemless_four(chromium, url):
    with visit(chromium, url, **PHONE) as page:
        for four in range(3):
            draw_four(page, four)
            expect(page.locator("#answer")).not_to_have_attribute("data-label", "4")
        expect(page.locator("#answer .hint")).to_have_text("Wrong? Tap the right digit.")
        for four in range(2):
            draw_four(page, four)
            bar(page, 4).tap()
            expect_label(page, "4")
            expect(bar(page, 4)).to_have_attribute("aria-pressed", "true")
            expect_learned(page, f"Learned from {four + 1} of your drawings.")
        draw_four(page, 2)
        expect_label(page, "4")
        expect(bar(page, 4)).to_have_attribute("aria-pressed", "false")
        page.reload()
        draw_four(page, 2)
        expect_label(page, "4")
        page.get_by_role("button", name="Forget").tap()
        expect(page.locator("#answer")).not_to_have_attribute("data-label", "4")
        assert stored(page) == []
        expect_learned(page, "Forgot your corrections.")
        page.get_by_role("button", name="Restore").tap()
        expect_label(page, "4")
        assert [one["digit"] for one in stored(page)] == [4, 4]
        page.get_by_role("button", name="Forget").tap()
        page.reload()
        draw_four(page, 2)
        expect(page.locator("#answer")).not_to_have_attribute("data-label", "4")
        expect(page.get_by_role("button", name="Restore")).to_have_count(0)


def test_the_bars_are_large_enough_for_a_finger(chromium, url):
    with visit(chromium, url, **PHONE) as page:
        draw_number(page, "20")
        expect_number(page, "20")
        page.locator(".chips label").last.tap()
        bar(page, 7).tap()
        expect_number(page, "27")
        for button in page.locator("#answer button:visible, .chips label").all():
            box = button.bounding_box()
            assert box["height"] >= 44, button.inner_text()
            assert box["width"] >= 44, button.inner_text()
            assert box["y"] + box["height"] <= 844


@pytest.mark.parametrize("size", [(360, 640), (844, 390)])
def test_the_things_to_try_cover_no_bar(chromium, url, size):
    with visit(chromium, url, size=size) as page:
        expect(page.locator("#answer .try button")).to_have_count(3)
        lowest = max(one["y"] + one["height"] for one in boxes(page, ".try button"))
        rightmost = max(one["x"] + one["width"] for one in boxes(page, ".try button"))
        for one in boxes(page, "[data-digit]"):
            assert one["y"] >= lowest or one["x"] >= rightmost
        assert rightmost <= size[0]


def boxes(page, selector):
    return [one.bounding_box() for one in page.locator(f"#answer {selector}").all()]


def test_a_certain_digit_has_room_for_its_share(chromium, url):
    with visit(chromium, url, size=(360, 640), has_touch=True, is_mobile=True) as page:
        draw_four(page, 0)
        bar(page, 4).tap()
        share = bar(page, 4).locator("small")
        expect(share).to_have_text("100%")
        ends = [one.bounding_box() for one in (share, bar(page, 4))]
        assert ends[0]["x"] + ends[0]["width"] <= ends[1]["x"] + ends[1]["width"]
        assert share.evaluate("(element) => element.scrollWidth <= element.clientWidth")


def test_the_drawing_that_is_kept_is_what_the_model_sees(page):
    draw_four(page, 0)
    bar(page, 4).click()
    seen = page.locator("#answer .seen canvas").evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(0, 0, 28, 28).data]
            .filter((_, k) => k % 4 === 0)"""
    )
    (example,) = stored(page)
    assert example.keys() == {"digit", "pixels"}
    np.testing.assert_array_equal(
        np.frombuffer(base64.b64decode(example["pixels"]), np.uint8), seen
    )


def test_a_second_tap_takes_it_back_and_another_digit_replaces_it(page):
    draw_four(page, 0)
    state = page.locator("#answer").get_attribute("data-label")
    for digit in (4, 6):
        bar(page, digit).click()
        expect_label(page, str(digit))
        assert [one["digit"] for one in stored(page)] == [digit]
    expect(bar(page, 4)).to_have_attribute("aria-pressed", "false")
    bar(page, 6).click()
    expect_label(page, state)
    expect(bar(page, 6)).to_have_attribute("aria-pressed", "false")
    assert stored(page) == []


def test_without_an_answer_nothing_is_learned(page):
    expect(bar(page, 4)).to_have_attribute("aria-disabled", "true")
    bar(page, 4).click(force=True)
    assert stored(page) == []
    expect(page.locator("#answer .hint")).to_be_empty()


def test_it_is_all_done_by_keyboard(page):
    canvas = page.get_by_role("application")
    canvas.focus()
    keys = ["ArrowUp"] * 10 + ["Space"] + ["ArrowDown"] * 20 + ["Space"]
    for key in keys:
        page.keyboard.press(key)
    expect_label(page, "1")
    press_until(page, "[data-digit='7']")
    page.keyboard.press("Enter")
    expect_label(page, "7")
    expect(bar(page, 7)).to_be_focused()
    expect(page.get_by_role("button", name=re.compile(r"^7 \d+%$"))).to_be_focused()
    expect(page.locator("#answer [role=status]")).to_have_text("That's 7.")
    press_until(page, ".learned button")
    page.keyboard.press("Space")
    expect_label(page, "1")
    expect(page.get_by_role("button", name="Restore")).to_be_focused()
    page.keyboard.press("Enter")
    expect_label(page, "7")
    expect(page.get_by_role("button", name="Forget")).to_be_focused()


def test_a_digit_of_a_number_is_corrected(page):
    draw_number(page, "203")
    expect_number(page, "203")
    press_until(page, ".chips input")
    while page.locator("#answer .likeliest b").inner_text() != "0":
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("list", name="Digit 2 of the number: which is it?")).to_be_visible()
    press_until(page, "[data-digit='6']")
    page.keyboard.press("Enter")
    expect_number(page, "263")
    expect(bar(page, 6)).to_be_focused()
    page.wait_for_timeout(500)  # the whole number is read again
    expect_number(page, "263")
    expect(page.get_by_role("radio", name="Digit 2: 6")).to_be_checked()
    assert [one["digit"] for one in stored(page)] == [6]
    clear(page)
    draw_number(page, "203")
    expect_number(page, "263")
    page.get_by_role("button", name="Forget").click()
    expect_number(page, "203")


def test_axe_finds_nothing(chromium, url):
    with visit(chromium, url, color_scheme="dark") as page:
        draw_four(page, 0)
        bar(page, 4).click()
        expect_label(page, "4")
        assert find_violations(page) == []
        clear(page)
        draw_number(page, "20")
        expect_number(page, "20")
        assert find_violations(page) == []
        page.get_by_role("button", name="Forget").click()
        assert find_violations(page) == []


def find_violations(page):
    """Run axe when nothing is read: an older answer is dim."""
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#answer .digit")).to_have_css("opacity", "1")
    return Axe().run(page).response["violations"]


# What is stored


@pytest.mark.parametrize(
    "value",
    [
        "[null]",
        json.dumps([{"digit": 4, "pixels": PIXELS}, {"digit": 4, "pixels": "x"}]),
    ],
    ids=lambda value: value[:12],
)
def test_invalid_stored_examples_do_no_harm(chromium, url, value):
    with visit(chromium, url) as page:
        page.evaluate("([key, value]) => localStorage.setItem(key, value)", [KEY, value])
        page.reload()
        draw(page, "7")
        expect_label(page, "7")
        assert page.evaluate("key => localStorage.getItem(key)", KEY) == value
        bar(page, 1).click()
        expect_label(page, "1")
        assert [one["digit"] for one in stored(page)] == [1]


@pytest.mark.parametrize(
    "broken",
    [
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }",
        """Object.defineProperty(window, "localStorage", {
            get() { throw new DOMException("", "SecurityError"); }
        })""",
    ],
    ids=["full", "forbidden"],
)
def test_without_a_store_it_learns_until_the_page_is_left(chromium, url, broken):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    context.add_init_script(broken)
    with open_page(context, url) as page:
        draw_four(page, 0)
        bar(page, 4).click()
        expect_label(page, "4")
        expect_learned(page, "Learned from 1 of your drawings.")
        draw_four(page, 0)
        expect_label(page, "4")
        page.reload()
        draw_four(page, 0)
        expect(page.locator("#answer")).not_to_have_attribute("data-label", "4")
    context.close()


def test_another_tab_learns_too(chromium, url):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    with open_page(context, url) as first, open_page(context, url) as second:
        draw_four(first, 0)
        draw_four(second, 0)
        bar(first, 4).click()
        expect_label(second, "4")
        second.get_by_role("button", name="Forget").click()
        expect(first.locator("#answer")).not_to_have_attribute("data-label", "4")
    context.close()


def test_a_photo_is_corrected(page):
    page.set_input_files("#photo", PHOTO)
    expect_label(page, "7")
    bar(page, 2).click()
    expect_label(page, "2")
    page.get_by_role("button", name="Forget").click()
    expect_label(page, "7")
    page.set_input_files(
        "#photo", {"name": "digit.png", "mimeType": "image/png", "buffer": b"no image"}
    )
    expect(page.locator("#answer")).to_have_attribute("data-state", "error")
    expect(bar(page, 2)).to_have_attribute("aria-disabled", "true")
