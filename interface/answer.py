"""The answer on the page: the digit, ten bars, what the model sees, and the steps to it."""

from pathlib import Path
from typing import Any, Final

import gradio as gr
from PIL import Image

from pipeline import DigitReader, NumberPrediction, Prediction

from .texts import word
from .views import boxes_view, input_view, steps_view

DIGITS: Final = [str(digit) for digit in range(10)]
# Letters, faces and scribbles can be cut into pieces that look like digits, but seldom surely.
SURE_NUMBER: Final = 0.93

_HERE = Path(__file__).parent
_BAR = '<li data-digit="{0}"><b>{0}</b><span><i></i></span><small></small></li>'
_TEMPLATE = f"""<p class="digit" aria-hidden="true"></p>
<p id="message"></p>
<ol aria-label="0-9">{"".join(map(_BAR.format, DIGITS))}</ol>
<div id="seen"></div>
<p class="spoken" role="status"></p>"""


def build_answer() -> gr.HTML:
    """Build what shows the answer; answer.js keeps one for each picture and shows one."""
    script = (_HERE / "answer.js").read_text(encoding="utf-8")
    return gr.HTML(
        html_template=_TEMPLATE, js_on_load=script, elem_id="answer", apply_default_css=False
    )


def build_steps() -> None:
    """Build where answer.js shows how the answer came about."""
    summary = f"<summary>{word('how')}</summary>"
    gr.HTML(
        f'<details>{summary}<div id="steps" tabindex="0" role="group"></div></details>',
        elem_id="how",
        apply_default_css=False,
    )


def to_shown(prediction: Prediction, reader: DigitReader) -> dict[str, Any]:
    """Return what answer.js shows of a prediction."""
    labels = map(str, reader.classes_.tolist())
    return {
        "state": "unsure" if prediction.unsure else "answer",
        "guess": str(prediction.guess),
        "probabilities": dict(zip(labels, prediction.probabilities.tolist(), strict=True)),
        "seen": input_view(prediction.steps),
        "steps": steps_view(prediction.steps, reader.explain(prediction)),
    }


def to_shown_number(number: NumberPrediction, image: Image.Image) -> dict[str, Any]:
    """Return what answer.js shows of a number."""
    return {
        "state": "answer" if number.confidence >= SURE_NUMBER else "unsure",
        "guess": number.text,
        "confidence": number.confidence,
        "boxes": boxes_view(image.size, number.digits),
    }


def no_answer(state: str, message: str) -> dict[str, Any]:
    """Return what answer.js shows when there is no answer: why, as the key of a text."""
    return {"state": state, "message": message}
