"""Whole numbers on the static page: drawn with the mouse, and on photos."""

import io

import numpy as np
import pytest
from pen import DRAWN_WITH_A_FINGER, on_pad
from PIL import Image
from playwright.sync_api import expect
from polylines import draw as draw_on_paper
from polylines import write
from sketching import DIGITS, draw_stroke, touch
from visiting import expect_label, visit

HALF_PEN = 17 / 800  # of the pad


@pytest.fixture
def page(chromium, url):
    with visit(chromium, url) as page:
        yield page


def place(text):
    """Return the strokes of digits side by side, in the box that `draw_stroke` draws in."""
    return [
        [
            [((k + 0.5 + 0.75 * (x - 0.5)) / len(text), 0.3 + 0.45 * y) for x, y in stroke]
            for stroke in DIGITS[digit]
        ]
        for k, digit in enumerate(text)
    ]


def draw_number(page, text):
    for strokes in place(text):
        for stroke in strokes:
            draw_stroke(page, stroke, height=1)


def expect_number(page, text):
    expect(page.locator("#answer")).to_have_attribute("data-label", text)
    expect(page.locator("#answer .digit")).to_have_text(text)
    expect(page.locator(".boxes text")).to_have_text(list(text))


def boxes_on(page, part):
    """Return left, top, right and bottom of each box, relative to a part and its width."""
    outer = page.locator(part).bounding_box()
    return [
        [
            (box["x"] - outer["x"]) / outer["width"],
            (box["y"] - outer["y"]) / outer["width"],
            (box["x"] + box["width"] - outer["x"]) / outer["width"],
            (box["y"] + box["height"] - outer["y"]) / outer["width"],
        ]
        for box in (rect.bounding_box() for rect in page.locator(".boxes rect").all())
    ]


@pytest.mark.parametrize("text", ["10", "203"])
def test_a_drawn_number_is_read_and_each_digit_has_a_box(page, text):
    draw_number(page, text)
    expect_number(page, text)
    expect(page.locator("#answer .message")).to_contain_text("Number; confidence ")
    expect(page.locator("#answer [role=status]")).to_have_text(f"That's {text}.")
    expect(page.locator("#answer .chips label")).to_have_text(list(text))
    for box, strokes in zip(boxes_on(page, "#pad canvas"), place(text), strict=True):
        ink = np.concatenate([np.array(stroke) for stroke in strokes]) * 0.85 + 0.075
        expected = [*(ink.min(axis=0) - HALF_PEN), *(ink.max(axis=0) + HALF_PEN)]
        np.testing.assert_allclose(box, expected, atol=0.015)


def test_each_digit_and_sign_is_labelled_while_it_is_drawn(page):
    draw_stroke(page, [(0.0, 0.5), (0.14, 0.5)], height=1)
    for label, center in (("2", 0.4), ("0", 0.8)):
        for stroke in DIGITS[label]:
            points = [(center + 0.3 * (x - 0.5), 0.3 + 0.45 * y) for x, y in stroke]
            draw_stroke(page, points, height=1)
        if label == "2":
            expect(page.locator(".boxes text")).to_have_text(["2", "-"])
    expect(page.locator("#answer .digit")).to_have_text("-20")
    expect(page.locator(".boxes text")).to_have_text(["2", "0", "-"])
    expected = np.array([0.075 - HALF_PEN, 0.5 - HALF_PEN, 0.194 + HALF_PEN, 0.5 + HALF_PEN])
    np.testing.assert_allclose(boxes_on(page, "#pad canvas")[2], expected, atol=0.015)


@pytest.mark.parametrize(("text", "strokes"), DRAWN_WITH_A_FINGER.items())
def test_a_number_whose_strokes_alone_tell_its_digits(chromium, url, text, strokes):
    with visit(chromium, url, has_touch=True, is_mobile=True) as page:
        for stroke in on_pad(strokes):
            touch(page, stroke, height=1)
        expect_number(page, text)
        expect(page.locator("#answer")).to_have_attribute("data-state", "answer")


def test_a_number_goes_with_its_drawing(page):
    draw_number(page, "20")
    expect_number(page, "20")
    page.get_by_role("button", name="Undo").click()
    expect_label(page, "2")
    expect(page.locator(".boxes")).to_have_count(0)
    page.get_by_role("button", name="Redo").click()
    expect_number(page, "20")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    expect(page.locator(".boxes")).to_have_count(0)


@pytest.mark.parametrize("text", ["27", "27\n40\n58"], ids=["wide", "tall"])
def test_a_photo_of_a_number_has_boxes_in_its_place(page, text):
    """The photo is in the middle of the pad, its longest side as long as the pad's."""
    lines = text.split("\n")
    image = np.zeros((200 * len(lines), 400), np.uint8)
    side = max(image.shape)
    expected = []
    for y, line in enumerate(lines):
        for x, label in enumerate(line):
            digit = draw_on_paper(write(label), (200, 200), 130, 12)
            image[200 * y : 200 * (y + 1), 200 * x : 200 * (x + 1)] = digit
            ink = np.argwhere(digit > 127)[:, ::-1] + (200 * x, 200 * y)
            ink = ink + (side - np.array(image.shape[::-1])) / 2
            expected.append([*ink.min(axis=0) / side, *(ink.max(axis=0) + 1) / side])
    content = io.BytesIO()
    Image.fromarray(255 - image).save(content, "PNG")
    page.set_input_files(
        "#photo",
        {"name": "number.png", "mimeType": "image/png", "buffer": content.getvalue()},
    )
    expect_label(page, text)
    np.testing.assert_allclose(boxes_on(page, "#pad canvas"), expected, atol=0.015)
