"""The page and its endpoints: Gradio, and what the visitor sees of a reading."""

import asyncio
import ctypes
import json
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import gradio as gr
from PIL import Image
from starlette.middleware import Middleware

from pipeline.canvas import drawing
from pipeline.corrections import save_correction
from pipeline.exceptions import HubError, InvalidImageError, ModelError, SiffraError
from pipeline.folder import TestReport
from pipeline.image import MAX_PIXELS
from pipeline.reader import Reading

from .guard import MAX_FILE_SIZE, MAX_WAITING, BodyLimit, Page
from .pictures import confusion_table, seen, steps
from .texts import ENGLISH, SWEDISH, text, word

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
TOP_K = 3
CANVAS_SIZE = 800
BRUSH_SIZE = 34
# Gradio keeps a copy of the page's state for so many visitors, and for every call of a program.
SESSIONS = 100
# Each opens pictures, and keeps memory for the largest it has opened.
THREADS = 4
QUICK_PIXELS = 1_000_000
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGE_BLOCK = 4 * 2**20  # bytes; a drawing is smaller
KEPT = (600, 600)  # every so many seconds, delete the uploads that are older than so many
OUT_OF_ORDER = "The reader has stopped and cannot be started again. Try again in a few minutes."
EMPTY_SKETCH = "Got an empty sketch. Expected a drawing of one digit."

# A new object every time: setting the same null again would change nothing.
EMPTY_PAD = "{background: null, layers: [], composite: null}"
# The editor's own buttons are hidden; their order is the same in every language.
UNDO = """() => { document.querySelectorAll("#pad .top-panel button")[3].click(); }"""
SHOW_PHOTO = """() => { document.querySelector("#ways [role=tab]:nth-of-type(2)").click(); }"""


Read: TypeAlias = Callable[[Any], Reading]


@dataclass(frozen=True)
class About:
    """Which model is running, and how it did in its tests."""

    name: str = "nothing"
    created: str = "today"
    tests: dict[str, TestReport] | None = None

    def line(self) -> str:
        """Say it in a line of HTML."""
        tests = (self.tests or {}).items()
        results = ", ".join(f"{100 * t.accuracy:.2f} % {word(f'of_{key}')}" for key, t in tests)
        running = f"{word('running')} <b>{escape(self.name)}</b>, {escape(self.created)}."
        return f"{running} {word('it_read')} {results}." if results else running


async def read_soon(read: Read, image: Any) -> Reading:
    """Read an image where it is quickest.

    In a thread it would wait, at each of many small steps, for its turn with the thread that
    serves the page. Only a large photo is worth that.
    """
    width, height = image.size if isinstance(image, Image.Image) else image.shape[1::-1]
    try:
        if width * height <= QUICK_PIXELS:
            return read(image)
        return await asyncio.to_thread(read, image)
    except (ModelError, HubError) as error:
        print(f"Error: {error}", file=sys.stderr)
        raise gr.Error(OUT_OF_ORDER, print_exception=False) from error


def build_demo(read: Read, about: About, corrections: Path | None = None) -> gr.Blocks:
    """Build the page round a function that reads an image.

    Corrections are asked for if there is a folder to store them in.
    """
    with Page(title="Siffra", analytics_enabled=False, delete_cache=KEPT) as demo:
        gr.Markdown(f"# Siffra\n{text('subtitle')}")
        with gr.Tab(text("read")):
            with gr.Row():
                with gr.Column(scale=3, min_width=320):
                    pad, photo, undo, clear = build_ways()
                with gr.Column(scale=2, min_width=280):
                    answer = build_answer()
                    if corrections:
                        store = partial(store_correction, read, corrections, about.name)
                        build_correction(pad, store)
            build_examples(photo)
        with gr.Tab(text("from_code")):
            snippets = (HERE / "snippets.md").read_text(encoding="utf-8")
            gr.Markdown(snippets, elem_id="snippets")
        with gr.Tab(text("about")):
            gr.Markdown((HERE / "about.md").read_text(encoding="utf-8"))
            if about.tests:
                gr.HTML(confusion_table(about.tests["test"].confusion_matrix))
        gr.HTML(about.line(), elem_id="about")

        demo.load(js=on_load(), api_visibility="private")
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        show = partial(show_drawing, read)
        drawn = pad.change(show, pad, answer, trigger_mode="always_last", **quietly)
        taken = photo.change(partial(show_photo, read), photo, answer, **quietly)
        # The error itself is Gradio's to show; no older answer may stay beside it.
        drawn.failure(partial(nothing, "no_answer"), None, answer, **quietly)
        taken.failure(partial(nothing, "not_an_image"), None, answer, **quietly)
        undo.click(js=UNDO, api_visibility="private")
        invitation = json.dumps(str(text("invitation")))
        clear.click(
            js=f'() => [{EMPTY_PAD}, {{}}, {invitation}, "", ""]',
            outputs=[pad, *answer],
            cancels=[drawn, taken],
            api_visibility="private",
        )
        build_endpoints(read)
    return demo


def on_load() -> str:
    """Return the script that prepares the page, with the texts that it needs."""
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return script.replace("TEXTS", json.dumps({"en": ENGLISH, "sv": SWEDISH}))


def build_ways() -> tuple[gr.Sketchpad, gr.Image, gr.Button, gr.Button]:
    """Build the ways to hand in a digit: pad, photo or file."""
    gr.Markdown(text("no_webgl"), elem_id="no-webgl")
    with gr.Tabs(elem_id="ways"):
        with gr.Tab(text("draw")):
            pad = sketch_pad(elem_id="pad", label=text("pad"), show_label=False)
            with gr.Row(elem_id="tools"):
                undo = gr.Button(text("undo"), elem_id="undo", min_width=80)
                clear = gr.Button(text("clear"), elem_id="clear", min_width=80)
        with gr.Tab(text("photo")):
            photo = gr.Image(
                label=text("picture"),
                sources=["upload", "webcam", "clipboard"],
                type="pil",
                image_mode=None,
                buttons=[],
                webcam_options=gr.WebcamOptions(mirror=False),
                elem_id="photo",
            )
    return pad, photo, undo, clear


def build_examples(photo: gr.Image) -> None:
    """Build the examples, which take the photo's place."""
    paths = sorted((DOCS / "examples").glob("*"))
    examples = gr.Examples(
        [[str(path)] for path in paths],
        photo,
        label=text("examples"),
        examples_per_page=20,
        elem_id="examples",
        api_visibility="private",
    )
    examples.dataset.click(js=SHOW_PHOTO, api_visibility="private")


def build_answer() -> list[gr.Component]:
    """Build what shows the answer, and how it came about."""
    message = gr.Markdown(text("invitation"), elem_id="message")
    answer = gr.Label(label=text("answer"), num_top_classes=TOP_K, elem_id="answer")
    view = gr.HTML(elem_id="seen")
    with gr.Accordion(text("how"), open=False, elem_id="how"):
        strip = gr.HTML(elem_id="steps")
    return [answer, message, view, strip]


def build_correction(pad: gr.Sketchpad, store: Callable[..., str]) -> None:
    """Build what asks for the right digit."""
    with gr.Accordion(text("wrong"), open=False, elem_id="correction"):
        gr.Markdown(text("consent"))
        digit = gr.Radio([str(digit) for digit in range(10)], label=text("it_was"))
        send = gr.Button(text("send"), elem_id="send")
        outcome = gr.Markdown(elem_id="outcome")
    send.click(store, [pad, digit], outcome, api_visibility="private")


def build_endpoints(read: Read) -> None:
    """Give programs endpoints of their own: these parts are never shown and never fire."""

    async def predict(image: Any) -> dict[str, float]:
        """Read the digit in an image file."""
        try:
            if image is None:
                raise InvalidImageError("Got no image. Expected an image file of one digit.")
            return (await read_soon(read, image)).confidences
        except InvalidImageError as error:
            raise gr.Error(str(error), print_exception=False) from error

    async def predict_sketch(value: dict[str, Any] | None) -> dict[str, float]:
        """Read the digit drawn in an image editor: background, layers and composite."""
        try:
            image = drawing(value)
        except InvalidImageError as error:
            raise gr.Error(str(error), print_exception=False) from error
        if image is None:
            raise gr.Error(EMPTY_SKETCH, print_exception=False)
        return await predict(image)

    file = gr.Image(type="pil", image_mode=None, visible=False, label="image")
    sketch = sketch_pad(visible=False, label="sketch")
    result = gr.Label(num_top_classes=TOP_K, visible=False, label="probabilities")
    file.change(predict, file, result, api_name="predict")
    sketch.change(predict_sketch, sketch, result, api_name="predict_sketch")


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
        **options,
    )


async def show_drawing(read: Read, value: dict[str, Any] | None) -> tuple[Any, ...]:
    """Return what the page shows of a drawing: answer, message, view, strip."""
    try:
        image = drawing(value)
        return await show_image(read, image) if image is not None else nothing("invitation")
    except InvalidImageError:
        return nothing("invitation")


async def show_photo(read: Read, image: Image.Image | None) -> tuple[Any, ...]:
    """Return what the page shows of a photo or a file."""
    if image is None:
        return nothing("invitation")
    try:
        return await show_image(read, image)
    except InvalidImageError:
        return nothing("not_an_image")


async def show_image(read: Read, image: Any) -> tuple[Any, ...]:
    """Return what the page shows of an image."""
    reading = await read_soon(read, image)
    pictures = seen(reading.trace), steps(reading.trace)
    if reading.unsure:
        return None, str(text("unsure")), *pictures
    return reading.confidences, "", *pictures


def nothing(key: str) -> tuple[Any, ...]:
    """Return what the page shows when there is no answer, and why."""
    return None, str(text(key)), "", ""


def store_correction(
    read: Read, folder: Path, model: str, value: dict[str, Any] | None, digit: str | None
) -> str:
    """Store what was drawn and what it was; return what to tell the visitor."""
    try:
        image = drawing(value)
        if image is None or digit is None:
            return str(text("nothing_to_send"))
        save_correction(folder, image, int(digit), read(image).confidences, model)
    except InvalidImageError:
        return str(text("nothing_to_send"))
    except SiffraError as error:
        print(f"Error: {error}", file=sys.stderr)
        return str(text("not_stored"))
    return str(text("thanks"))


def give_memory_back() -> None:
    """Let what a large picture took go back to the system when it is no longer needed.

    glibc raises its limit for that to the largest block it has ever freed, so that the heaps of
    all threads would grow to that size and stay so. Once that limit is fixed, so is the other:
    how much at a heap's end stays, which must be enough for one drawing after another.
    See mallopt(3).
    """
    with suppress(OSError, AttributeError):  # another C library
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
        libc.mallopt(M_TRIM_THRESHOLD, 4 * LARGE_BLOCK)


def launch(demo: gr.Blocks, share: bool = False) -> None:
    """Serve the page until the process is stopped."""
    # An image is little work: more threads would only fight those that serve the page.
    cv2.setNumThreads(1)
    # Larger ones are refused when they are opened; Pillow's limit is half of what it refuses.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    # As Ctrl+C does: what has begun is finished.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    demo.queue(max_size=MAX_WAITING)
    give_memory_back()
    demo.launch(
        share=share,
        state_session_capacity=SESSIONS,
        max_threads=THREADS,
        i18n=text,
        css_paths=[HERE / "page.css"],
        max_file_size=MAX_FILE_SIZE,
        app_kwargs={"middleware": [Middleware(BodyLimit)]},
        run_history=False,
        enable_monitoring=False,
    )
