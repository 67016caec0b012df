"""Digits drawn on the real page, in a real browser, with real mouse events."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import browser
import pytest
from apps import ROOT, serve
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect
from sketching import DIGITS, INVITATION, SECONDS, answer, arc, draw, draw_stroke, ready

from pipeline import load_model
from pipeline.corrections import read_corrections

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def page(chromium, app_url) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
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


def test_no_request_leaves_the_server(chromium, app_url):
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_url)
    ready(page)
    draw(page, "1")
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)
    for tab in ("Photo or file", "From code", "About"):
        page.get_by_role("tab", name=tab).click()
    page.close()
    foreign = [url for url in asked if not url.startswith((app_url, "blob:", "data:"))]
    assert foreign == []


def test_undo_takes_the_last_stroke_back(page):
    hook, stem = DIGITS["4"]
    draw_stroke(page, stem)
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)
    draw_stroke(page, hook)
    expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)
    page.locator("#undo").click()
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)


def test_the_steps_are_shown_one_by_one(page):
    draw(page, "2")
    expect(answer(page)).to_have_text("2", timeout=15 * SECONDS)
    page.locator("#how button").first.click()
    expect(page.locator("#steps figure")).to_have_count(5)
    captions = page.locator("#steps figcaption").all_inner_texts()
    assert captions[0] == "gray, the margin cut"
    assert captions[-1] == "upright, 28 x 28"


def test_an_example_is_read(page):
    page.locator("#examples button").nth(4).click()
    expect(answer(page)).to_have_text("5", timeout=15 * SECONDS)
    expect(page.locator("#photo img")).to_be_visible()


def test_a_photo_is_read_and_turned_as_its_exif_says(page):
    page.get_by_role("tab", name="Photo or file").click()
    photo = ROOT / "docs" / "examples" / "5-photo-on-its-side.jpg"
    page.locator("#photo input[type=file]").set_input_files(photo)
    expect(answer(page)).to_have_text("5", timeout=15 * SECONDS)


def test_a_picture_of_nothing_says_so(page, tmp_path):
    Image.new("RGB", (300, 300), "white").save(tmp_path / "blank.png")
    page.get_by_role("tab", name="Photo or file").click()
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "blank.png")
    expect(page.locator("#message")).to_contain_text("Not read", timeout=15 * SECONDS)


def test_a_file_that_is_no_picture_leaves_no_older_answer(page, tmp_path):
    page.get_by_role("tab", name="Photo or file").click()
    files = page.locator("#photo input[type=file]")
    files.set_input_files(ROOT / "docs" / "examples" / "4-closed.png")
    expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)
    page.locator("#photo").get_by_label("Clear").or_(
        page.locator("#photo").get_by_label("Remove Image")
    ).first.click()
    (tmp_path / "text.png").write_text("hello")
    files.set_input_files(tmp_path / "text.png")
    expect(page.get_by_text("Got a file that cannot be read as an image")).to_be_visible()
    expect(page.locator("#message")).to_contain_text("Not read", timeout=15 * SECONDS)
    expect(answer(page)).to_have_count(0)


def test_the_drawing_survives_a_look_at_another_tab(page):
    draw_stroke(page, DIGITS["4"][1])
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)
    page.get_by_role("tab", name="About").click()
    expect(page.locator("table.matrix")).to_be_visible()
    page.get_by_role("tab", name="Read").click()
    expect(page.locator("#pad canvas").first).to_be_visible()
    page.wait_for_timeout(SECONDS)  # the canvas takes its place
    draw_stroke(page, DIGITS["4"][0])
    expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)


def test_the_snippets_call_this_server(page, app_url):
    page.get_by_role("tab", name="From code").click()
    snippets = page.locator("#snippets")
    expect(snippets).to_contain_text(f'Client("{app_url}")')
    expect(snippets).not_to_contain_text("http://127.0.0.1:7860")


def test_the_confusion_matrix_is_that_of_the_metrics(page):
    page.get_by_role("tab", name="About").click()
    metrics = json.loads((ROOT / "model" / "metrics.json").read_text())
    rows = page.locator("table.matrix tbody tr")
    expect(rows).to_have_count(10)
    found = [[int(n) for n in row.locator("td").all_inner_texts()] for row in rows.all()]
    assert found == metrics["test"]["confusion_matrix"]


def test_undo_and_clear_are_reached_by_keyboard(page):
    draw(page, "1")
    expect(answer(page)).to_have_text("1", timeout=15 * SECONDS)
    page.get_by_role("tab", name="Photo or file").focus()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        if reached[-1] == "clear":
            break
    assert "undo" in reached, reached
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text(INVITATION)


# Other visitors: a phone, another language, the dark, a browser without WebGL


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
        box = page.locator("#pad").bounding_box()
        assert box["width"] > 0.8 * 390
        assert abs(box["width"] - box["height"]) < 2
        touch(page, DIGITS["7"][0])
        expect(answer(page)).to_have_text("7", timeout=20 * SECONDS)
        assert page.evaluate("[scrollX, scrollY]") == [0, 0]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def touch(page, points):
    """Move one finger along the points, as a touch screen reports it."""
    box = page.locator("#pad canvas").first.bounding_box()
    side = 0.6 * min(box["width"], box["height"])
    left, top = box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2
    session = page.context.new_cdp_session(page)
    places = [{"x": left + x * side, "y": top + y * side} for x, y in points]
    steps = [
        {key: a[key] + (b[key] - a[key]) * k / 5 for key in a}
        for a, b in pairwise(places)
        for k in range(6)
    ]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": steps[:1]})
    for step in steps:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [step]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_swedish_browser_gets_swedish(chromium, app_url):
    with visit(chromium, app_url, locale="sv-SE") as page:
        ready(page)
        expect(page.get_by_role("tab", name="Rita")).to_be_visible()
        expect(page.locator("#message")).to_contain_text("Rita en siffra")
        expect(page.locator("#about")).to_contain_text("av MNIST:s testbilder")
        draw(page, "2")
        expect(answer(page)).to_have_text("2", timeout=15 * SECONDS)
        page.locator("#how button").first.click()
        expect(page.locator("#steps figcaption").first).to_have_text("grå, marginalen bortskuren")
        page.locator("#clear").click()
        expect(page.locator("#message")).to_contain_text("Rita en siffra")
        expect(answer(page)).to_have_count(0)
        ready(page)
        draw_stroke(page, arc(0.2, 0.5, 0.2, 0.4, -90, 270), height=0.9)
        draw_stroke(page, arc(0.7, 0.5, 0.2, 0.4, -90, 270), height=0.9)
        expect(page.locator("#message")).to_contain_text("Osäker", timeout=15 * SECONDS)


def test_in_the_dark_the_paper_stays_white(chromium, app_url):
    with visit(chromium, app_url, color_scheme="dark") as page:
        ready(page)
        expect(page.locator("body")).to_have_class(re.compile("dark"))
        draw(page, "3")
        expect(answer(page)).to_have_text("3", timeout=15 * SECONDS)
        image = Image.open(io.BytesIO(page.screenshot())).convert("L")
        box = page.locator("#pad").bounding_box()
        assert image.getpixel((box["x"] + 40, box["y"] + 40)) == 255
        assert image.getpixel((5, 5)) < 60


@pytest.fixture(scope="module")
def without_webgl(chromium):
    path = browser.find()
    flags = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]
    instance = chromium.browser_type.launch(executable_path=path, args=flags)
    yield instance
    instance.close()


def test_without_webgl_a_file_is_asked_for(without_webgl, app_url):
    with visit(without_webgl, app_url) as page:
        expect(page.locator("#no-webgl")).to_be_visible(timeout=30 * SECONDS)
        expect(page.locator("#pad")).to_be_hidden()
        page.locator("#photo input[type=file]").set_input_files(
            ROOT / "docs" / "examples" / "4-closed.png"
        )
        expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)


def test_with_webgl_nobody_hears_of_it(page):
    expect(page.locator("#no-webgl")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, app_url, scheme):
    with visit(chromium, app_url, color_scheme=scheme) as page:
        ready(page)
        draw(page, "4")
        expect(answer(page)).to_have_text("4", timeout=15 * SECONDS)
        page.locator("#how button").first.click()
        found = []
        for tab in ("Read", "Photo or file", "From code", "About"):
            page.get_by_role("tab", name=tab, exact=True).click()
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                    found.append((tab, violation["id"], nodes))
        assert found == []


# With corrections


@pytest.fixture
def corrected(tmp_path):
    """The app as an operator runs it who wants corrections, and where they go."""
    folder = tmp_path / "corrections"
    with serve(SIFFRA_CORRECTIONS=str(folder)) as url:
        yield url, folder


def test_a_visitor_corrects_an_answer(chromium, corrected):
    url, folder = corrected
    with visit(chromium, url) as page:
        ready(page)
        draw(page, "7")
        expect(answer(page)).to_have_text("7", timeout=15 * SECONDS)
        page.locator("#correction button").first.click()
        expect(page.locator("#correction")).to_contain_text("are stored")
        page.get_by_role("radio", name="1").check()
        page.locator("#send").click()
        expect(page.locator("#outcome")).to_contain_text("Thank you", timeout=15 * SECONDS)
    (correction,) = read_corrections(folder)
    assert correction.label == 1
    assert load_model(ROOT / "model").predict([correction.image]).tolist() == [7]
