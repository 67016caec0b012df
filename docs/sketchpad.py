"""The sketch pad in another Gradio app: python docs/sketchpad.py, from the clone."""

import sys
from pathlib import Path

import gradio as gr

sys.path.insert(0, str(Path(__file__).parents[1]))
from interface.sketchpad import Sketchpad

with gr.Blocks() as demo:
    pad = Sketchpad()
    pad.change(lambda drawing: drawing["composite"], pad, gr.Image())

if __name__ == "__main__":
    demo.launch()
