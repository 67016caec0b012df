"""The static page in a real browser: mouse, files, languages, sizes, and no network."""

import base64
import io
import json
import re
from contextlib import contextmanager

import numpy as np
import pytest
from apps import ROOT
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect
from sketching import DIGITS, SECONDS, clear, draw, draw_stroke
from test_page_numbers import draw_number
from visiting import SIZES, expect_label, open_page, visit

PHOTO = ROOT / "docs" / "images" / "seven.png"


@pytest.fixture(scope="module")
def context(chromium):
    """One visitor's browser, with the page in its cache after the first visit."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    yield context
    context.close()


@pytest.fixture
def page(context, url):
    with open_page(context, url) as page:
        yield page


def test_each_drawn_digit_is_read(page):
    for digit in DIGITS:
        draw(page, digit)
        expect_label(page, digit)
        expect(page.locator("#answer")).to_have_attribute("data-source", "browser")
        expect(page.locator("#answer .digit")).to_have_text(digit)
        expect(page.locator("#answer .likeliest b")).to_have_text(digit)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_the_answer_is_there_while_the_pen_is_down(page):
    draw_stroke(page, DIGITS["7"][0])
    expect_label(page, "7")
    page.get_by_role("button", name="Clear").click()
    page.evaluate("document.querySelector('#answer').dataset.seen = ''")
    page.evaluate(
        """new MutationObserver(() => (window.seen ??= []).push(
            document.querySelector('#answer').dataset.label
        )).observe(document.querySelector('#answer'), {attributes: true})"""
    )
    box = page.locator("#pad canvas").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 60, steps=5)
    page.mouse.move(box["x"] + 160, box["y"] + 290, steps=5)
    expect_label(page, "7")
    page.mouse.up()
    assert "7" in page.evaluate("window.seen")


def test_undo_redo_and_clear_change_the_answer(page):
    answer = page.locator("#answer")
    draw(page, "0")
    expect_label(page, "0")
    page.get_by_role("button", name="Undo").click()
    expect(answer).to_have_attribute("data-state", "empty")
    expect(page.locator("#answer .digit")).to_be_empty()
    page.get_by_role("button", name="Redo").click()
    expect_label(page, "0")
    page.get_by_role("button", name="Clear").click()
    expect(answer).to_have_attribute("data-state", "empty")
    expect(page.locator("#how figure")).to_have_count(0)


def test_the_drawing_can_be_saved(page):
    save = page.get_by_role("button", name="Save")
    expect(save).to_have_attribute("aria-disabled", "true")
    draw(page, "0")
    with page.expect_download() as download:
        save.click()
    assert download.value.suggested_filename == "siffra.png"
    with Image.open(download.value.path()) as image:
        assert (image.format, image.size) == ("PNG", (400, 400))
        gray = np.asarray(image.convert("L"))
    assert gray[200, 200] == gray[0, 0] == 255
    ink = np.argwhere(gray < 128) / 400
    expected = 0.6 * 0.85 * (np.array(DIGITS["0"][0])[:, ::-1] - 0.5) + 0.5
    half_pen = 17 / 800
    np.testing.assert_allclose(ink.min(axis=0), expected.min(axis=0) - half_pen, atol=0.02)
    np.testing.assert_allclose(ink.max(axis=0), expected.max(axis=0) + half_pen, atol=0.02)


def test_the_three_things_to_try_are_read(page):
    for name, label in (
        ("a digit", "7"),
        ("a number", "2026"),
        ("a page", "482\n9056\n731 20\n64"),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator("#answer .digit")).to_have_text(label)
        page.get_by_role("button", name="Back" if name == "a page" else "Clear").click()
        expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_a_ghost_pen_writes_once_and_goes_at_the_first_touch(page, url):
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("#answer .digit")).to_have_text("2026")
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    expect(page.locator("#answer")).to_have_attribute("data-label", "")
    draw(page, "7")
    expect_label(page, "7")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#answer .digit")).to_be_empty()
    page.reload()
    page.wait_for_timeout(2 * SECONDS)
    expect(page.locator("#answer .digit")).to_be_empty()
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_timeout(2 * SECONDS)
    expect(page.locator("#answer .digit")).to_be_empty()


def test_the_title_says_how_many_digits_are_read_right(page):
    accuracy = json.loads((ROOT / "model" / "metrics.json").read_text())["strokes"]["accuracy"]
    expect(page.locator(".title p")).to_contain_text(f"It reads {100 * accuracy:.1f}%")


def test_undo_works_by_key_after_a_click_on_a_button(page):
    draw(page, "1")
    expect_label(page, "1")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    page.keyboard.press("Control+z")
    expect_label(page, "1")
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_the_eraser_is_on_until_the_pad_is_cleared(page):
    eraser = page.get_by_role("button", name="Eraser")
    draw(page, "1")
    expect_label(page, "1")
    eraser.click()
    expect(eraser).to_have_attribute("aria-pressed", "true")
    draw(page, "1")  # three times as wide as the pen
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    page.get_by_role("button", name="Clear").click()
    expect(eraser).to_have_attribute("aria-pressed", "false")


def test_a_link_can_be_shared(chromium, url):
    with visit(chromium, url, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.evaluate("navigator.share = undefined")
        page.get_by_role("button", name="Share").click()
        expect(page.get_by_role("link", name="Save the picture")).to_have_count(0)
        page.get_by_role("button", name="Copy the link").click()
        expect(page.get_by_role("button", name="The link is copied.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == url
        page.keyboard.press("Escape")
        for k, digit in enumerate("123456"):
            for stroke in DIGITS[digit]:
                draw_stroke(page, [(0.05 + (k + x) / 7, 0.3 + 0.25 * y) for x, y in stroke], 1)
        expect(page.locator("#answer .digit")).to_have_text("123456")
        page.get_by_role("button", name="Share").click()
        page.get_by_role("button", name="Copy the link").click()
        expect(page.get_by_role("button", name="The link is copied.")).to_be_visible()
        assert Axe().run(page).response["violations"] == []
        link = page.evaluate("navigator.clipboard.readText()")
        assert len(link) < 2000
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Clear").click()
    with visit_link(chromium, link) as page:
        expect(page.locator("#answer .digit")).to_have_text("123456")
        assert page.url == url


def test_the_drawing_is_saved_and_sent_with_its_answer(chromium, url):
    with visit(chromium, url, has_touch=True, is_mobile=True) as page:
        page.evaluate(
            """window.sent = new Promise((resolve) => Object.assign(Navigator.prototype, {
                canShare: () => true,
                share: async ({files: [file], url}) => resolve([file.type, file.size, url]),
            })), null"""
        )
        draw(page, "1")
        expect_label(page, "1")
        page.get_by_role("button", name="Share").tap()
        with page.expect_download() as download:
            page.get_by_role("link", name="Save the picture").tap()
        with Image.open(download.value.path()) as image:
            assert (image.format, image.size) == ("PNG", (800, 800))
            gray = np.asarray(image.convert("L"))
        # A 1 is a bar in the middle: as drawn, and smaller below, as it is read.
        for rows, height in ((gray[:600], 300), (gray[600:], 100)):
            ink = np.argwhere(rows < 128)
            assert np.ptp(ink[:, 0]) > height
            assert abs(ink[:, 1].mean() - 400) < 40
        page.get_by_role("button", name="Share").tap()
        page.get_by_role("button", name="Send to").tap()
        kind, size, link = page.evaluate("sent")
        assert (kind, size > 1000) == ("image/png", True)
        assert link.startswith(f"{url}#")


@contextmanager
def visit_link(chromium, link):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link)
    yield page
    assert not any(link.split("#")[1] in one for one in asked)
    context.close()


def test_a_picture_is_read_as_soon_as_the_model_is_loaded(chromium, url):
    """The first load fails; the page tries again by itself."""
    loads = []

    def load(route):
        loads.append(route.request.url)
        route.abort() if len(loads) == 1 else route.continue_()

    context = chromium.new_context(locale="en", service_workers="block")
    page = context.new_page()
    page.route("**/model.bin", load)
    page.goto(url)
    expect(page.locator("#answer")).to_have_attribute("data-state", "error")
    page.set_input_files("#photo", PHOTO)
    expect_label(page, "7")
    assert len(loads) == 2  # the Worker has it from the page
    context.close()


def test_the_progress_of_the_first_load_is_shown(chromium, url):
    context = chromium.new_context(locale="en", service_workers="block")
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": 4e5, "uploadThroughput": 4e5}
    network.send("Network.emulateNetworkConditions", speed)
    page.goto(url, wait_until="commit")
    message = page.locator("#answer .message")
    expect(message).to_contain_text(re.compile(r"Loading the reader: \d+\.\d%"))
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    context.close()


def image_file(image, name="digit.png"):
    content = io.BytesIO()
    image.save(content, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


def test_a_photo_is_read_from_its_own_pixels_and_never_drawn_on(page):
    draw(page, "3")
    expect_label(page, "3")
    with Image.open(PHOTO) as seven:  # wide: on a square, it would have margins
        wide = Image.new("L", (3 * seven.width, seven.height), 255)
        wide.paste(seven.convert("L"), (seven.width, 0))
    page.set_input_files("#photo", image_file(wide))
    expect_label(page, "7")
    page.locator("#how summary").click()
    expect(page.locator("#how figure")).to_have_count(8)
    shares = page.locator("#answer li small").all_inner_texts()
    box = page.locator("#pad img").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=5)
    page.mouse.up()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    page.wait_for_timeout(SECONDS)
    expect_label(page, "7")
    assert page.locator("#answer li small").all_inner_texts() == shares
    page.get_by_role("button", name="Back to the drawing").click()
    expect_label(page, "3")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("a.heic", "image/heic", "cannot open HEIC"),
        ("a.HEIC", "", "cannot open HEIC"),
        ("a.pdf", "application/pdf", "A PDF is no picture"),
        ("a.txt", "text/plain", "This file is no picture"),
        ("a.avif", "image/avif", "cannot open the picture"),
    ],
)
def test_a_file_that_cannot_be_opened_gets_a_sentence_that_helps(page, name, kind, sentence):
    draw(page, "3")
    expect_label(page, "3")
    page.set_input_files("#photo", {"name": name, "mimeType": kind, "buffer": b"no picture"})
    expect(page.locator("#answer")).to_have_attribute("data-state", "error")
    expect(page.locator("#answer .message")).to_contain_text(sentence)
    expect(page.locator("#pad canvas")).to_be_hidden()  # the drawing is not what is meant
    page.get_by_role("button", name="Back to the drawing").click()
    expect_label(page, "3")


def test_a_blank_picture_says_so(page):
    page.set_input_files("#photo", image_file(Image.new("L", (200, 200), 255)))
    expect(page.locator("#answer .message")).to_contain_text("Nothing stands out")


def test_a_picture_can_be_dropped_or_pasted_anywhere(page):
    content = base64.b64encode(PHOTO.read_bytes()).decode()
    hand_over = """([content, kind]) => {
        const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "seven.png", {type: "image/png"}));
        const options = {bubbles: true, cancelable: true};
        const event = kind === "paste"
            ? new ClipboardEvent(kind, {...options, clipboardData: data})
            : new DragEvent(kind, {...options, dataTransfer: data});
        document.querySelector("h1").dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        page.evaluate(hand_over, [content, kind])
        expect_label(page, "7")
        page.get_by_role("button", name="Back to the drawing").click()
        expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_the_drawing_survives_reload_and_back(page, url):
    draw(page, "4")
    expect_label(page, "4")
    page.reload()
    expect_label(page, "4")
    page.goto(f"{url}files.json")
    page.go_back()
    expect_label(page, "4")
    page.get_by_role("button", name="Clear").click()
    page.reload()
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_a_photo_survives_a_reload_until_it_is_put_away(page):
    draw(page, "4")
    expect_label(page, "4")
    page.set_input_files("#photo", PHOTO)
    expect_label(page, "7")
    page.wait_for_timeout(SECONDS)
    page.reload()
    expect_label(page, "7")
    expect(page.locator("#pad img")).to_be_visible()
    page.get_by_role("button", name="Back to the drawing").click()
    expect_label(page, "4")
    page.reload()
    expect_label(page, "4")
    expect(page.locator("#pad img")).to_be_hidden()


@pytest.mark.parametrize("text", ["x", "data:image/png;base64,AAAAA", "data:text/html;base64,AAAA"])
def test_an_invalid_stored_photo_does_no_harm(page, text):
    page.evaluate("text => sessionStorage.setItem('siffra.photo', text)", text)
    page.reload()
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_invalid_stored_or_linked_drawings_do_no_harm(page, url):
    for text in ("x", "_____", "%3Cscript%3E", "AAAA", "a" * 30_000):
        page.evaluate("text => sessionStorage.setItem('siffra.drawing', text)", text)
        page.reload()
        expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    page.evaluate("sessionStorage.clear()")
    page.goto(f"{url}#zzz")
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_ten_digits_are_read_soon_after_the_last_stroke(page):
    """The Worker reads the newest drawing only: what waits is out of date."""
    counted = """() => {
        window.posted = 0;
        const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (message) {
            window.posted += "pixels" in message;
            return post.call(this, message);
        };
        document.querySelector("#pad canvas").addEventListener("draw", () => window.drawn++);
        window.drawn = 0;
    }"""
    page.evaluate(counted)
    for k in range(5):
        x = 0.1 + 0.18 * k
        draw_stroke(page, [(x, 0.3), (x, 0.6)], 1)
    expect(page.locator("#answer .digit")).to_have_text("11111")
    assert 0 < page.evaluate("window.posted") < 0.8 * page.evaluate("window.drawn")


def test_each_photo_gets_its_own_answer(page):
    """The first one is large and slow: its answer must not be shown for the second."""
    with Image.open(PHOTO) as seven:
        large = seven.convert("L").resize((2000, 2000))
    small = Image.new("L", (60, 60), 255)
    small.paste(0, (27, 10, 33, 50))
    for image in (large, small):
        page.set_input_files("#photo", image_file(image))
    expect_label(page, "1")
    page.wait_for_timeout(SECONDS)
    expect_label(page, "1")


def test_a_stroke_that_is_given_up_leaves_no_answer(page):
    box = page.locator("#pad canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 60
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 200, steps=5)
    expect_label(page, "1")
    page.evaluate(
        """document.querySelector("#pad canvas").dispatchEvent(
            new PointerEvent("pointercancel", {pointerId: 1, bubbles: true}))"""
    )
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    page.mouse.up()


def test_the_page_speaks_swedish(chromium, url):
    with visit(chromium, url, locale="sv-SE") as page:
        draw(page, "4")
        expect(page.locator("#answer .message")).to_have_text("Det står 4.")
        page.get_by_role("button", name="English").click()
        expect(page.locator("#answer .message")).to_have_text("That's 4.")
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("size", SIZES)
def test_pad_answer_and_tools_are_visible_together_and_nothing_jumps(chromium, url, size):
    with visit(chromium, url, size) as page:
        page.evaluate(
            """window.shift = 0; new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) window.shift += entry.value;
            }).observe({type: "layout-shift", buffered: true})"""
        )
        draw(page, "5")
        expect_label(page, "5")
        for part in ("#pad canvas", "#pad .tools", "#answer .digit", "#answer .bars"):
            box = page.locator(part).bounding_box()
            assert 0 <= box["x"] <= size[0] - box["width"], part
            assert 0 <= box["y"] <= size[1] - box["height"], part
        clear(page)
        draw_number(page, "4271")
        expect(page.locator("#answer .digit")).to_have_text("4271")
        digit = page.locator("#answer .digit")
        assert digit.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert digit.bounding_box()["y"] <= size[1] - digit.bounding_box()["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate("window.shift") <= 0.02


@pytest.mark.parametrize("size", [*SIZES, (360, 640), (195, 422)])
def test_a_tap_on_the_answer_shows_why_on_one_screen(chromium, url, size):
    with visit(chromium, url, size, has_touch=True, is_mobile=True) as page:
        draw(page, "7")
        expect_label(page, "7")
        page.locator("#answer .digit").tap()
        why = page.get_by_role("dialog", name=re.compile(r"Why 7, and not \d\?"))
        expect(why).to_contain_text("Orange ink speaks for 7")
        for part in ("h2", "canvas", "p >> nth=-1", "button"):
            box = why.locator(part).bounding_box()
            assert 0 <= box["x"] <= size[0] - box["width"], part
            if size[0] > 195:
                assert 0 <= box["y"] <= size[1] - box["height"], part
        assert Axe().run(page).response["violations"] == []
        why.locator("canvas").tap()
        expect(why).to_have_count(0)


def test_why_works_by_keyboard_and_for_the_chosen_digit_of_a_number(page):
    expect(page.get_by_role("button", name="Why?")).to_be_hidden()
    draw_number(page, "20")
    expect_label(page, "20")
    page.get_by_role("radio", name="Digit 2: 0").check()
    why = page.get_by_role("button", name="Why?")
    why.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Why 0, and not")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(why).to_be_focused()
    page.get_by_role("radio", name="Digit 1: 2").check()
    why.click()
    expect(page.get_by_role("dialog", name="Why 2, and not")).to_be_visible()


def test_each_step_is_larger_after_a_click(page):
    draw(page, "7")
    expect_label(page, "7")
    page.locator("#how summary").click()
    for name, part in (("Ink, bright", "canvas"), ("Votes of the trees", ".chart")):
        step = page.get_by_role("button", name=name)
        width = step.bounding_box()["width"]
        step.click()
        large = page.get_by_role("dialog", name=name)
        assert large.locator(part).bounding_box()["width"] > 3 * width
        page.keyboard.press("Escape")
        expect(large).to_have_count(0)
        expect(step).to_be_focused()


def test_axe_finds_nothing_beside_a_photo_or_an_error(page):
    page.set_input_files("#photo", PHOTO)
    expect_label(page, "7")
    page.locator("#how summary").click()
    assert Axe().run(page).response["violations"] == []
    page.set_input_files("#photo", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(page.locator("#answer")).to_have_attribute("data-state", "error")
    assert Axe().run(page).response["violations"] == []


def test_at_400_percent_nothing_is_wider_than_the_window(chromium, url):
    with visit(chromium, url, (320, 256)) as page:
        draw(page, "5")
        expect_label(page, "5")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_in_forced_colors_the_bars_can_be_seen(chromium, url):
    with visit(chromium, url, forced_colors="active") as page:
        draw(page, "5")
        expect_label(page, "5")
        bar = page.locator("#answer .likeliest .bar i")
        background = "one => getComputedStyle(one).backgroundColor"
        assert bar.evaluate(background) != page.locator("body").evaluate(background)


def test_all_targets_are_large_enough_for_a_finger(chromium, url):
    with visit(chromium, url, (360, 640), has_touch=True, is_mobile=True) as page:
        for button in page.locator("button:visible, .button:visible, summary").all():
            box = button.bounding_box()
            assert min(box["width"], box["height"]) >= 44, button.inner_text()


def wait_until_stored(page):
    """Wait until a service worker answers for the page and all its files are in its cache."""
    # Not wait_for_function: it takes the first value of an async function, whatever it is.
    for _ in range(200):
        if page.evaluate(
            """async () => {
                const {files} = await (await fetch("files.json")).json();
                const names = ["./", ...files];
                const stored = await Promise.all(names.map((name) => caches.match(name)));
                return navigator.serviceWorker.controller !== null && stored.every(Boolean);
            }"""
        ):
            return
        page.wait_for_timeout(100)
    pytest.fail("not stored in 20 s")


def test_the_page_works_without_a_network_after_the_first_visit(chromium, url):
    with visit(chromium, url) as page:
        wait_until_stored(page)
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
        draw(page, "2")
        expect_label(page, "2")
        page.set_input_files("#photo", PHOTO)
        expect_label(page, "7")


def test_only_the_files_of_the_page_are_stored(chromium, url):
    """Links may spell a path in many ways."""
    with visit(chromium, url) as page:
        wait_until_stored(page)
        found = page.evaluate(
            """async () => {
                const count = async () => (await (await caches.open("siffra")).keys()).length;
                const before = await count();
                for (const name of ["index%2ehtml", "%69ndex.html", "index.html?y=1"])
                    await (await fetch(name)).text();
                await new Promise((resolve) => setTimeout(resolve, 500));
                return [before, await count()];
            }"""
        )
        assert found[0] == found[1]


def test_the_page_works_when_downloads_break_off(chromium, url, broken_downloads):
    with visit(chromium, url) as page:
        wait_until_stored(page)
        broken_downloads()
        for _ in range(2):
            page.reload()
            draw(page, "2")
            expect_label(page, "2")


def test_a_finger_draws(chromium, url):
    with visit(chromium, url, has_touch=True, is_mobile=True) as page:
        session = page.context.new_cdp_session(page)
        box = page.locator("#pad canvas").bounding_box()

        def touch(kind, *place):
            points = [
                {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y}
                for x, y in place
            ]
            session.send(
                "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points}
            )

        for digit in ("0", "4"):
            for stroke in DIGITS[digit]:
                places = [(0.25 + x / 2, 0.2 + 0.6 * y) for x, y in stroke]
                touch("Start", places[0])
                for place in places[1:]:
                    touch("Move", place)
                touch("End")
            expect_label(page, digit)
            assert page.evaluate("scrollY") == 0
            page.get_by_role("button", name="Clear").click()
            expect(page.locator("#answer")).to_have_attribute("data-state", "empty")


def test_the_check_reads_the_examples_as_python_does(chromium, url):
    with visit(chromium, f"{url}?check") as page:
        expect(page.locator("#check")).to_have_text(
            re.compile(r"^Check: all 9 examples are read as in Python, in [\d.]+ ms each")
        )
        page.get_by_role("button", name="Svenska").click()
        expect(page.locator("#check")).to_contain_text("alla 9 exempel läses som i Python")


def test_the_check_names_what_is_read_differently(chromium, url):
    with visit(chromium, url, service_workers="block") as page:
        page.route("**/check/expected.json", change_expected)
        page.goto(f"{url}?check")
        expect(page.locator("#check")).to_have_text(
            "Check: 7 of 9 examples are read as in Python. Different: 2.png, 7-crossed.png."
        )


def test_a_check_without_its_examples_says_so_and_the_page_reads_on(chromium, url):
    with visit(chromium, url, service_workers="block") as page:
        page.route("**/check/expected.json", lambda route: route.fulfill(body="no JSON"))
        page.goto(f"{url}?check")
        expect(page.locator("#check")).to_contain_text("the examples cannot be loaded")
        draw(page, "6")
        expect_label(page, "6")


def change_expected(route):
    expected = route.fetch().json()
    expected["2.png"]["label"] = 3
    expected["7-crossed.png"]["probabilities"][7] -= 0.05
    route.fulfill(json=expected)
