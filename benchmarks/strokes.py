"""From the end of a stroke to the label, in a real browser; and the server's memory meanwhile."""

import sys
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from .measuring import Table, collect, compare
from .servers import NOOP, OURS, Server, serve, wait

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import browser
from sketching import DIGITS, FLAGS, SECONDS, answer, draw_stroke, ready

ROUNDS = 30
STROKES, VISIT, CHECKPOINTS = 500, 20, 5
# A phone's: without a graphics card, every pixel of the page is the processor's work.
VIEWPORT = {"width": 390, "height": 700}
# Between the browser's own events: nothing of the driver's time is in it.
STOPWATCH = """() => {
    addEventListener("pointerup", () => { window.lifted = performance.now(); }, true);
    const label = "#answer [data-testid='label-output-value']";
    new MutationObserver(() => {
        if (document.querySelector(label)) window.read ??= performance.now();
    }).observe(document.querySelector("#answer"), {childList: true, subtree: true});
}"""


def open_page(chromium: object, url: str) -> Page:
    """Open an app and put a stopwatch on its page."""
    page = chromium.new_page(viewport=VIEWPORT)
    page.goto(url)
    ready(page)
    page.evaluate(STOPWATCH)
    return page


def one_stroke(page: Page) -> float:
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
    """Draw on both pages, turn by turn."""
    times = collect({name: partial(one_stroke, page) for name, page in pages.items()}, ROUNDS)
    return Table(
        "Stroke to label",
        f"From the end of a stroke to the label in Chromium, {ROUNDS} rounds. Most of it is "
        "Gradio's: a stroke sends three images. The aim: 1.10.",
        ("", "median", "ratio"),
        compare(times, "our page, reading nothing"),
    )


def memory(page: Page, server: Server) -> Table:
    """Draw many strokes and weigh the server now and then."""
    page.bring_to_front()
    process = psutil.Process(server.process.pid)
    rows = []
    for checkpoint in range(CHECKPOINTS + 1):
        rows.append((str(checkpoint * STROKES // CHECKPOINTS), *weigh(process)))
        for stroke in range(STROKES // CHECKPOINTS if checkpoint < CHECKPOINTS else 0):
            if stroke % VISIT == 0:
                page.reload()
                ready(page)
            draw_stroke(page, DIGITS["1"][0] if stroke % 2 else DIGITS["7"][0])
    return Table(
        "Memory while drawing",
        f"{STROKES} strokes, {VISIT} a visit.",
        ("strokes", "memory", "open files"),
        rows,
    )


def weigh(process: psutil.Process) -> tuple[str, str]:
    """Return the resident memory and the open files of a process and its children."""
    family = [process, *process.children(recursive=True)]
    memory = sum(member.memory_info().rss for member in family)
    return f"{memory / 2**20:.0f} MB", str(sum(member.num_fds() for member in family))


def tables() -> list[Table]:
    """Measure both in one browser."""
    with serve(OURS) as ours, serve(NOOP) as noop, sync_playwright() as playwright:
        wait(ours)
        wait(noop)
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        pages = {
            "our page, reading nothing": open_page(chromium, noop.url),
            "our page": open_page(chromium, ours.url),
        }
        return [stroke_to_label(pages), memory(pages["our page"], ours)]
