"""The answer on the page: the digit, ten bars, what the model sees, and the steps to it."""

from pathlib import Path
from typing import Final

import gradio as gr

from .texts import word

DIGITS: Final = [str(digit) for digit in range(10)]

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
