"""HTML of the page; its thumbnails are data URLs, which need no file and no request."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import gradio as gr
from PIL import Image

from siffra import adaptation
from siffra.export import CHECK, constants_of
from siffra.model_folder.reports import TestReport
from siffra.paths import EXAMPLES

from .texts import values, word

THUMBNAIL_SIZE = 96
EXAMPLES_URL = f"web/{CHECK}"  # as on the exported page


def answer_view(collects: bool) -> gr.HTML:
    """Build the answer, which answer.js fills; it offers to send corrections if they are stored."""
    limits = escape(json.dumps(constants_of(adaptation)))
    return gr.HTML(
        html_template=f'<div class="answer" data-adaptation="{limits}"'
        f"{' data-collects' if collects else ''}></div>",
        js_on_load=(Path(__file__).parent / "answer.js").read_text(encoding="utf-8"),
        elem_id="answer",
        apply_default_css=False,
    )


def examples_view() -> str:
    """Show one button for each example image."""
    buttons = "".join(
        f'<button type="button" data-url="{EXAMPLES_URL}/{path.name}" data-aria-text="example"'
        f'{values(n=index + 1)}><img alt="" src="{_thumbnail(path)}"></button>'
        for index, path in enumerate(sorted(EXAMPLES.glob("*")))
    )
    return f'<div class="gallery">{buttons}</div>'


def model_view(name: str, created: str, tests: Mapping[str, TestReport]) -> str:
    """Show in one line which model is running and how it did in its tests."""
    accuracies = (
        word(f"accuracy_{key}", share=f"{100 * test.accuracy:.2f} %") for key, test in tests.items()
    )
    return " ".join((word("model", name=name, date=created), *accuracies))


def confusion_view(matrix: Sequence[Sequence[int]]) -> str:
    """Show a table of how often each digit (row) was read as each (column)."""
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(len(matrix)))
    rows = "".join(_row(digit, counts) for digit, counts in enumerate(matrix))
    return (
        f'<table class="matrix"><caption>{word("matrix")}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _thumbnail(path: Path) -> str:
    """Return a small copy of an image file as a data URL, as it lies in the file."""
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE))
        image.convert("RGB").save(buffer, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _row(digit: int, counts: Sequence[int]) -> str:
    cells = "".join(_cell(count, digit == column) for column, count in enumerate(counts))
    return f'<tr><th scope="row">{digit}</th>{cells}</tr>'


def _cell(count: int, is_correct: bool) -> str:
    kind = "correct" if is_correct else "wrong" if count else "none"
    return f'<td class="{kind}">{int(count)}</td>'
