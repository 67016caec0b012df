"""Digits as strokes, and a mouse that draws them on the app's pad."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from playwright.sync_api import Page, expect

FLAGS = [
    "--no-sandbox",
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
# Of a person who draws no stem; the last two are drawn a little otherwise.
STEMLESS_FOURS = [
    [(0.6, 0.0), (0.2, 0.55), (0.85, 0.55)],
    [(0.62, 0.02), (0.24, 0.56), (0.86, 0.54)],
    [(0.58, 0.0), (0.18, 0.52), (0.84, 0.54)],
]


def ready(page: Page) -> None:
    """Wait until a visitor can draw."""
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty", timeout=30 * SECONDS)
    wait_for_pad(page)


def wait_for_pad(page: Page) -> None:
    """Wait until the pad is there and stands still: the mouse goes where it was last seen."""
    canvas = page.locator("canvas[role=application]")
    expect(canvas).to_be_visible(timeout=30 * SECONDS)
    before = None
    while (box := canvas.bounding_box()) != before:
        before = box
        page.wait_for_timeout(100)


def draw(page: Page, digit: str, height: float = 0.6, moved=None) -> None:
    """Draw a digit in the middle of the canvas, `height` of it high; call `moved` on the way."""
    for stroke in DIGITS[digit]:
        draw_stroke(page, stroke, height, moved)


def draw_number(page: Page, text: str, distance: float, width: float = 0.3, moved=None):
    """Draw digits whose left sides are a share of the canvas apart; return their strokes."""
    strokes = [
        [(width * x + 0.08 + distance * k, 2 * width * y + 0.2) for x, y in stroke]
        for k, digit in enumerate(text)
        for stroke in DIGITS[digit]
    ]
    for stroke in strokes:
        draw_stroke(page, stroke, 1 / 0.85, moved)  # the whole pad
    return strokes


def draw_stroke(page: Page, points, height: float = 0.6, moved=None) -> None:
    box = page.locator("#pad canvas").first.bounding_box()
    side = height * 0.85 * min(box["width"], box["height"])
    left = box["x"] + box["width"] / 2 - side / 2
    top = box["y"] + box["height"] / 2 - side / 2
    places = [(left + x * side, top + y * side) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=2)
        if moved:
            moved()
    page.mouse.up()


def touch(page: Page, points, height: float = 0.6) -> None:
    """Move one finger along the points, as a touch screen reports it."""
    box = page.locator("#pad canvas").first.bounding_box()
    side = height * min(box["width"], box["height"])
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


def expect_digit(page: Page, digit: str) -> None:
    """Wait until the page names this digit."""
    answer = page.locator("#answer")
    expect(answer).to_have_attribute("data-label", digit)
    expect(answer).to_have_attribute("data-state", "answer")
    expect(answer.locator(".digit")).to_have_text(digit)


def expect_state(page: Page, state: str) -> None:
    """Wait until the page is in a state that names no digit."""
    answer = page.locator("#answer")
    expect(answer).to_have_attribute("data-state", state)
    expect(answer).to_have_attribute("data-label", "")


def bar(page: Page, digit: int):
    """Return the button that says how likely a digit is."""
    return page.locator(f"#answer [data-digit='{digit}']")


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click(force=True)
    expect_state(page, "empty")


def expect_learned(page: Page, text: str) -> None:
    """Wait until the page says this of what it has learned."""
    expect(page.locator("#answer .learned span")).to_have_text(text)


def press_until(page: Page, selector: str, limit: int = 40) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}.")


def passes_soon(page: Page, check: Callable[[], None]) -> None:
    """Repeat a check: the answer to a half-drawn digit may be there first."""
    end = time.monotonic() + 10
    while True:
        try:
            return check()
        except (AssertionError, TypeError, ValueError):  # the last two: an element is gone
            if time.monotonic() > end:
                raise
            page.wait_for_timeout(100)
