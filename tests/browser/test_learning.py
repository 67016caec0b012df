"""The app learns from what a visitor corrects: its server too, which keeps nothing of it."""

import json
import re

import pytest
from apps import ROOT, serve
from playwright.sync_api import expect
from sketching import (
    STEMLESS_FOURS,
    bar,
    clear,
    draw,
    draw_number,
    draw_stroke,
    expect_digit,
    expect_learned,
    ready,
)

from siffra import load_model
from siffra.corrections import read_corrections

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SEVEN = ROOT / "docs" / "images" / "seven.png"


@pytest.fixture
def visit(chromium):
    """A function that opens the app in a browser of its own."""
    contexts = []

    def visit(url, **options):
        contexts.append(chromium.new_context(locale="en", **options))
        page = contexts[-1].new_page()
        with page.expect_response("**/web/model.bin", timeout=60_000):
            page.goto(url)
        ready(page)
        return page

    yield visit
    for context in contexts:
        context.close()


def draw_four(page, k):
    """Draw one of the stemless fours on a clear pad; wait for the server's answer."""
    clear(page)
    draw_stroke(page, STEMLESS_FOURS[k])
    expect(page.locator("#answer")).to_have_attribute("data-state", re.compile("answer|unsure"))
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")


def expect_from_server(page, label):
    expect_digit(page, label)
    expect(page.locator("#answer")).to_have_attribute("data-source", "server")


def test_the_answer_changes_before_the_server_answers(visit, app_url):
    page = visit(app_url)
    draw_four(page, 0)
    shown = bar(page, 4).evaluate(
        "(button) => { button.click(); return {...document.querySelector('#answer').dataset}; }"
    )
    assert (shown["label"], shown["source"]) == ("4", "browser")
    expect_from_server(page, "4")


def test_it_learns_before_the_reader_is_loaded(chromium, app_url):
    """In a browser that never gets the reader, the server reads with the visitor's examples."""
    context = chromium.new_context(locale="en")
    page = context.new_page()
    page.route("**/web/model.bin", lambda route: route.abort())
    page.goto(app_url)
    ready(page)
    draw(page, "7")
    expect_from_server(page, "7")
    bar(page, 1).click()
    expect(bar(page, 1)).to_have_attribute("aria-pressed", "true")
    expect_from_server(page, "1")
    expect_learned(page, "Learned from 1 of your drawings.")
    page.reload()  # the drawing stays
    expect_learned(page, "Learned from 1 of your drawings.")
    expect_from_server(page, "1")
    page.unroute("**/web/model.bin")
    page.reload()
    expect_from_server(page, "1")
    context.close()


def test_the_examples_travel_with_what_is_read(visit, app_url):
    page = visit(app_url)
    draw_four(page, 0)
    sent = []
    page.on(
        "request", lambda request: "queue/join" in request.url and sent.append(request.post_data)
    )
    bar(page, 4).click()
    expect_from_server(page, "4")
    clear(page)
    draw(page, "7")
    expect_from_server(page, "7")
    stored = json.loads(page.evaluate("localStorage.getItem('siffra.examples')"))
    assert len(stored) == 1
    readings = [json.loads(one)["data"] for one in sent if "data:image" in one]
    assert len(readings) == 2
    for data in readings:
        assert data[-1] == stored


# Where the operator collects corrections


@pytest.fixture(scope="module")
def collecting(tmp_path_factory):
    """The app as an operator runs it who wants corrections, and where they go."""
    folder = tmp_path_factory.mktemp("corrections")
    with serve(SIFFRA_CORRECTIONS=str(folder)) as url:
        yield url, folder


@pytest.fixture
def asked(visit, collecting):
    """A page that asks for consent, and the folder, which is empty."""
    url, folder = collecting
    for file in folder.iterdir():
        file.unlink()
    page = visit(url)
    draw(page, "7")
    expect_from_server(page, "7")
    bar(page, 1).click()
    expect_from_server(page, "1")
    expect_learned(page, "Also send pictures you correct, to be stored for training?")
    assert not any(folder.iterdir())
    return page, folder


def test_with_consent_each_correction_is_stored(asked):
    page, folder = asked
    page.get_by_role("button", name="Send").click()
    expect_learned(page, "Sent, thank you. Learned from 1 of your drawings.")
    (correction,) = read_corrections(folder)
    assert correction.label == 1
    assert load_model(ROOT / "model").predict([correction.image]).tolist() == [7]
    # The last of several counts, however quickly they are made.
    for digit in (2, 3, 1):
        bar(page, digit).click()
    expect_from_server(page, "1")
    expect_learned(page, "Sent, thank you. Learned from 1 of your drawings.")
    page.wait_for_timeout(1000)
    (correction,) = read_corrections(folder)
    assert correction.label == 1
    draw_four(page, 0)
    bar(page, 4).click()
    expect_learned(page, "Sent, thank you. Learned from 2 of your drawings.")
    assert sorted(one.label for one in read_corrections(folder)) == [1, 4]
    clear(page)
    expect_learned(page, "Learned from 2 of your drawings.")
    # Of a number, there is no picture of the digit alone.
    draw_number(page, "42", 0.5)
    expect_from_server(page, "42")
    bar(page, 9).click()
    expect_learned(page, "Learned from 3 of your drawings.")
    page.wait_for_timeout(1000)
    assert len(read_corrections(folder)) == 2


def test_a_visitor_who_declines_is_not_asked_again(asked):
    page, folder = asked
    page.get_by_role("button", name="No").click()
    expect_learned(page, "Learned from 1 of your drawings.")
    page.reload()
    expect(page.locator("#answer")).to_have_attribute("data-state", "answer")
    clear(page)
    draw_four(page, 0)
    bar(page, 4).click()
    expect_learned(page, "Learned from 2 of your drawings.")
    assert not any(folder.iterdir())
    # Forget forgets the answer, too.
    page.get_by_role("button", name="Forget").click()
    expect_learned(page, "Forgot your corrections.")
    bar(page, 4).click()
    expect_learned(page, "Also send pictures you correct, to be stored for training?")


def test_another_picture_takes_the_question_back(asked):
    page, folder = asked
    clear(page)
    expect_learned(page, "Learned from 1 of your drawings.")
    draw_four(page, 0)
    bar(page, 4).click()
    page.get_by_role("button", name="Send").click()
    expect_learned(page, "Sent, thank you. Learned from 2 of your drawings.")
    assert [one.label for one in read_corrections(folder)] == [4]
