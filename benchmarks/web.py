"""The static page in Chromium: the first load, the start, and readings while the pen moves."""

import gzip
import sys
import tempfile
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from siffra import DigitReader
from siffra.export import BINARY_FILE, CHECK, export_page

from .measuring import Table

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]
import browser
from apps import serve_folder
from sketching import DIGITS, FLAGS, SECONDS, draw, wait_for_pad

SLOWDOWNS = (1, 4, 6)  # of the processor, by Chromium
ROUNDS = 3  # of all ten digits
LOADS = 5
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".webmanifest"}
VIEWPORT = {"width": 390, "height": 844}
# Each reading, and each task of the page that blocks it for more than 50 ms.
TIMER = """async () => {
    const {DigitReader} = await import("/siffra.js");
    const read = DigitReader.prototype.read;
    window.readings = [];
    DigitReader.prototype.read = function (image) {
        const start = performance.now();
        const prediction = read.call(this, image);
        readings.push(performance.now() - start);
        return prediction;
    };
    window.blocked = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) blocked.push(entry.duration);
    }).observe({entryTypes: ["longtask"]});
}"""


# The milliseconds until each thing can be seen.
CLOCK = """addEventListener("DOMContentLoaded", () => {
    const find = (selector) => document.querySelector(selector);
    const events = {
        "the pad": () => find("#pad canvas[role=application]"),
        "the first answer, a 7": () => find("#answer").dataset.label === "7",
        "numbers, too": () => find("#model").textContent,
    };
    window.times = {};
    new MutationObserver(() => {
        for (const [name, isThere] of Object.entries(events))
            if (isThere()) times[name] ??= performance.now();
    }).observe(document.body, {attributes: true, childList: true, subtree: true});
    new PerformanceObserver((list) => {
        times["the first paint"] ??= list.getEntries()[0].startTime;
    }).observe({type: "paint", buffered: true});
})"""


class _Handler(SimpleHTTPRequestHandler):
    """Answers as hosts of pages do: it compresses texts, and keeps connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return self.send_error(404)
        content, is_text = path.read_bytes(), path.suffix in COMPRESSED
        content = gzip.compress(content) if is_text else content
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(content)))
        if is_text:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)
        return None

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def load_slowly(chromium: Browser, url: str) -> dict[str, float]:
    """Visit the page for the first time on a slow 4G; return when each thing is there."""
    context = chromium.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    page.add_init_script(CLOCK)
    page.goto(url, wait_until="commit")
    wait_for_pad(page)
    draw(page, "7")
    expect(page.locator("#answer")).to_have_attribute("data-label", "7", timeout=60 * SECONDS)
    expect(page.locator("#model")).not_to_be_empty(timeout=60 * SECONDS)
    times: dict[str, float] = page.evaluate("times")
    context.close()
    return times


def open_page(chromium: Browser, url: str, slowdown: int) -> Page:
    """Open the page in a context of its own, without what another visit has stored."""
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            const answer = document.querySelector("#answer");
            new MutationObserver(() => {
                if (answer.dataset.state === "empty") window.readyAt ??= performance.now();
            }).observe(answer, {attributes: true});
        })"""
    )
    page.goto(url)
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty", timeout=60 * SECONDS)
    return page


def measure(chromium: Browser, url: str, slowdown: int) -> list[str]:
    """Draw all digits; return a row of the table."""
    page = open_page(chromium, url, slowdown)
    start = page.evaluate("window.readyAt")
    page.evaluate(TIMER)
    n_correct = 0
    for digit in list(DIGITS) * ROUNDS:
        draw(page, digit)
        page.wait_for_timeout(200)
        n_correct += page.get_attribute("#answer", "data-label") == digit
        page.get_by_role("button", name="Clear").click()
    readings, blocked = page.evaluate("[readings, blocked]")
    page.context.close()
    median, p95 = np.percentile(readings, [50, 95])
    return [
        f"{slowdown}",
        f"{start:.0f} ms",
        f"{len(readings)}",
        f"{median:.1f} ms",
        f"{p95:.1f} ms",
        f"{max(blocked, default=0):.0f} ms",
        f"{n_correct} of {len(DIGITS) * ROUNDS}",
    ]


def tables() -> list[Table]:
    """Measure at each speed of the processor."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        export_page(folder, DigitReader.from_pretrained(ROOT / "model"))
        files = [path for path in folder.rglob("*.*") if path.parent.name != CHECK]
        texts = [path.read_bytes() for path in files if path.suffix in COMPRESSED]
        code = sum(len(gzip.compress(text)) for text in texts)
        model = (folder / BINARY_FILE).stat().st_size
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        with serve_folder(folder, _Handler) as url:
            loads = [load_slowly(chromium, url) for _ in range(LOADS)]
            rows = [measure(chromium, url, slowdown) for slowdown in SLOWDOWNS]
        chromium.close()
    things = sorted(loads[0], key=lambda thing: loads[0][thing])
    return [
        Table(
            "The first load on a slow 4G",
            f"{code / 1000:.0f} kB of code and {model / 1e6:.2f} MB of model, compressed, at "
            f"1.6 Mb/s and 150 ms, over HTTP/1.1. Median of {LOADS} visits; a 7 is drawn as soon "
            "as there is a pad. Target: an answer within 6 s.",
            ("there is", "after"),
            [
                (thing, f"{np.median([one[thing] for one in loads]) / 1000:.1f} s")
                for thing in things
            ],
        ),
        Table(
            "The page without a server",
            f"Ten digits drawn {ROUNDS} times in Chromium; each pen movement is read. The start "
            "is from the navigation until the model is loaded, from a server on this machine. "
            "Target: a start of 500 ms, and readings of 5 ms (median) and 10 ms (95 %). A "
            "longest task of 0 ms means that none took more than 50 ms.",
            (
                "processor slowed down",
                "start",
                "readings",
                "median",
                "95 %",
                "longest task",
                "read correctly",
            ),
            rows,
        ),
    ]
