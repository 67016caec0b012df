"""HTML of the page: images as data URLs, so that they need no file and no request."""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pipeline.persistence import TestReport
from pipeline.preprocessing import ImageArray, PreprocessingSteps

from .texts import word

THUMBNAIL_SIZE = 96


def input_view(steps: PreprocessingSteps) -> str:
    """Show the 28 x 28 pixels that the model reads."""
    return _figure(steps.digit, "seen")


def steps_view(steps: PreprocessingSteps) -> str:
    """Show the result of each step of the preprocessing."""
    images = {
        "step_gray": steps.gray,
        "step_foreground": steps.foreground,
        "step_binary": steps.binary * np.uint8(255),
        "step_strokes": steps.strokes.astype(np.uint8),
        "step_digit": steps.digit,
    }
    figures = "".join(_figure(image, key) for key, image in images.items())
    return f'<div class="strip">{figures}</div>'


def examples_view(paths: Sequence[Path]) -> str:
    """Show one button for each example image."""
    buttons = "".join(
        f'<button type="button" data-index="{index}"><img alt="" src="{_thumbnail(path)}"></button>'
        for index, path in enumerate(paths)
    )
    return f'<div class="gallery">{buttons}</div>'


def model_view(name: str, created: str, tests: Mapping[str, TestReport]) -> str:
    """Show in one line which model is running and how it did in its tests."""
    results = ", ".join(f"{100 * t.accuracy:.2f} % {word(f'of_{key}')}" for key, t in tests.items())
    running = f"{word('running')} <b>{escape(name)}</b>, {escape(created)}."
    return f"{running} {word('it_read')} {results}." if results else running


def confusion_view(matrix: Sequence[Sequence[int]]) -> str:
    """Show a table of how often each digit (row) was read as each (column)."""
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(len(matrix)))
    rows = "".join(_row(digit, counts) for digit, counts in enumerate(matrix))
    return (
        f'<table class="matrix"><caption>{word("matrix")}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _figure(image: ImageArray, key: str) -> str:
    content = base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()
    return (
        f'<figure><img alt="" src="data:image/png;base64,{content}">'
        f"<figcaption>{word(key)}</figcaption></figure>"
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
