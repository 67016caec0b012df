"""HTML of the page: images as data URLs, so that they need no file and no request."""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from siffra.model_folder.reports import TestReport
from siffra.numbers.number import Digit
from siffra.preprocessing import ImageArray, PreprocessingSteps
from siffra.reader import Explanation

from .texts import word

THUMBNAIL_SIZE = 96


def input_view(steps: PreprocessingSteps) -> str:
    """Show the 28 x 28 pixels that the model reads."""
    return _figure(steps.digit, "seen")


def boxes_view(size: tuple[float, float], digits: Sequence[Digit]) -> str:
    """Show a box around each digit of an image of a size, and on it what the digit is."""
    boxes = "".join(map(_box, digits))
    return (
        f'<svg class="boxes" viewBox="0 0 {size[0]:g} {size[1]:g}" aria-hidden="true">{boxes}</svg>'
    )


def _box(digit: Digit) -> str:
    """Draw the box of a digit with its label in the top left corner."""
    left, top, width, height = digit.box
    size = height / 4
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        f'<text x="{left:.1f}" y="{top:.1f}" font-size="{size:.1f}">{digit.label}</text>'
    )


def steps_view(steps: PreprocessingSteps, explanation: Explanation) -> str:
    """Show the result of each step, from the gray image to the votes of the forest."""
    images = {
        "step_gray": steps.gray,
        "step_foreground": steps.foreground,
        "step_binary": steps.binary * np.uint8(255),
        "step_strokes": steps.strokes.astype(np.uint8),
        "step_digit": steps.digit,
        "step_edges": _stretch(explanation.edges),
    }
    figures = "".join(_figure(image, key) for key, image in images.items())
    scores = explanation.scores - explanation.scores.min()  # the lowest bar has no height
    charts = _chart(scores, "step_scores") + _chart(explanation.votes, "step_votes")
    return f'<div class="strip">{figures}{charts}</div>'


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


def _stretch(image: NDArray[np.float32]) -> ImageArray:
    """Return an image, at least 0, as gray pixels up to 255."""
    return (255 * image / max(image.max(), 1e-6)).astype(np.uint8)


def _chart(values: NDArray[Any], key: str) -> str:
    """Show ten numbers, at least 0, as bars above their digits."""
    heights = 80 * values / max(values.max(), 1e-6)  # percent; the digits take the rest
    bars = "".join(
        f'<span><i style="height:{height:.0f}%"></i>{digit}</span>'
        for digit, height in enumerate(heights)
    )
    return (
        f'<figure><div class="chart" aria-hidden="true">{bars}</div>'
        f"<figcaption>{word(key)}</figcaption></figure>"
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
