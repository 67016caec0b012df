"""The answer on the page: answer.js fills these elements with the parts of web/."""

import json
from html import escape
from pathlib import Path

import gradio as gr

from siffra import adaptation
from siffra.export import constants_of

_HERE = Path(__file__).parent


def build_answer(collects: bool = False) -> gr.HTML:
    """Build what shows the answer; its script keeps one for each picture and shows one.

    It offers to send corrections if the operator collects them.
    """
    script = (_HERE / "answer.js").read_text(encoding="utf-8")
    limits = escape(json.dumps(constants_of(adaptation)))
    return gr.HTML(
        html_template=f'<div class="answer" data-adaptation="{limits}"'
        f"{' data-collects' if collects else ''}></div>",
        js_on_load=script,
        elem_id="answer",
        apply_default_css=False,
    )


def build_steps() -> None:
    """Build where the steps to the answer are shown."""
    gr.HTML("<div></div>", elem_id="how", apply_default_css=False)
