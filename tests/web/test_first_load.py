"""The first visit: what the page asks for, and what it can do before all of it has arrived."""

import json
import os
import re
import threading
from pathlib import Path

from apps import ROOT
from playwright.sync_api import expect
from sketching import draw, wait_for_pad
from test_page_numbers import draw_number
from visiting import PageHandler, expect_label, open_page

WEB = ROOT / "web"
MODULE = re.compile(r' from "(\.[^"]+)";')
REST = 200_000  # bytes of model.bin, of the judge of numbers


def find_modules(path: Path, found: set[Path]) -> set[Path]:
    """Return a module and all that it imports, and so on."""
    if path not in found:
        found.add(path)
        for name in MODULE.findall(path.read_text()):
            find_modules((path.parent / name).resolve(), found)
    return found


def test_all_modules_are_asked_for_at_once():
    """Else each level of imports would take another round trip."""
    page = WEB / "page.js"
    modules = {path.relative_to(WEB).as_posix() for path in find_modules(page, set()) - {page}}
    html = (WEB / "index.html").read_text()
    listed = re.findall(r'<link rel="modulepreload" href="([^"]+)" fetchpriority="low">', html)
    assert listed == sorted(modules), "List all modules of page.js in index.html, by name."


def test_the_first_paint_has_the_texts_of_the_page():
    html = (WEB / "index.html").read_text()
    texts = json.loads((WEB / "texts.json").read_text())["en"]
    written = re.findall(r'data-text="(\w+)">([^<]+)<', html)
    assert written == [("promise", texts["promise"])]
    assert f'<meta name="description" content="{texts["promise"]}">' in html


def test_digits_are_read_before_numbers_can_be(chromium, url, monkeypatch):
    """The rest of the model is on its way."""
    arrived = threading.Event()
    copy = PageHandler.copyfile

    def hold(handler, source, outputfile):
        if handler.path.endswith("model.bin"):
            size = os.fstat(source.fileno()).st_size
            outputfile.write(source.read(size - REST))
            arrived.wait(60)
        copy(handler, source, outputfile)

    monkeypatch.setattr(PageHandler, "copyfile", hold)
    context = chromium.new_context(reduced_motion="reduce", service_workers="block")
    with open_page(context, url) as page:
        wait_for_pad(page)
        draw(page, "7")
        expect_label(page, "7")
        expect(page.locator("#model")).to_be_empty()
        page.get_by_role("button", name="Clear").click()
        draw_number(page, "24")
        arrived.set()
        expect_label(page, "24")
        expect(page.locator("#model")).not_to_be_empty()
    context.close()
