"""Visits of the static page."""

from contextlib import contextmanager

from apps import QuietHandler
from playwright.sync_api import expect

SIZES = [(390, 844), (844, 390), (768, 1024), (1280, 800)]


class PageHandler(QuietHandler):
    broken = False  # send 100 bytes of each file only

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def copyfile(self, source, outputfile):
        if self.broken:
            outputfile.write(source.read(100))
        else:
            super().copyfile(source, outputfile)


@contextmanager
def visit(chromium, url, size=(390, 844), locale="en", logs_errors=False, **options):
    """Open the page; fail if it logs an error or asks another server for anything."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=locale, **options
    )
    with open_page(context, url, logs_errors) as page:
        yield page
    context.close()


@contextmanager
def open_page(context, url, logs_errors=False):
    """Open the page in a visitor's browser; fail as `visit` does."""
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    if not logs_errors:
        page.on("console", lambda line: line.type == "error" and problems.append(line.text))
    server = url.split("?")[0]
    page.on(
        "request", lambda request: is_local(request.url, server) or problems.append(request.url)
    )
    page.goto(url)
    expect(page.locator("#answer")).to_have_attribute("data-state", "empty")
    yield page
    assert problems == []
    page.close()


def is_local(request, url):
    return request.startswith((url, "blob:", "data:"))


def expect_label(page, label):
    expect(page.locator("#answer")).to_have_attribute("data-label", label)
