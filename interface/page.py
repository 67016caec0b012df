"""The page: its parts, and the actions on each event."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from siffra.corrections import save_correction
from siffra.exceptions import InvalidImageError, SiffraError
from siffra.image_files import OpenedImage, open_image
from siffra.model_folder.config import read_config
from siffra.model_folder.reports import read_test_reports

from .endpoints import READING, SHOWING, build_endpoints, to_confidences
from .gradio_internals import files_in, is_link, is_upload
from .model_loader import ModelLoader
from .readings import read_shown
from .sketchpad import Sketchpad, decode_drawing
from .texts import text, word
from .upload_folder import KEEP
from .views import answer_view, confusion_view, examples_view, model_view

HERE = Path(__file__).parent
# Background, one layer and composite.
MAX_FILES = 3

_MALFORMED = (
    "Unsupported input. Expected an uploaded image file (/predict) "
    "or the value of an image editor (/predict_sketch), as the page's tab From code shows."
)

# answer.js knows what is shown, numbers it, and has the visitor's examples.
_ASK = "(drawing) => siffra.ask(drawing)"
_CORRECTED = "(drawing) => siffra.correction(drawing)"
_NOTE = "(note) => siffra.note(note)"
_ON_EXAMPLE = """element.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    document.getElementById("reading").scrollIntoView();
    siffra.open(await (await fetch(button.dataset.url)).blob());
});"""

_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

_log = logging.getLogger("siffra.corrections")


class Page(gr.Blocks):
    """Blocks that refuse links and surplus files before Gradio opens anything."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any
    ) -> list[Any]:
        """Check the inputs and hand them to Gradio; see `gradio.Blocks`."""
        try:
            check_files(inputs)
            # Arguments with a default may be left out: an older program sends no top_k.
            inputs = inputs + [block.value for block in block_fn.inputs[len(inputs) :]]
            return await super().preprocess_data(block_fn, inputs, *args, **options)
        except InvalidImageError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            raise gr.Error(_MALFORMED, print_exception=False) from error


def check_files(inputs: list[Any]) -> None:
    """Raise InvalidImageError unless all files are uploads, and few."""
    files = files_in(inputs)
    if not all(map(is_upload, files)):
        raise InvalidImageError(_MALFORMED)
    if any(map(is_link, files)):
        raise InvalidImageError("Got a link. Expected an uploaded image file.")
    if len(files) > MAX_FILES:
        raise InvalidImageError(
            f"Got {len(files)} files. Expected one image, or a sketch of one layer."
        )


def build_page(model: ModelLoader, corrections: Path | None = None) -> gr.Blocks:
    """Build the page; it offers to send corrections if there is a folder to store them in."""
    with Page(title="Siffra", analytics_enabled=False, delete_cache=(KEEP, KEEP)) as page:
        promise = f'<p>{word("promise")} <span class="figure"></span></p>'
        gr.HTML(f"<h1>Siffra</h1>{promise}", elem_classes="title")
        with gr.Row(elem_id="reading", elem_classes="reading"):
            with gr.Column():
                pad = Sketchpad(elem_id="pad")
                photo = gr.Image(type="filepath", image_mode=None, visible=False)
            with gr.Column():
                answer = answer_view(collects=corrections is not None)
        gr.HTML("<div></div>", elem_id="how", apply_default_css=False)  # the steps to the answer
        if corrections:
            collect_corrections(model, pad, photo, answer, corrections)
        with gr.Tabs():
            with gr.Tab(text("examples")):
                gr.HTML(examples_view(), js_on_load=_ON_EXAMPLE, elem_id="examples")
            with gr.Tab(text("from_code")):
                gr.Markdown(text("snippets"), elem_id="snippets")
            with gr.Tab(text("about")):
                gr.Markdown(text("about_text"))
                confusion = gr.HTML()
        about = gr.HTML(elem_id="about")

        page.load(js=(HERE / "page.js").read_text(encoding="utf-8"), api_visibility="private")
        page.load(partial(describe_model, model), None, [about, confusion], **READING, **_PRIVATE)
        build_readings(model, pad, photo, answer)
        build_endpoints(model)
    return page


def build_readings(model: ModelLoader, pad: Sketchpad, photo: gr.Image, answer: gr.HTML) -> None:
    """Read the drawing whenever it changes, and the visible picture when answer.js asks."""
    options = SHOWING | _PRIVATE | {"preprocess": False, "trigger_mode": "always_last"}
    # The ticket and the examples.
    shown = [pad, photo, gr.Number(visible=False), gr.JSON(visible=False)]
    for event in (pad.change, answer.input):
        asked = event(partial(read_shown, model), shown, answer, js=_ASK, **options)
        asked.failure(js="() => siffra.fail()", api_visibility="private")


def collect_corrections(
    model: ModelLoader, pad: Sketchpad, photo: gr.Image, answer: gr.HTML, folder: Path
) -> None:
    """Store the corrections that a visitor agrees to send; answer.js asks, and triggers it.

    All of them are stored, one after the other: a later one may replace an earlier one. The note
    has a component of its own, as Gradio shows the latest of two values that arrive together.
    """
    note = gr.Textbox(visible=False)
    stored = answer.submit(
        partial(store_correction, model, folder),
        [pad, photo, gr.Number(visible=False)],
        note,
        js=_CORRECTED,
        preprocess=False,
        trigger_mode="multiple",
        concurrency_limit=1,
        **_PRIVATE,
    )
    stored.success(js=_NOTE, inputs=note, api_visibility="private")


def describe_model(model: ModelLoader) -> tuple[str, str]:
    """Return which model is running, and its confusion matrix on the test set, as HTML."""
    try:
        location = model.get().location
    except SiffraError:
        return "", ""
    if location is None:
        return model_view(model.name, "", {}), ""
    reports = read_test_reports(location.path)
    line = model_view(model.name, read_config(location.path).created, reports)
    return line, confusion_view(reports["test"].confusion_matrix) if "test" in reports else ""


def store_correction(model: ModelLoader, folder: Path, drawing: Any, photo: Any, digit: Any) -> str:
    """Store the visible picture and its true digit; return the key of a message."""
    note = "not_stored"
    try:
        image = open_image(photo["path"]) if photo else decode_drawing(drawing)
        if image is not None and type(digit) is int and digit in range(10):
            note = _store_digit(model, folder, image, digit)
    except InvalidImageError:
        pass
    except SiffraError as error:
        _log.error("A correction was not stored: %s", error)
    return note


def _store_digit(model: ModelLoader, folder: Path, image: OpenedImage, digit: int) -> str:
    """Store a picture of one digit with the model's answer, which has learned from nobody."""
    number = model.read_number(image) if model.get().judge else None
    if number and len(number.digits) > 1:
        return "not_one_digit"
    prediction = number.single if number else model.read(image)
    save_correction(folder, image.pixels, digit, to_confidences(model, prediction), model.name)
    return "thanks"
