"""Arrays as pictures inside the page: no file, no further request."""

import base64
from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.image import ImageArray
from pipeline.normalization import Trace

from .texts import word


def picture(image: ImageArray, key: str) -> str:
    """Return a figure with an image in it."""
    content = base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()
    return (
        f'<figure><img alt="" src="data:image/png;base64,{content}">'
        f"<figcaption>{word(key)}</figcaption></figure>"
    )


def seen(trace: Trace) -> str:
    """Show what the model sees."""
    return picture(trace.digit, "seen")


def steps(trace: Trace) -> str:
    """Show what each named step of the preprocessing made."""
    images = {
        "step_gray": trace.gray,
        "step_ink": trace.ink,
        "step_shape": trace.shape * np.uint8(255),
        "step_strokes": trace.strokes.astype(np.uint8),
        "step_digit": trace.digit,
    }
    figures = "".join(picture(image, key) for key, image in images.items())
    return f'<div class="strip">{figures}</div>'


def confusion_table(matrix: Sequence[Sequence[int]]) -> str:
    """Return a table of how often each digit (row) was read as each (column)."""
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(len(matrix)))
    rows = "".join(_row(digit, counts) for digit, counts in enumerate(matrix))
    return (
        f'<table class="matrix"><caption>{word("matrix")}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(digit: int, counts: Sequence[int]) -> str:
    cells = "".join(_cell(count, digit == column) for column, count in enumerate(counts))
    return f'<tr><th scope="row">{digit}</th>{cells}</tr>'


def _cell(count: int, is_right: bool) -> str:
    kind = "right" if is_right else "wrong" if count else "none"
    return f'<td class="{kind}">{int(count)}</td>'
