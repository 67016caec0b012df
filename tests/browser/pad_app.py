"""An app that is not ours, with our sketch pad: it shows the drawing and can set it."""

import sys
from pathlib import Path

import gradio as gr
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from interface.sketchpad import Sketchpad

BAR = np.full((100, 100), 255, dtype=np.uint8)
BAR[:, 40:60] = 0


def describe(drawing):
    """Return the size of the drawing and its share of ink."""
    if drawing["composite"] is None:
        return "empty"
    height, width, _ = drawing["composite"].shape
    return f"{width} x {height}, {(drawing['layers'][0][..., 3] > 127).mean():.2f}"


if __name__ == "__main__":
    with gr.Blocks() as page:
        pad = Sketchpad(elem_id="pad")
        described = gr.Textbox(elem_id="described")
        pad.change(describe, pad, described)
        gr.Button("Bar").click(lambda: BAR, None, pad)
        gr.Button("Nothing").click(lambda: None, None, pad)
    page.launch()
