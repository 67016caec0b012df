"""The answer of both pages, by itself: what it shows of a reading."""

import re

import numpy as np
import pytest
from apps import ROOT
from playwright.sync_api import expect

PAGE = """<section id="answer"><div class="answer"></div></section><div id="how"></div>
<div style="position: relative"><img id="picture" alt=""
    style="display: block; width: 200px; height: 200px; object-fit: contain; padding: 0"></div>"""
START = """async () => {
    const {Answer, toShown} = await import("/answer.js");
    const find = (selector) => document.querySelector(selector);
    const {Learning} = await import("/learning.js");
    const learning = new Learning();
    const {DigitReader} = await import("/siffra.js");
    const base = await DigitReader.load("/model.bin");
    learning.start(base);
    window.sent = [];
    const send = (digit) => sent.push(digit);
    const answer = new Answer(
        find("#answer"), find("#how"), () => find("#picture"), learning, send);
    Object.assign(window, {answer, toShown, learning, base});
}"""
DIGIT = {"label": 4, "unsure": False, "guess": 4, "probabilities": [0.0125] * 4 + [0.95] + [0] * 5}
TWO = [
    {"label": 2, "box": [10, 20, 30, 60], "probabilities": [0, 0, 0.9, 0.1, *[0] * 6]},
    {"label": 7, "box": [50, 25, 40, 50], "probabilities": [0, 0.4, *[0] * 5, 0.6, 0, 0]},
]
NUMBER = {"label": "27", "unsure": False, "guess": "27", "confidence": 0.973, "digits": TWO}


@pytest.fixture(scope="module")
def tab(chromium, url):
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{url}files.json")
    page.set_content(PAGE)
    page.add_style_tag(path=ROOT / "web" / "parts.css")
    page.evaluate(START)
    yield page
    page.close()


@pytest.fixture
def page(tab):
    tab.evaluate("document.documentElement.lang = 'en'")
    return tab


def show(page, reading, size=(100, 100)):
    page.evaluate("([reading, size]) => answer.show(toShown(reading, size))", [reading, size])


def shown(page):
    """Return state, label, the large text and the sentence."""
    root = page.locator("#answer")
    data = [root.get_attribute(f"data-{name}") for name in ("state", "label")]
    return *data, *(root.locator(part).inner_text() for part in (".digit", ".message"))


def test_a_digit_has_ten_bars(page):
    show(page, DIGIT)
    assert shown(page) == ("answer", "4", "4", "That's 4.")
    shares = page.locator("#answer li small").all_inner_texts()
    assert shares == ["1%"] * 4 + ["95%"] + ["0%"] * 5
    lengths = page.locator("#answer .bar").evaluate_all(
        "bars => bars.map((bar) => bar.firstChild.clientWidth / bar.clientWidth)"
    )
    np.testing.assert_allclose(lengths, DIGIT["probabilities"], atol=0.01)
    likeliest = page.locator(".likeliest")
    assert likeliest.evaluate_all("bars => bars.map((b) => b.dataset.digit)") == ["4"]
    expect(page.locator(".boxes")).to_have_count(0)


@pytest.mark.parametrize("guess", [4, "27\n40 8"])
@pytest.mark.parametrize(
    ("lang", "sentence"), [("en", "Unsure. Perhaps"), ("sv", "Osäker. Kanske")]
)
def test_a_guess_is_large_and_gray(page, guess, lang, sentence):
    page.evaluate("lang => { document.documentElement.lang = lang; }", lang)
    several = {"confidence": 0.4, "digits": TWO} if isinstance(guess, str) else {}
    show(page, DIGIT | {"label": None, "unsure": True, "guess": guess} | several)
    said = f"{guess}".replace("\n", ", ")
    assert shown(page) == ("unsure", "", f"{guess}", f"{sentence} {said}?")
    gray = page.locator("#answer .digit").evaluate("one => getComputedStyle(one).color")
    show(page, DIGIT)
    assert page.locator("#answer .digit").evaluate("one => getComputedStyle(one).color") != gray


def test_a_number_has_a_box_around_each_digit(page):
    """The image is as high as its place and half as wide: it lies in the middle."""
    show(page, NUMBER | {"single": DIGIT}, (100, 200))
    assert shown(page) == ("answer", "27", "27", "Number; confidence 97.3%.")
    expect(page.locator(".boxes text")).to_have_text(["2", "7"])
    picture = page.locator("#picture").bounding_box()
    for rect, digit in zip(page.locator(".boxes rect").all(), TWO, strict=True):
        box = rect.bounding_box()
        found = [box["x"] - picture["x"] - 50, box["y"] - picture["y"], box["width"], box["height"]]
        stroke = [-1, -1, 2, 2]
        np.testing.assert_allclose(found, np.add(digit["box"], stroke), atol=0.5)
    show(page, DIGIT)
    expect(page.locator(".boxes")).to_have_count(0)
    expect(page.locator("#answer .chips label")).to_have_count(0)


def test_a_digit_with_a_sign_is_a_number(page):
    show(page, NUMBER | {"label": "-7", "guess": "-7", "digits": TWO[1:], "single": DIGIT})
    assert shown(page) == ("answer", "-7", "-7", "Number; confidence 97.3%.")
    expect(page.locator(".boxes text")).to_have_text(["7"])
    assert shares(page) == [100 * one for one in TWO[1]["probabilities"]]
    show(page, NUMBER | {"label": None, "unsure": True, "guess": "2?7"})
    assert shown(page)[2:] == ("2?7", "Perhaps 2?7: what is a ? here is no digit and no sign.")


def test_signs_have_boxes_and_ink_that_is_left_out_is_said(page):
    sign = {"text": "-", "box": [1, 40, 6, 4]}
    ruled = {"text": "", "box": [0, 90, 100, 2]}
    number = NUMBER | {"label": "-27", "guess": "-27"}
    show(page, number | {"marks": [sign]})
    expect(page.locator(".boxes text")).to_have_text(["2", "7", "-"])
    assert shown(page)[3] == "Number; confidence 97.3%."
    sure = page.locator(".boxes text").first.evaluate("one => getComputedStyle(one).fill")
    show(page, number | {"marks": [sign, ruled], "unsure": True, "label": None})
    expect(page.locator(".boxes rect")).to_have_count(4)
    expect(page.locator(".boxes .left-out")).to_have_attribute("width", "100.0")
    expect(page.locator(".boxes text")).to_have_count(3)
    assert page.locator(".boxes text").first.evaluate("one => getComputedStyle(one).fill") != sure
    assert shown(page)[3] == "Unsure. Perhaps -27? 1 mark left out."
    show(page, number | {"marks": [ruled, sign, ruled]})
    assert shown(page)[3] == "Number; confidence 97.3%. 2 marks left out."
    expect(page.locator("#answer [role=status]")).to_have_text("That's -27. 2 marks left out.")


def test_a_number_can_be_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(page, NUMBER | {"label": "27\n40", "guess": "27\n40"})
    page.locator("#answer .copy").evaluate("one => { one.textContent = 'Copy'; }")
    page.locator("#answer .copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == "27\n40"
    show(page, DIGIT)
    expect(page.locator("#answer .copy")).to_be_hidden()


def shares(page):
    """The probabilities that the bars show, in percent."""
    return [float(one.strip("%")) for one in page.locator("#answer li small").all_inner_texts()]


def test_beside_a_number_the_bars_are_those_of_one_digit(page):
    """The least sure one, unless the visitor chooses another or points at its box."""
    show(page, NUMBER, (200, 200))
    chips = page.locator(".chips label")
    expect(chips).to_have_text(["2", "7"])
    assert shares(page) == [100 * one for one in TWO[1]["probabilities"]]
    expect(page.locator(".boxes rect.chosen")).to_have_attribute("x", "50.0")
    expect(page.locator(".bars")).to_have_attribute("aria-label", re.compile("Digit 2 "))
    picture = page.locator("#picture").bounding_box()
    page.mouse.move(picture["x"] + 25, picture["y"] + 50)
    assert shares(page) == [100 * one for one in TWO[0]["probabilities"]]
    expect(page.locator(".boxes rect.chosen")).to_have_attribute("x", "10.0")
    page.mouse.move(picture["x"] + 150, picture["y"] + 150)
    assert shares(page) == [100 * one for one in TWO[1]["probabilities"]]
    chips.first.click()
    page.mouse.move(0, 0)
    assert shares(page) == [100 * one for one in TWO[0]["probabilities"]]
    expect(page.get_by_role("radio", name="Digit 1: 2")).to_be_checked()
    expect(page.get_by_role("radio", name="Digit 2: 7")).not_to_be_checked()
    show(page, DIGIT)
    assert shares(page) == [1] * 4 + [95] + [0] * 5


def test_the_boxes_follow_their_picture(page):
    show(page, NUMBER)
    page.evaluate("document.querySelector('#picture').style.width = '100px'")
    expect(page.locator(".boxes")).to_have_css("width", "100px")
    page.evaluate("document.querySelector('#picture').style.width = '200px'")
    expect(page.locator(".boxes")).to_have_css("width", "200px")


def test_the_steps_are_painted_where_they_are_open(page):
    pixels = {"name": "digit", "width": 2, "height": 1, "pixels": [0, 200]}
    binary = {"name": "binary", "width": 2, "height": 1, "pixels": [0, 1]}
    image = {
        "name": "edges",
        "image": page.evaluate("document.createElement('canvas').toDataURL()"),
    }
    chart = {"name": "votes", "values": [0, 5, *[0] * 7, 10]}
    show(page, DIGIT | {"steps": [binary, pixels, image, chart]})
    seen = page.locator("#answer .seen")
    expect(seen).to_have_text("What the model sees")
    assert colors(seen) == [0, 200]
    expect(page.locator("#how figure")).to_have_count(0)
    page.locator("summary").click()
    steps = page.locator("#how figure")
    expect(steps).to_have_count(4)
    assert steps.all_inner_texts()[:3] == ["Ink or paper", "Upright, 28 x 28 pixels", "Edges"]
    assert colors(steps.first) == [0, 255]
    expect(steps.nth(2).locator("img")).to_have_attribute("src", image["image"])
    heights = steps.last.locator("i").evaluate_all("bars => bars.map((bar) => bar.offsetHeight)")
    assert heights[1] == pytest.approx(heights[9] / 2, abs=1)
    assert sum(heights) == heights[1] + heights[9]
    page.evaluate("document.documentElement.lang = 'sv'")
    expect(steps.nth(2)).to_have_text("Konturer")
    page.locator("summary").click()


def colors(figure):
    return figure.locator("canvas").evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(0, 0, 2, 1).data]
            .filter((_, k) => k % 4 === 0)"""
    )


def test_an_answer_changes_with_the_language(page):
    show(page, NUMBER)
    page.evaluate("document.documentElement.lang = 'sv'")
    expect(page.locator("#answer .message")).to_have_text("Tal; säkerhet 97,3 %.")


def test_an_old_answer_looks_old(page):
    show(page, DIGIT)
    page.evaluate("answer.showBusy()")
    assert shown(page)[:3] == ("busy", "4", "4")
    expect(page.locator("#answer .digit")).to_have_css("opacity", "0.35")
    show(page, DIGIT)
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def test_only_the_last_answer_is_spoken(page):
    page.evaluate(
        """window.heard = []; const spoken = document.querySelector("[role=status]");
        new MutationObserver(() => heard.push(spoken.textContent))
            .observe(spoken, {childList: true, subtree: true, characterData: true})"""
    )
    show(page, DIGIT | {"label": 9, "guess": 9})
    show(page, NUMBER)
    expect(page.locator("#answer [role=status]")).to_have_text("That's 27.")
    assert page.evaluate("heard") == ["That's 27."]
