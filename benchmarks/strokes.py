"""From the end of a stroke to the server's label, in a real browser."""

import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from .measuring import Table, milliseconds
from .servers import APP, serve, wait

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))
import browser
from sketching import DIGITS, FLAGS, SECONDS, draw_stroke, ready

ROUNDS = 30
# A phone's: without a graphics card, the processor draws every pixel of the page.
VIEWPORT = {"width": 390, "height": 700}
# Between two events of the browser: the driver's time is not included.
TIMER = """() => {
    addEventListener("pointerup", () => {
        window.lifted = performance.now();
        window.read = undefined;
    }, true);
    const answer = document.querySelector("#answer");
    new MutationObserver(() => {
        const {state, source} = answer.dataset;
        if (state === "answer" && source === "server") window.read ??= performance.now();
    }).observe(answer, {attributes: true});
}"""


def time_stroke(page: Page) -> float:
    """Draw one stroke on an empty pad and return the seconds until its label."""
    draw_stroke(page, DIGITS["7"][0])
    page.wait_for_function("window.read !== undefined", timeout=30 * SECONDS)
    seconds = page.evaluate("(window.read - window.lifted) / 1000")
    page.get_by_role("button", name="Clear", exact=True).last.click()
    page.wait_for_timeout(SECONDS)
    return float(seconds)


def tables() -> list[Table]:
    """Draw on the page of the app."""
    with serve(APP) as app, sync_playwright() as playwright:
        wait(app)
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        page = chromium.new_page(viewport=VIEWPORT)
        page.goto(app.url)
        ready(page)
        page.evaluate(TIMER)
        times = np.array([time_stroke(page) for _ in range(ROUNDS)])
        chromium.close()
    return [
        Table(
            "Stroke to label",
            f"From lifting the mouse to the server's label in Chromium, {ROUNDS} rounds. Target: "
            "at most 100 ms (median).",
            ("strokes", "median", "95 %"),
            [(f"{ROUNDS}", milliseconds(times), f"{1000 * np.percentile(times, 95):.0f} ms")],
        )
    ]
