"""The answer on the page: answer.js fills these elements with the parts of web/."""

from pathlib import Path

import gradio as gr

_HERE = Path(__file__).parent


def build_answer() -> gr.HTML:
    """Build what shows the answer; its script keeps one for each picture and shows one."""
    script = (_HERE / "answer.js").read_text(encoding="utf-8")
    return gr.HTML(
        html_template='<div class="answer"></div>',
        js_on_load=script,
        elem_id="answer",
        apply_default_css=False,
    )


def build_steps() -> None:
    """Build where the steps to the answer are shown."""
    gr.HTML("<div></div>", elem_id="how", apply_default_css=False)
