"""From the end of a stroke to the label, in a real browser; and the server's memory meanwhile."""

import re
import sys
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .measuring import Table, collect, compare
from .servers import APP, GRADIO_PAD, NOOP, Server, ask, serve, wait, weigh

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))
import browser
from sketching import DIGITS, FLAGS, SECONDS, draw_stroke, ready

ROUNDS = 30
GRADIO = "the same model behind gr.Sketchpad, 800 x 800"
STROKES, VISIT, CHECKPOINTS = 500, 20, 5
# A phone's: without a graphics card, the processor draws every pixel of the page.
VIEWPORT = {"width": 390, "height": 700}
# gr.Sketchpad needs WebGL.
WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# Between two events of the browser: the driver's time is not included.
TIMER = """() => {
    addEventListener("pointerup", () => {
        window.lifted = performance.now();
        window.read = undefined;
    }, true);
    const answer = document.querySelector("#answer");
    const isShown = () => answer.dataset.state
        ? answer.dataset.state === "answer" && answer.dataset.source === "server"
        : answer.querySelector("[data-testid='label-output-value']");
    new MutationObserver(() => {
        if (isShown()) window.read ??= performance.now();
    }).observe(answer, {attributes: true, childList: true, subtree: true});
}"""


def open_page(chromium: Browser, server: Server, is_ours: bool = True) -> Page:
    """Open an app and start a timer in its page."""
    page = chromium.new_page(viewport=VIEWPORT)
    page.goto(server.url)
    if is_ours:
        ready(page)
    else:
        brush = page.locator("#pad .half-container button").first
        expect(brush).to_have_class(re.compile(r"\bhighlight\b"), timeout=60 * SECONDS)
        page.locator("#pad").scroll_into_view_if_needed()
    page.evaluate(TIMER)
    return page


def time_stroke(page: Page) -> float:
    """Draw one stroke on an empty pad and return the seconds until its label."""
    page.bring_to_front()
    draw_stroke(page, DIGITS["7"][0])
    page.wait_for_function("window.read !== undefined", timeout=30 * SECONDS)
    seconds = page.evaluate("(window.read - window.lifted) / 1000")
    page.get_by_role("button", name="Clear", exact=True).last.click()
    page.wait_for_timeout(SECONDS)
    return float(seconds)


def stroke_to_label(pages: dict[str, Page]) -> Table:
    """Draw on all pages in turn."""
    times = collect({name: partial(time_stroke, page) for name, page in pages.items()}, ROUNDS)
    return Table(
        "Stroke to label",
        f"From lifting the mouse to the server's label in Chromium, {ROUNDS} rounds. Target: at "
        "most 100 ms, and at most 0.15 of what it takes with Gradio's own pad.",
        ("", "median", "ratio"),
        compare(times, GRADIO),
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
    """Measure all in one browser."""
    with (
        serve(APP) as app,
        serve(NOOP) as noop,
        serve(GRADIO_PAD) as peer,
        sync_playwright() as playwright,
    ):
        wait(app)
        wait(noop)
        wait(peer, ask)
        flags = [*FLAGS, *WEBGL]
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=flags)
        pages = {
            GRADIO: open_page(chromium, peer, is_ours=False),
            "the app without a model": open_page(chromium, noop),
            "the app": open_page(chromium, app),
        }
        return [stroke_to_label(pages), memory(pages["the app"], app)]
