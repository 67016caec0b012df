"""The sketch pad: draw a digit, read its probabilities. `python app.py`, or a Gradio Space."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import gradio as gr
import httpx
import numpy as np
from PIL import Image
from sklearn.pipeline import Pipeline

from pipeline import BlankImageError, InvalidImageError, SiffraError
from pipeline.artifact import load_accuracies, load_artifact, load_limits, read_config
from pipeline.canvas import drawing
from pipeline.doubt import Limits, read_familiar
from pipeline.hub import ModelFolder, fetch
from pipeline.image import ImageArray
from pipeline.preprocessing import IMAGE_SIZE

TOP_K = 3
CANVAS_SIZE = 800
BRUSH_SIZE = 25
MAX_FILE_SIZE = "2mb"
KEPT = (600, 600)  # every so many seconds, delete the uploads that are older than so many
UNSURE = "**Unsure.** This looks like no digit I know. One digit, drawn large, reads best."
EMPTY_SKETCH = "Got an empty sketch. Expected a drawing of one digit."
INVITATION = "Draw a digit from 0 to 9: large or small, anywhere on the pad."

# An empty pad waits for a tool to be chosen and draws nothing until then. Its prompt shows when:
# at the start, after Clear, after its own bin. The brush is the first tool in any language.
PICK_UP_BRUSH = """() => {
    const pad = document.getElementById("pad");
    const pick = () => {
        if (pad.querySelector(".empty")) pad.querySelector(".half-container button")?.click();
    };
    new MutationObserver(pick).observe(pad, {childList: true, subtree: true});
    pick();
}"""
# A new object every time: setting the same null again would change nothing.
EMPTY_ALL = f"""() => [
    {{background: null, layers: [], composite: null}}, {{}}, null, {json.dumps(INVITATION)}
]"""
CSS = """
#seen img { image-rendering: pixelated; height: 100%; width: 100%; object-fit: contain; }
/* Colour and size of the brush: nothing to choose. */
#pad .half-container.right { display: none; }
"""


class Reading(NamedTuple):
    """What there is to say about one image."""

    confidences: dict[str, float]
    seen: ImageArray
    unsure: bool


Reader: TypeAlias = Callable[[Any], Reading]


def make_reader(model: Pipeline, limits: Limits) -> Reader:
    """Return the function that reads an image."""
    labels = [str(label) for label in model.classes_]

    def read(image: Any) -> Reading:
        probabilities, familiarity, pixels = read_familiar(model, [image])
        confidences = dict(zip(labels, probabilities[0].tolist(), strict=True))
        seen = np.rint(pixels * 255).astype(np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
        return Reading(confidences, seen, bool(limits.unsure(probabilities, familiarity)[0]))

    return read


def build_demo(read: Reader, about: str) -> gr.Blocks:
    """Build the app round a function that reads an image, and a line about its model."""

    def show(value: dict[str, Any] | None) -> tuple[dict[str, float] | None, Any, str]:
        try:
            image = drawing(value)
            if image is None:
                return None, None, INVITATION
            reading = read(image)
        except BlankImageError:
            return None, None, INVITATION
        if reading.unsure:
            return None, reading.seen, UNSURE
        return reading.confidences, reading.seen, ""

    def predict(image: Image.Image | ImageArray | None) -> dict[str, float]:
        """Read the digit in an image file."""
        try:
            if image is None:
                raise InvalidImageError("Got no image. Expected an image file of one digit.")
            return read(image).confidences
        except InvalidImageError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def predict_sketch(value: dict[str, Any] | None) -> dict[str, float]:
        """Read the digit drawn in an image editor: background, layers and composite."""
        try:
            image = drawing(value)
        except InvalidImageError as error:
            raise gr.Error(str(error), print_exception=False) from error
        if image is None:
            raise gr.Error(EMPTY_SKETCH, print_exception=False)
        return predict(image)

    with gr.Blocks(title="Siffra", analytics_enabled=False, delete_cache=KEPT) as demo:
        gr.Markdown("# Siffra\nReads the digit you draw.")
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                pad = sketch_pad(elem_id="pad", height=480)
                clear = gr.Button("Clear", elem_id="clear")
            with gr.Column(scale=2, min_width=240):
                message = gr.Markdown(INVITATION, elem_id="message")
                answer = gr.Label(label="Answer", num_top_classes=TOP_K, elem_id="answer")
                seen = gr.Image(
                    label="What the model sees: 28 x 28 pixels",
                    elem_id="seen",
                    format="png",
                    height=240,
                    interactive=False,
                    buttons=[],
                )
        gr.Markdown(about, elem_id="about")
        # Programs get endpoints of their own: these parts are never shown and never fire.
        file = gr.Image(type="pil", image_mode=None, visible=False, label="image")
        sketch = sketch_pad(visible=False, label="sketch")
        result = gr.Label(num_top_classes=TOP_K, visible=False, label="probabilities")
        file.change(predict, file, result, api_name="predict")
        sketch.change(predict_sketch, sketch, result, api_name="predict_sketch")

        demo.load(js=PICK_UP_BRUSH, api_visibility="private")
        drawn = pad.change(
            show,
            pad,
            [answer, seen, message],
            trigger_mode="always_last",
            show_progress="hidden",
            api_visibility="private",
        )
        clear.click(
            js=EMPTY_ALL,
            outputs=[pad, answer, seen, message],
            cancels=drawn,
            api_visibility="private",
        )
    return demo


def sketch_pad(**options: Any) -> gr.Sketchpad:
    """Return a pad with a black brush, and nothing to upload, crop or stack."""
    return gr.Sketchpad(
        canvas_size=(CANVAS_SIZE, CANVAS_SIZE),
        brush=gr.Brush(default_size=BRUSH_SIZE, colors=["#000000"], color_mode="fixed"),
        layers=False,
        sources=(),
        transforms=(),
        buttons=[],
        format="png",
        **({"show_label": False} | options),
    )


def describe(found: ModelFolder) -> str:
    """Say in a line which model is running and how well it did in its test."""
    created = read_config(found.path)["created"]
    name = f"folder {found.path.name}"
    if found.repo_id and found.commit:
        name = f"{found.repo_id} at commit {found.commit[:7]}"
    words = {"test": "MNIST's test images", "strokes": "drawings of unseen writers"}
    accuracies = load_accuracies(found.path).items()
    figures = " and ".join(f"{100 * share:.2f} % of {words[key]}" for key, share in accuracies)
    return f"Model: {name}, of {created}. It read {figures}."


def load() -> tuple[Reader, str]:
    """Load the model that the environment names, or the one in model/, and describe it."""
    source = os.environ.get("SIFFRA_MODEL") or Path(__file__).parent / "model"
    try:
        found = fetch(source, os.environ.get("SIFFRA_REVISION") or None)
        model, limits = load_artifact(found.path), load_limits(found.path)
        return make_reader(model, limits), describe(found)
    except SiffraError as error:
        sys.exit(f"Error: {error}")


def launch(demo: gr.Blocks, share: bool = False) -> None:
    """Serve the app until the process is stopped."""
    demo.launch(
        share=share,
        css=CSS,
        max_file_size=MAX_FILE_SIZE,
        run_history=False,
        enable_monitoring=False,
    )


def can_share() -> bool:
    """Tell whether Gradio's share server answers; `launch` finds out late and says little."""
    try:
        httpx.get(gr.networking.GRADIO_API_SERVER, timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        print(
            f"No public link: {gr.networking.GRADIO_API_SERVER} cannot be reached ({error}). "
            "Check the network. The app runs on this machine only.",
            file=sys.stderr,
        )
        return False
    return True


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Draw a digit, read its probabilities.")
    parser.add_argument(
        "--share",
        action="store_true",
        help="also open a public link, for a few days, through Gradio's servers",
    )
    return parser.parse_args()


# A Space on ZeroGPU starts only if it asks for a GPU somewhere. This one never uses it.
if find_spec("spaces"):
    import spaces

    spaces.GPU(lambda: None)

demo = build_demo(*load())

if __name__ == "__main__":
    launch(demo, share=parse_arguments().share and can_share())
