"""Both pages in Firefox and WebKitGTK, where they are installed."""

import pytest
from apps import ROOT
from browser import find_firefox, find_webkit
from sketching import DIGITS
from webdriver import start_firefox, start_webkit

PHOTO = ROOT / "docs" / "images" / "seven.png"
LABEL = 'return document.querySelector("#answer")?.dataset.label === arguments[0]'
STATE = 'return document.querySelector("#answer")?.dataset.state === arguments[0]'


@pytest.fixture(scope="module", params=[start_firefox, start_webkit])
def browser(request):
    path = (find_firefox if request.param is start_firefox else find_webkit)()
    if path is None:
        pytest.skip("This browser is not installed, so the pages were not tried in it.")
    with request.param(path) as one:
        yield one


@pytest.fixture(params=["static", "gradio"])
def page(request, browser):
    browser.open(request.getfixturevalue("url" if request.param == "static" else "app_url"))
    browser.wait(STATE, "empty")
    browser.wait('return document.querySelector("#pad canvas[role=application]") !== null')
    return browser


def write(page, text, distance=0.4):
    """Draw digits side by side."""
    for k, digit in enumerate(text):
        for stroke in DIGITS[digit]:
            page.draw([(0.1 + distance * k + 0.3 * x, 0.2 + 0.6 * y) for x, y in stroke])


def test_a_digit_a_number_a_photo_and_a_correction(page):
    write(page, "7")
    page.wait(LABEL, "7")
    page.click("#answer [data-digit='2']")
    page.wait(LABEL, "2")
    page.click("#answer .learned button")  # Forget
    page.wait(LABEL, "7")
    page.click("#pad [data-tool=clear]")
    page.wait(STATE, "empty")
    write(page, "24")
    page.wait(LABEL, "24")
    page.choose_file("#photo input", PHOTO)
    page.wait(LABEL, "7")
