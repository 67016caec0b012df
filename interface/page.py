"""The page: what a visitor sees, and what happens on each event."""

import json
import logging
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse
from PIL import Image

from pipeline.corrections import save_correction
from pipeline.exceptions import InvalidImageError, ModelLoadingError, SiffraError
from pipeline.image_files import open_image
from pipeline.persistence import read_config, read_test_reports
from pipeline.preprocessing import as_array

from .endpoints import READING, TOP_K, build_endpoints, explain_errors, to_confidences
from .loading import ModelLoader
from .sketchpad import editor_to_image, sketch_pad
from .texts import ENGLISH, SWEDISH, text
from .upload_folder import KEEP
from .views import confusion_view, examples_view, input_view, model_view, steps_view

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
DIGITS = [str(digit) for digit in range(10)]
# Background, one layer and composite.
MAX_FILES = 3

_MALFORMED = (
    "Got something that this endpoint does not take. Expected an uploaded image file (/predict) "
    "or the value of an image editor (/predict_sketch), as the page's tab From code shows."
)

# A new object every time: setting the same null again would change nothing.
_EMPTY_PAD = "{background: null, layers: [], composite: null}"
# The editor's own buttons are hidden; their order is the same in every language.
_UNDO = """() => {
    window.padIsCleared = false;
    document.querySelectorAll("#pad .top-panel button")[3].click();
}"""
_SHOW_PHOTO = """() => { document.querySelector("#inputs [role=tab]:nth-of-type(2)").click(); }"""
_ON_EXAMPLE = """element.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) trigger("click", {index: Number(button.dataset.index)});
});"""

_log = logging.getLogger("siffra.corrections")


class Page(gr.Blocks):
    """Blocks that refuse links and surplus files before Gradio opens anything."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any
    ) -> list[Any]:
        """Check what was sent and hand it to Gradio; see `gradio.Blocks`."""
        try:
            check_files(inputs)
            # What has a default may be left out: an older program sends no top_k.
            inputs = inputs + [block.value for block in block_fn.inputs[len(inputs) :]]
            return await super().preprocess_data(block_fn, inputs, *args, **options)
        except InvalidImageError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            raise gr.Error(_MALFORMED, print_exception=False) from error


def check_files(inputs: list[Any]) -> None:
    """Raise InvalidImageError unless all files are uploads, and few."""
    files: list[Any] = []
    traverse(inputs, files.append, lambda v: isinstance(v, dict) and "path" in v)
    # Gradio does not check the paths of those without its mark, but opens them.
    if not all(map(is_file_obj_with_meta, files)):
        raise InvalidImageError(_MALFORMED)
    if any(is_http_url_like(file["path"]) for file in files):
        raise InvalidImageError("Got a link. Expected an uploaded image file.")
    if len(files) > MAX_FILES:
        raise InvalidImageError(
            f"Got {len(files)} files. Expected one image, or a sketch of one layer."
        )


def build_page(model: ModelLoader, corrections: Path | None = None) -> gr.Blocks:
    """Build the page; it asks for corrections if there is a folder to store them in."""
    with Page(title="Siffra", analytics_enabled=False, delete_cache=(KEEP, KEEP)) as page:
        gr.Markdown(f"# Siffra\n{text('subtitle')}")
        with gr.Tab(text("read")):
            with gr.Row():
                with gr.Column(scale=3, min_width=320):
                    pad, photo, undo, clear = build_inputs()
                with gr.Column(scale=2, min_width=280):
                    answer = build_answer()
                    if corrections:
                        build_correction(model, pad, corrections)
            build_examples(photo)
        with gr.Tab(text("from_code")):
            gr.Markdown(_read("snippets.md"), elem_id="snippets")
        with gr.Tab(text("about")):
            gr.Markdown(_read("about.md"))
            confusion = gr.HTML()
        about = gr.HTML(elem_id="about")

        private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        script = _read("page.js").replace("TEXTS", json.dumps({"en": ENGLISH, "sv": SWEDISH}))
        page.load(js=script, api_visibility="private")
        page.load(partial(describe_model, model), None, [about, confusion], **READING, **private)
        private |= {"preprocess": False}
        reading = READING | private
        read = partial(read_sketch, model, pad)
        drawn = pad.change(read, pad, answer, trigger_mode="always_last", **reading)
        taken = photo.change(partial(read_photo, model), photo, answer, **reading)
        # Gradio shows the error; an older answer must not stay beside it.
        drawn.failure(partial(no_result, "no_answer"), None, answer, **private)
        taken.failure(partial(no_result, "not_an_image"), None, answer, **private)
        undo.click(js=_UNDO, api_visibility="private")
        empty = f'{{}}, {json.dumps(str(text("invitation")))}, "", ""'
        # An answer that arrives after Clear belongs to a drawing that is gone.
        drawn.success(
            js=f"(...shown) => window.padIsCleared ? [{empty}] : shown",
            inputs=answer,
            outputs=answer,
            api_visibility="private",
        )
        clear.click(
            js=f"() => {{ window.padIsCleared = true; return [{_EMPTY_PAD}, {empty}]; }}",
            outputs=[pad, *answer],
            cancels=[drawn, taken],
            api_visibility="private",
        )
        build_endpoints(model)
    return page


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def build_inputs() -> tuple[gr.Sketchpad, gr.Image, gr.Button, gr.Button]:
    """Build the ways to hand in a digit: the pad, and a photo or file."""
    gr.Markdown(text("no_webgl"), elem_id="no-webgl")
    with gr.Tabs(elem_id="inputs"):
        with gr.Tab(text("draw")):
            pad = sketch_pad(elem_id="pad", label=text("pad"), show_label=False)
            with gr.Row(elem_id="tools"):
                undo = gr.Button(text("undo"), elem_id="undo", min_width=80)
                clear = gr.Button(text("clear"), elem_id="clear", min_width=80)
        with gr.Tab(text("photo")):
            photo = gr.Image(
                label=text("picture"),
                sources=["upload", "webcam", "clipboard"],
                type="filepath",
                image_mode=None,
                buttons=[],
                webcam_options=gr.WebcamOptions(mirror=False),
                elem_id="photo",
            )
    return pad, photo, undo, clear


def build_examples(photo: gr.Image) -> None:
    """Build the examples: gr.Examples would show everybody the server's paths."""
    paths = sorted((DOCS / "examples").glob("*"))
    examples = gr.HTML(examples_view(paths), js_on_load=_ON_EXAMPLE, elem_id="examples")

    def show_example(event: gr.EventData) -> str:
        return str(paths[int(event.index) % len(paths)])

    chosen = examples.click(
        show_example, None, photo, show_progress="hidden", api_visibility="private"
    )
    chosen.then(js=_SHOW_PHOTO, api_visibility="private")


def build_answer() -> list[gr.Component]:
    """Build what shows the answer and how it came about."""
    message = gr.Markdown(text("invitation"), elem_id="message")
    answer = gr.Label(label=text("answer"), num_top_classes=TOP_K, elem_id="answer")
    view = gr.HTML(elem_id="seen")
    with gr.Accordion(text("how"), open=False, elem_id="how"):
        strip = gr.HTML(elem_id="steps")
    return [answer, message, view, strip]


def build_correction(model: ModelLoader, pad: gr.Sketchpad, folder: Path) -> None:
    """Build the form that asks for the true digit."""
    with gr.Accordion(text("wrong"), open=False, elem_id="correction"):
        gr.Markdown(text("consent"))
        digit = gr.Radio(DIGITS, label=text("it_was"))
        send = gr.Button(text("send"), elem_id="send")
        outcome = gr.Markdown(elem_id="outcome")
    send.click(
        partial(store_correction, model, pad, folder),
        [pad, digit],
        outcome,
        api_visibility="private",
        preprocess=False,
        **READING,
    )


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


def read_sketch(model: ModelLoader, pad: gr.Sketchpad, value: Any) -> tuple[Any, ...]:
    """Return what the page shows of a drawing: answer, message, view, strip."""
    try:
        return show_prediction(model, editor_to_image(value, pad.blob_storage))
    except InvalidImageError:
        return no_result("invitation")


def read_photo(model: ModelLoader, value: Any) -> tuple[Any, ...]:
    """Return what the page shows of a photo or a file."""
    image = explain_errors(open_image)(value["path"]) if value else None
    try:
        return show_prediction(model, image)
    except InvalidImageError:
        return no_result("not_an_image")


def show_prediction(model: ModelLoader, image: Image.Image | None) -> tuple[Any, ...]:
    """Return what the page shows of an image."""
    if image is None:
        return no_result("invitation")
    try:
        prediction = model.read(image)
    except ModelLoadingError:
        return no_result("loading")
    views = input_view(prediction.steps), steps_view(prediction.steps)
    if prediction.unsure:
        return None, str(text("unsure")), *views
    return to_confidences(model, prediction), "", *views


def no_result(key: str) -> tuple[Any, ...]:
    """Return what the page shows when there is no answer, and why."""
    return None, str(text(key)), "", ""


def store_correction(
    model: ModelLoader, pad: gr.Sketchpad, folder: Path, value: Any, digit: Any
) -> str:
    """Store a drawing and its true digit; return what to tell the visitor."""
    try:
        image = editor_to_image(value, pad.blob_storage)
        if image is None or digit not in DIGITS:
            return str(text("nothing_to_send"))
        prediction = model.read(image)
        probabilities = to_confidences(model, prediction)
        save_correction(folder, as_array(image), int(digit), probabilities, model.name)
    except InvalidImageError:
        return str(text("nothing_to_send"))
    except SiffraError as error:
        _log.error("A correction was not stored: %s", error)
        return str(text("not_stored"))
    return str(text("thanks"))
