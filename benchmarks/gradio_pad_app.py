"""The same model behind Gradio's own pad: what the app would be without web/pad.js."""

import os
from typing import Any

import gradio as gr

from siffra import DigitReader, InvalidImageError

READER = DigitReader.from_pretrained("model")
# An empty pad draws nothing until a tool is chosen; the brush is the first one.
CHOOSE_BRUSH = """() => {
    const pad = document.getElementById("pad");
    const choose = () => {
        if (pad.querySelector(".empty")) pad.querySelector(".half-container button")?.click();
    };
    new MutationObserver(choose).observe(pad, {childList: true, subtree: true});
    choose();
}"""


def read(value: dict[str, Any]) -> dict[str, float] | None:
    """Return the probabilities of the labels of a drawing."""
    try:
        probabilities = READER.read(value["composite"]).probabilities
    except InvalidImageError:
        return None
    return dict(zip(map(str, READER.classes_), probabilities.tolist(), strict=True))


if __name__ == "__main__":
    with gr.Blocks(analytics_enabled=False) as page:
        pad = gr.Sketchpad(
            canvas_size=(800, 800),
            brush=gr.Brush(default_size=34, colors=["#000000"], color_mode="fixed"),
            layers=False,
            sources=(),
            transforms=(),
            format="png",
            elem_id="pad",
        )
        answer = gr.Label(num_top_classes=3, elem_id="answer")
        clear = gr.Button("Clear")
        pad.change(read, pad, answer, show_progress="hidden", trigger_mode="always_last")
        clear.click(
            js="() => [{background: null, layers: [], composite: null}, {}]", outputs=[pad, answer]
        )
        page.load(js=CHOOSE_BRUSH)
    page.launch(server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
