"""From the end of a stroke to the label, in a real browser; and the server's memory meanwhile."""

import sys
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from .measuring import Table, collect, compare
from .servers import APP, NOOP, Server, serve, wait, weigh

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))
import browser
from sketching import DIGITS, FLAGS, SECONDS, answer, draw_stroke, ready

ROUNDS = 30
WITHOUT = "the app without a model"
STROKES, VISIT, CHECKPOINTS = 500, 20, 5
# A phone's: without a graphics card, the processor draws every pixel of the page.
VIEWPORT = {"width": 390, "height": 700}
# Between two events of the browser: the driver's time is not included.
TIMER = """() => {
    addEventListener("pointerup", () => { window.lifted = performance.now(); }, true);
    const label = "#answer [data-testid='label-output-value']";
    new MutationObserver(() => {
        if (document.querySelector(label)) window.read ??= performance.now();
    }).observe(document.querySelector("#answer"), {childList: true, subtree: true});
}"""


def open_page(chromium: object, url: str) -> Page:
    """Open an app and start a timer in its page."""
    page = chromium.new_page(viewport=VIEWPORT)
    page.goto(url)
    ready(page)
    page.evaluate(TIMER)
    return page


def time_stroke(page: Page) -> float:
    """Draw one stroke on an empty pad and return the seconds until its label."""
    page.bring_to_front()
    page.evaluate("window.read = undefined")
    draw_stroke(page, DIGITS["7"][0])
    expect(answer(page)).to_have_count(1, timeout=30 * SECONDS)
    seconds = page.evaluate("(window.read - window.lifted) / 1000")
    page.locator("#clear").click()
    expect(answer(page)).to_have_count(0)
    ready(page)
    return float(seconds)


def stroke_to_label(pages: dict[str, Page]) -> Table:
    """Draw on both pages in turn."""
    times = collect({name: partial(time_stroke, page) for name, page in pages.items()}, ROUNDS)
    return Table(
        "Stroke to label",
        f"From the end of a stroke to the label in Chromium, {ROUNDS} rounds. Gradio takes most of "
        "it: it uploads several images for each stroke. Target: at most 1.10.",
        ("", "median", "ratio"),
        compare(times, WITHOUT),
    )


def memory(page: Page, server: Server) -> Table:
    """Draw many strokes and measure the server's memory."""
    page.bring_to_front()
    process = psutil.Process(server.process.pid)
    rows = []
    for checkpoint in range(CHECKPOINTS + 1):
        memory_bytes, n_files = weigh(process)
        strokes = checkpoint * STROKES // CHECKPOINTS
        rows.append((str(strokes), f"{memory_bytes / 2**20:.0f} MB", str(n_files)))
        for stroke in range(STROKES // CHECKPOINTS if checkpoint < CHECKPOINTS else 0):
            if stroke % VISIT == 0:
                page.reload()
                ready(page)
            draw_stroke(page, DIGITS["1"][0] if stroke % 2 else DIGITS["7"][0])
    return Table(
        "Memory while drawing",
        f"{STROKES} strokes, {VISIT} in each visit.",
        ("strokes", "memory", "open files"),
        rows,
    )


def tables() -> list[Table]:
    """Measure both in one browser."""
    with serve(APP) as app, serve(NOOP) as noop, sync_playwright() as playwright:
        wait(app)
        wait(noop)
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        pages = {
            WITHOUT: open_page(chromium, noop.url),
            "the app": open_page(chromium, app.url),
        }
        return [stroke_to_label(pages), memory(pages["the app"], app)]
