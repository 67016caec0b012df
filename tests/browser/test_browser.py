"""Digits drawn on the real page, in a real browser, with real mouse events."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from apps import ROOT, run_app
from axe_playwright_python.sync_playwright import Axe
from pen import DRAWN_WITH_A_FINGER, on_pad
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, expect
from sketching import (
    DIGITS,
    INVITATION,
    SECONDS,
    draw,
    draw_number,
    draw_stroke,
    expect_digit,
    expect_state,
    passes_soon,
    press_until,
    ready,
    touch,
    wait_for_pad,
)

# Five points of a star, in one stroke.
STAR = [(0.5, 0.0), (0.8, 0.95), (0.02, 0.36), (0.98, 0.36), (0.2, 0.95), (0.5, 0.0)]


@pytest.fixture(scope="module")
def context(chromium) -> Iterator[BrowserContext]:
    """One visitor's browser: it has Gradio's scripts in its cache after the first visit."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def page(context, app_url) -> Iterator[Page]:
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(app_url)
    ready(page)
    yield page
    assert page.errors == []
    page.close()


def test_the_first_stroke_is_read(page):
    expect(page.locator("#answer .message")).to_contain_text(INVITATION)
    draw(page, "7")
    expect_digit(page, "7")
    expect(page.locator("#answer .likeliest")).to_have_attribute("data-digit", "7")
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")
    expect(page.locator("#answer [role=status]")).to_have_text("That's 7.")


def test_a_click_on_the_answer_shows_why_and_on_a_step_a_larger_one(page):
    draw(page, "7")
    expect_digit(page, "7")
    expect(page.get_by_role("button", name="Why?")).to_be_visible()
    page.locator("#answer .digit").click()
    why = page.get_by_role("dialog", name=re.compile(r"Why 7, and not \d\?"))
    expect(why).to_contain_text("Orange ink speaks for 7")
    box = why.locator("canvas").bounding_box()
    assert 300 < box["width"] == pytest.approx(box["height"])
    page.keyboard.press("Escape")
    expect(why).to_have_count(0)
    page.locator("#how summary").click()
    page.get_by_role("button", name="Ink, bright").click()
    assert page.locator("dialog img").bounding_box()["width"] > 300


def check_boxes(page, picture, digits):
    """Check that each box on a picture is around a digit's strokes, as shares of the picture."""
    place = page.locator(picture).bounding_box()
    for rect, strokes in zip(page.locator(".boxes rect").all(), digits, strict=True):
        points = np.concatenate(strokes) * (place["width"], place["height"])
        points += (place["x"], place["y"])
        found = rect.bounding_box()
        expected = [*points.min(axis=0), *np.ptp(points, axis=0)]
        values = [found[key] for key in ("x", "y", "width", "height")]
        np.testing.assert_allclose(values, expected, atol=0.06 * place["width"])


def test_the_boxes_of_a_turned_photo_are_around_its_digits(page, tmp_path):
    """As a phone takes it: high, but wide in the file."""
    upright, strokes = Image.new("L", (300, 600), 255), {}
    for digit, left in (("4", 0.05), ("2", 0.55)):
        strokes[digit] = [[(0.4 * x + left, 0.3 * y + 0.5) for x, y in s] for s in DIGITS[digit]]
        for stroke in strokes[digit]:
            points = [(300 * x, 600 * y) for x, y in stroke]
            ImageDraw.Draw(upright).line(points, 0, 16, "curve")
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "photo.jpg", exif=exif)
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "photo.jpg")
    expect(page.locator(".boxes text")).to_have_text(["4", "2"])
    # It lies in the middle of its square place, which is twice as wide.
    placed = [[[(0.25 + x / 2, y) for x, y in s] for s in digit] for digit in strokes.values()]
    passes_soon(page, lambda: check_boxes(page, "#pad img", placed))


def test_a_stroke_is_one_request_and_none_is_lost(page):
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.post_data or "")))
    for stroke in DIGITS["4"]:
        draw_stroke(page, stroke)
        expect(page.locator("#answer")).to_have_attribute("data-source", "server")
    expect_digit(page, "4")
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")
    sent = [url for url, body in asked if "data:image" in body or "upload" in url]
    assert len(sent) == 2
    assert all("/queue/join" in url for url in sent)


def test_no_request_leaves_the_server(chromium, app_url):
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_url)
    ready(page)
    draw(page, "1")
    expect_digit(page, "1")
    for tab in ("From code", "About"):
        page.get_by_role("tab", name=tab).click()
    page.close()
    foreign = [url for url in asked if not url.startswith((app_url, "blob:", "data:"))]
    assert foreign == []


def remove_photo(page):
    page.get_by_role("button", name="Back to the drawing").click()
    expect_state(page, "empty")


def test_unreadable_pictures_leave_no_older_answer(page, tmp_path):
    Image.new("RGB", (300, 300), "white").save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("hello")
    files = page.locator("#photo input[type=file]")
    files.set_input_files(ROOT / "docs" / "examples" / "4-closed.png")
    expect_digit(page, "4")
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")
    remove_photo(page)
    size = page.locator("#pad").evaluate("one => [one.offsetWidth, one.offsetHeight]")
    for name, sentence in (("blank", "Nothing stands out"), ("text", "cannot open the picture")):
        files.set_input_files(tmp_path / f"{name}.png")
        expect_state(page, "error")
        expect(page.locator("#answer .message")).to_contain_text(sentence)
        assert page.locator("#pad").evaluate("one => [one.offsetWidth, one.offsetHeight]") == size
        page.locator("#examples button").nth(4).click()
        expect_digit(page, "5")
        expect(page.locator("#pad img")).to_be_visible()
        remove_photo(page)


def test_a_large_photo_is_reduced_before_it_is_sent(page, tmp_path):
    noise = np.random.default_rng(0).integers(200, 255, (3000, 3000, 3), np.uint8)
    image = Image.fromarray(noise)
    points = [(3000 * x, 3000 * y) for x, y in DIGITS["7"][0]]
    ImageDraw.Draw(image).line(points, "black", 200)
    image.save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > 17e6
    sent = []
    page.on("request", lambda one: "/upload" in one.url and sent.append(one.url))
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "large.png")
    expect_digit(page, "7")
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")
    assert len(sent) == 1  # the server takes at most 10 MB


def test_the_drawing_is_there_again_after_a_photo_and_after_a_reload(page):
    draw_stroke(page, DIGITS["4"][1])
    expect_digit(page, "1")
    page.locator("#examples button").nth(1).click()
    expect_digit(page, "2")
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")
    page.wait_for_timeout(SECONDS)
    page.reload()
    expect_digit(page, "2")
    expect(page.locator("#pad img")).to_be_visible()
    page.get_by_role("button", name="Back to the drawing").click()
    expect_digit(page, "1")
    page.reload()
    expect_digit(page, "1")
    wait_for_pad(page)
    draw_stroke(page, DIGITS["4"][0])
    expect_digit(page, "4")
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")


def test_the_snippets_call_this_server_and_the_matrix_is_that_of_the_metrics(page, app_url):
    page.get_by_role("tab", name="From code").click()
    snippets = page.locator("#snippets")
    expect(snippets).to_contain_text(f'Client("{app_url}")')
    expect(snippets).not_to_contain_text("http://127.0.0.1:7860")
    page.get_by_role("tab", name="About").click()
    metrics = json.loads((ROOT / "model" / "metrics.json").read_text())
    rows = page.locator("table.matrix tbody tr")
    expect(rows).to_have_count(10)
    found = [[int(n) for n in row.locator("td").all_inner_texts()] for row in rows.all()]
    assert found == metrics["test"]["confusion_matrix"]


def test_the_rest_of_the_page_is_used_by_keyboard(page):
    press_until(page, "#how summary")
    page.keyboard.press("Enter")
    expect(page.locator("#how details")).to_have_attribute("open", "")
    press_until(page, "[role=tab][aria-selected=true]")
    press_until(page, "#examples button:nth-child(2)")
    page.keyboard.press("Enter")
    expect_digit(page, "2")
    expect(page.locator("#pad img")).to_be_visible()
    page.get_by_role("tab", name="Examples").focus()
    for name in ("From code", "About"):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(page.locator("table.matrix")).to_be_visible()


SIZES = {"phone": (390, 844), "on its side": (844, 390), "phone at 200 %": (195, 422)}


@pytest.mark.parametrize("size", SIZES)
def test_pad_tools_and_answer_are_visible_together(chromium, app_url, size):
    width, height = SIZES[size]
    with visit(chromium, app_url, viewport={"width": width, "height": height}) as page:
        ready(page)
        draw(page, "7")
        expect_digit(page, "7")
        assert page.evaluate("[scrollX, scrollY]") == [0, 0]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        parts = ["#pad canvas", "#answer .digit", "#answer li:last-child", "#answer .message"]
        parts += [f"[data-tool={tool}]" for tool in ("undo", "redo", "eraser", "clear", "save")]
        for selector in parts:
            box = page.locator(selector).bounding_box()
            assert box["x"] >= 0, selector
            assert box["y"] >= 0, selector
            assert box["x"] + box["width"] <= width, selector
            assert box["y"] + box["height"] <= height, selector
        share = 0.5 if "200" in size else 0.75
        assert page.locator("#pad canvas").bounding_box()["width"] > share * min(width, height)
        page.locator("#examples button").nth(4).click()
        expect_digit(page, "5")
        expect(page.locator("#answer .digit")).to_be_in_viewport(ratio=0.99)
        expect(page.locator("#pad img")).to_be_in_viewport(ratio=0.9)


# Other visitors: a phone, another language, the dark


@contextmanager
def visit(chromium, url, **options):
    context = chromium.new_context(**options)
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_finger_draws_and_the_page_stands_still(chromium, app_url):
    with visit(chromium, app_url, **PHONE) as page:
        ready(page)
        box = page.locator("#pad canvas").bounding_box()
        assert box["width"] > 0.8 * 390
        assert abs(box["width"] - box["height"]) < 2
        touch(page, DIGITS["7"][0])
        expect_digit(page, "7")
        assert page.evaluate("[scrollX, scrollY]") == [0, 0]
        page.get_by_role("tab", name="About").click()
        matrix = page.locator("table.matrix").bounding_box()
        assert 0 <= matrix["x"] <= 390 - matrix["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_number_whose_strokes_alone_tell_its_digits(chromium, app_url):
    with visit(chromium, app_url, **PHONE) as page:
        ready(page)
        for stroke in on_pad(DRAWN_WITH_A_FINGER["57"]):
            touch(page, stroke, height=1)
        expect(page.locator("#answer")).to_have_attribute("data-source", "server")
        expect_digit(page, "57")


def test_a_swedish_browser_gets_swedish(chromium, app_url):
    with visit(chromium, app_url, locale="sv-SE") as page:
        ready(page)
        expect(page.get_by_role("application", name="Rityta")).to_be_visible()
        expect(page.locator("#answer .message")).to_contain_text("Rita en siffra")
        expect(page.locator("#about")).to_contain_text("av MNIST:s testbilder")
        draw(page, "2")
        expect_digit(page, "2")
        expect(page.locator("#answer .likeliest small")).to_have_text(re.compile(r"^\d+\s%$"))
        page.locator("#how summary").click()
        expect(page.locator("#how figcaption").first).to_have_text("Gråskala, marginalen beskuren")
        page.get_by_role("button", name="Rensa").click()
        expect(page.locator("#answer .message")).to_contain_text("Rita en siffra")
        draw_stroke(page, STAR)
        expect(page.locator("#answer .message")).to_contain_text("Osäker")
        page.get_by_role("tab", name="Från kod").click()
        expect(page.locator("#snippets")).to_contain_text("Python, med själva modellen.")
        expect(page.locator("#snippets")).to_contain_text(f'Client("{app_url}")')
        page.get_by_role("tab", name="Om", exact=True).click()
        expect(page.get_by_text("En Pipeline i scikit-learn läser teckningen")).to_be_visible()


def test_in_the_dark_the_paper_stays_white(chromium, app_url):
    with visit(chromium, app_url, color_scheme="dark") as page:
        ready(page)
        expect(page.locator("body")).to_have_class(re.compile("dark"))
        draw(page, "3")
        expect_digit(page, "3")
        image = Image.open(io.BytesIO(page.screenshot())).convert("L")
        box = page.locator("#pad canvas").bounding_box()
        assert image.getpixel((box["x"] + 40, box["y"] + 40)) == 255
        assert image.getpixel((5, 5)) < 60


# Gradio's own footer has an icon beside its name.
AXE = {"rules": {"image-redundant-alt": {"enabled": False}}}


TABS = {
    "en": ("Examples", "From code", "About"),
    "sv": ("Exempel", "Från kod", "Om"),
}


# Colors depend on the scheme, labels on the language: two pairs have them all.
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("sv", "dark")])
def test_axe_finds_nothing(chromium, app_url, scheme, language):
    with visit(chromium, app_url, color_scheme=scheme, locale=language) as page:
        ready(page)
        draw(page, "4")
        expect_digit(page, "4")
        expect(page.locator("#answer")).to_have_attribute("data-source", "server")
        page.locator("#how summary").click()
        found = []
        for tab in TABS[language]:
            page.get_by_role("tab", name=tab, exact=True).click()
            for violation in Axe().run(page, options=AXE).response["violations"]:
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append((tab, violation["id"], violation["impact"], nodes))
        assert found == []


# While something is being read, and when nothing answers


def without_reader(page):
    page.route("**/model.bin", lambda route: route.abort())


def test_an_old_answer_looks_old_and_a_late_one_is_dropped(chromium):
    """In a browser without a reader: the server reads."""
    with run_app("tests/faults/slow_app.py") as (url, _), visit(chromium, url) as page:
        without_reader(page)
        page.reload()
        ready(page)
        draw(page, "7")
        expect(page.locator("#answer")).to_have_attribute("data-state", "busy")
        expect_digit(page, "7")
        draw_stroke(page, DIGITS["1"][0])
        expect(page.locator("#answer")).to_have_attribute("data-state", "busy")
        expect(page.locator("#answer .digit")).to_have_css("opacity", "0.35")
        page.get_by_role("button", name="Clear").click()
        expect_state(page, "empty")
        for _ in range(5):  # the answer arrives meanwhile
            page.wait_for_timeout(0.4 * SECONDS)
            expect_state(page, "empty")


def test_a_server_that_is_gone_is_said_and_the_browser_reads_on(chromium):
    with run_app("app.py") as (url, server), visit(chromium, url) as page:
        with page.expect_response("**/web/model.bin"):
            page.reload()
        ready(page)
        draw(page, "7")
        expect_digit(page, "7")
        expect(page.locator("#answer")).to_have_attribute("data-source", "server")
        server.kill()
        server.join()
        page.get_by_role("button", name="Clear").click()
        expect_state(page, "empty")
        draw_number(page, "42", 0.5)
        expect_digit(page, "42")
        expect(page.locator("#answer")).to_have_attribute("data-source", "browser")
        expect(page.locator("#answer .message")).to_contain_text("the server does not answer")
        expect(page.get_by_test_id("toast-body")).to_have_count(0)


def test_without_a_server_and_a_reader_there_is_an_error(chromium):
    with run_app("app.py") as (url, server), visit(chromium, url) as page:
        without_reader(page)
        page.reload()
        ready(page)
        server.kill()
        server.join()
        draw_stroke(page, DIGITS["1"][0])
        answer = page.locator("#answer")
        expect(answer).to_have_attribute("data-state", "error")
        expect(page.locator("#answer .message")).to_contain_text("No answer")
        page.get_by_role("button", name="Clear").click()
        expect_state(page, "empty")
