"""Draw digits in the running app and save the page as the README shows it: make screenshots."""

import io
import re
from pathlib import Path

import browser
import numpy as np
from apps import ROOT, serve
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from sketching import (
    FLAGS,
    SECONDS,
    STEMLESS_FOURS,
    draw,
    draw_number,
    draw_stroke,
    expect_digit,
    expect_state,
    ready,
)

DESK = {"viewport": {"width": 1280, "height": 980}}
PREVIEW = {"viewport": {"width": 1200, "height": 630}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "color_scheme": "dark",
    "locale": "sv-SE",
}
DESK_FILM = {"viewport": {"width": 960, "height": 600}}
PHONE_FILM = {
    "viewport": {"width": 390, "height": 760},
    "has_touch": True,
    "is_mobile": True,
    "locale": "en",
}
FRAME, LOOK = 125, 1500  # ms
# A dot where the pen or the finger is, for the viewers of a film.
DOT = """addEventListener("DOMContentLoaded", () => {
  const dot = document.createElement("div");
  dot.style = "position:fixed;z-index:9999;width:26px;height:26px;margin:-13px;border-radius:50%;" +
    "background:#f80a;pointer-events:none;display:none";
  document.body.append(dot);
  for (const name of ["pointerdown", "pointermove", "pointerup"])
    addEventListener(name, ({ clientX, clientY, buttons }) => {
      Object.assign(dot.style, {
        display: buttons ? "block" : "none", left: `${clientX}px`, top: `${clientY}px`,
      });
    }, true);
});"""


class Film:
    """A moving picture of a page, `width` pixels wide."""

    def __init__(self, page: Page, width: int) -> None:
        self.page = page
        self._width = width
        self._frames: list[Image.Image] = []
        self._durations: list[int] = []  # ms

    def take(self, duration: int = FRAME) -> None:
        with Image.open(io.BytesIO(self.page.screenshot())) as frame:
            height = round(frame.height * self._width / frame.width)
            self._frames.append(frame.convert("RGB").resize((self._width, height)))
        self._durations.append(duration)

    def look(self) -> None:
        """Show the page when it has settled."""
        self.page.wait_for_timeout(SECONDS)
        self.take(LOOK)

    def tap(self, place: Locator) -> None:
        """Press a button, and show the finger on it."""
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.take(4 * FRAME)
        self.page.mouse.up()

    def clear(self) -> None:
        self.page.get_by_role("button", name="Clear").click()
        expect_state(self.page, "empty")
        self.take(2 * FRAME)

    def save(self, file: Path) -> None:
        first, *others = self._frames
        options = {"save_all": True, "loop": 0, "quality": 60, "method": 4}
        first.save(file, append_images=others, duration=self._durations, **options)


def shoot(chromium: Browser, url: str, digit: str, file: Path, **options) -> None:
    page = chromium.new_context(**options).new_page()
    page.goto(url)
    ready(page)
    draw(page, digit, height=0.8)
    expect_digit(page, digit)
    page.locator("#how summary").click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(SECONDS)
    page.screenshot(path=file)


def open_page(chromium: Browser, url: str, **options) -> Page:
    page = chromium.new_context(**options).new_page()
    page.add_init_script(DOT)
    page.goto(url)
    ready(page)
    return page


def film_drawing(chromium: Browser, url: str, file: Path) -> None:
    """Film digits that are drawn one after the other, and a number."""
    film = Film(open_page(chromium, url, **DESK_FILM), 640)
    for digit in "38":
        draw(film.page, digit, height=0.8, moved=film.take)
        expect_digit(film.page, digit)
        film.look()
        film.clear()
    draw_number(film.page, "358", 0.3, width=0.25, moved=film.take)
    expect(film.page.locator("#answer .digit")).to_have_text("358")
    film.look()
    film.save(file)


def slowly(points):
    """Return points with five more on each line between two."""
    ends = np.arange(0, 6 * len(points), 6)
    return np.transpose(
        [np.interp(np.arange(ends[-1] + 1), ends, one) for one in np.transpose(points)]
    )


def film_learning(chromium: Browser, url: str, file: Path) -> None:
    """Film stemless fours that are corrected until they are read, also after a reload."""
    film = Film(open_page(chromium, url, **PHONE_FILM), 300)
    answer = film.page.locator("#answer")
    for k, four in enumerate([*STEMLESS_FOURS, STEMLESS_FOURS[-1]]):
        if k == len(STEMLESS_FOURS):
            film.page.reload()
            ready(film.page)
        draw_stroke(film.page, slowly(four), moved=film.take)
        expect(answer).to_have_attribute("data-state", re.compile("answer|unsure"))
        film.look()
        if answer.get_attribute("data-label") != "4":
            film.tap(answer.locator("[data-digit='4']"))
            expect_digit(film.page, "4")
            film.look()
        if k < len(STEMLESS_FOURS):
            film.clear()
    film.tap(film.page.get_by_role("button", name="Forget"))
    expect(answer).not_to_have_attribute("data-label", "4")
    film.look()
    film.save(file)


def film_phone(chromium: Browser, url: str, file: Path) -> None:
    """Film a digit and how it was read, a number, and a photo of a page."""
    film = Film(open_page(chromium, url, **PHONE_FILM), 300)
    answer = film.page.locator("#answer")
    draw(film.page, "7", height=0.8, moved=film.take)
    expect_digit(film.page, "7")
    film.look()
    film.tap(film.page.locator("#how summary"))
    film.page.locator("#how").evaluate("(element) => element.scrollIntoView()")
    film.look()
    film.page.evaluate("scrollTo(0, 0)")
    film.clear()
    draw_number(film.page, "24", 0.3, width=0.2, moved=film.take)
    expect_digit(film.page, "24")
    film.look()
    film.clear()
    film.tap(answer.locator("[data-try='page']"))
    expect(answer).to_have_attribute("data-kind", "number")
    film.look()
    film.save(file)


def main(folder: Path) -> None:
    with serve() as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        shoot(chromium, url, "4", folder / "app.png", **DESK)
        shoot(chromium, url, "9", folder / "phone.png", **PHONE)
        shoot(chromium, url, "2", ROOT / "web" / "preview.png", **PREVIEW)
        film_drawing(chromium, url, folder / "drawing.webp")
        film_learning(chromium, url, folder / "learning.webp")
        film_phone(chromium, url, folder / "phone.webp")


if __name__ == "__main__":
    main(ROOT / "docs" / "images")
