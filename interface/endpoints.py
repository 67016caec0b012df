"""Endpoints for other programs: images, sketches and numbers, and tools for language models."""

import base64
import binascii
import json
import os
from collections.abc import Mapping
from functools import wraps
from importlib.util import find_spec
from typing import Any

import gradio as gr
import numpy as np
from anyio import CapacityLimiter, to_thread
from gradio.events import api

from siffra import InvalidImageError, NumberPrediction, Prediction, SiffraError
from siffra.image_files import OpenedImage, open_image

from .gradio_internals import hide_from_mcp, set_tool_request_size
from .model_loader import ModelLoader
from .upload_folder import MAX_FILE_SIZE

TOP_K = 3
NO_IMAGE = "Got no image. Expected an image or a sketch."
_EXAMPLE = "seven.png"
_PARTS = ("background", "layers", "composite")
# Each event that reads an image holds one of Gradio's 40 threads. Numbers of programs wait for each
# other, and drawings and photos of the page; digits of programs wait for neither.
READING: dict[str, Any] = {"concurrency_limit": 8, "concurrency_id": "digits"}
NUMBERS: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "numbers"}
# Threads of their own, for language models.
TOOL_THREADS = 4
# A tool's image is in its request. Twice the limit of a file, so that the tool itself can refuse a
# larger one: the session of a client would end with a 413.
MAX_TOOL_REQUEST = 8 * MAX_FILE_SIZE // 3
SHOWING: dict[str, Any] = {"concurrency_limit": 12, "concurrency_id": "page"}


def read(model: ModelLoader, image: OpenedImage | None, top_k: Any) -> dict[str, Any]:
    """Read an image, if there is one, and answer as the endpoints do."""
    if image is None:
        raise InvalidImageError(NO_IMAGE)
    top_k = TOP_K if top_k is None else top_k
    if not isinstance(top_k, int | float) or not 1 <= top_k <= 10 or top_k != int(top_k):
        raise InvalidImageError("Invalid top_k. Expected a whole number from 1 to 10.")
    return to_answer(model, model.read(image), int(top_k))


def read_number(model: ModelLoader, image: OpenedImage, strokes: Any = None) -> dict[str, Any]:
    """Read a number in an image, and answer as the endpoint does."""
    number = model.read_number(image, strokes)
    return to_text(number) | {
        "digits": [
            {
                "label": str(digit.label),
                "confidence": float(digit.probabilities.max()),
                "box": [round(value, 1) for value in digit.box],
            }
            for digit in number.digits
        ],
    }


def to_text(number: NumberPrediction) -> dict[str, Any]:
    """Return the text of a number and the doubt about it."""
    return {name: getattr(number, name) for name in ("label", "unsure", "guess", "confidence")}


def to_confidences(model: ModelLoader, prediction: Prediction) -> dict[str, float]:
    """Return the probability of each label."""
    labels = map(str, model.get().classes_)
    return dict(zip(labels, prediction.probabilities.tolist(), strict=True))


def to_answer(model: ModelLoader, prediction: Prediction, top_k: int) -> dict[str, Any]:
    """Return a prediction as the endpoints answer it; `label` is None if it is unsure."""
    confidences = to_confidences(model, prediction)
    labels, probabilities = list(confidences), np.array(list(confidences.values()))
    best = np.argsort(-probabilities, kind="stable")[:top_k]
    return {
        "label": None if prediction.unsure else str(prediction.label),
        "unsure": bool(prediction.unsure),
        "confidences": [{"label": labels[k], "confidence": float(probabilities[k])} for k in best],
    }


def build_endpoints(model: ModelLoader) -> None:
    """Add the endpoints to a page: their components are never shown and never fire."""

    def predict_file(image: Any, top_k: Any) -> dict[str, Any]:
        """Read the digit in an image file."""
        return read(model, _open_upload(image), top_k)

    def predict_sketch(sketch: Any, top_k: Any) -> dict[str, Any]:
        """Read the digit drawn in an image editor: background, one layer and composite."""
        return read(model, editor_to_image(sketch), top_k)

    def predict_number_file(image: Any, strokes: Any = None) -> dict[str, Any]:
        """Read all digits in an image file, with their places.

        `strokes` says how they were drawn, if that is known: a list of strokes, each a list of
        [x, y] in the image's pixels.
        """
        return read_number(model, _open_upload(image), strokes)

    file = gr.Image(type="filepath", image_mode=None, visible=False, label="image")
    editor = gr.Sketchpad(visible=False, label="sketch")
    # For "Use via API": Gradio's own example is a link, which is not fetched.
    example = {"path": _EXAMPLE, "url": _EXAMPLE, "meta": {"_type": "gradio.FileData"}}
    sketch: dict[str, Any] = {"background": None, "layers": [], "composite": example}
    file.example_payload = lambda: example  # type: ignore[method-assign]
    editor.example_payload = lambda: sketch  # type: ignore[method-assign]
    top_k = gr.Number(TOP_K, precision=0, minimum=1, maximum=10, visible=False, label="top_k")
    strokes = gr.JSON(visible=False, label="strokes")
    answer = gr.JSON(visible=False, label="answer")
    options = READING | {"preprocess": False}
    for function, source, name in (
        (predict_file, file, "predict"),
        (predict_sketch, editor, "predict_sketch"),
    ):
        # Not a tool: its schema cannot say what it takes.
        endpoint = hide_from_mcp(explain_errors(function))
        source.change(endpoint, [source, top_k], answer, api_name=name, **options)
    number = hide_from_mcp(explain_errors(predict_number_file))
    file.change(number, [file, strokes], answer, api_name="predict_number", **options | NUMBERS)
    if os.environ.get("GRADIO_MCP_SERVER", "").lower() == "true" and find_spec("mcp"):
        build_tools(model)


def build_tools(model: ModelLoader) -> None:
    """Add the tools for language models: they take a data URL, and answer in JSON.

    Gradio shows a tool's argument by one line of its docstring. It would ask a tool in the queue
    through a second request to this server, whose body is limited and logged.
    """
    set_tool_request_size(MAX_TOOL_REQUEST)
    limit = CapacityLimiter(TOOL_THREADS)

    @explain_errors
    def read_digit_url(url: str, top_k: int) -> str:
        return json.dumps(read(model, open_image(_decode_url(url)), top_k))

    @explain_errors
    def read_number_url(url: str) -> str:
        return json.dumps(read_number(model, open_image(_decode_url(url))))

    async def predict(image: str, top_k: int = TOP_K) -> str:
        """Read one handwritten digit in an image.

        The answer has the label, "0" to "9", and the likeliest labels with their probabilities. A
        label of null means that the reader is unsure: then do not take the likeliest label for the
        answer, but ask for a clearer image. Links are not fetched.

        Args:
            image: an image file of up to 10 MB as a data URL: data:image/png;base64,...
            top_k: how many of the likeliest labels to list, from 1 to 10
        """
        return await to_thread.run_sync(read_digit_url, image, top_k, limiter=limit)

    async def predict_number(image: str) -> str:
        """Read a whole handwritten number in an image: all its digits, on one or more lines.

        The answer has the label, the likeliest number ("guess"), the probability that all of it is
        right ("confidence"), and the digits, each with its label, its probability and its box:
        left, top, width and height in pixels of the upright image. A label of null means that the
        reader is unsure: then the guess may be wrong. Links are not fetched.

        Args:
            image: an image file of up to 10 MB as a data URL: data:image/png;base64,...
        """
        return await to_thread.run_sync(read_number_url, image, limiter=limit)

    api(predict, api_name="predict_data_url", queue=False)
    api(predict_number, api_name="predict_number_data_url", queue=False)


def editor_to_image(value: Any) -> OpenedImage | None:
    """Return the drawing in the value of an image editor; None if nothing was drawn.

    `value` is as it arrives, before Gradio opens its files: background, layers and composite are
    each None or {"path": ...}. Only the part that is used is opened.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or not any(part in value for part in _PARTS):
        raise InvalidImageError(
            f"Got {type(value).__name__}, but expected the value of an image editor: a mapping "
            "with background, layers and composite. Send an image file to /predict instead."
        )
    layers = value.get("layers") or []
    if not isinstance(layers, list) or len(layers) > 1:
        raise InvalidImageError("Got several layers. Expected at most one.")
    for part in (value.get("composite"), *layers, value.get("background")):
        source = part.get("path") if isinstance(part, Mapping) else part
        if source:
            return open_image(source)
    return None


def explain_errors(function: Any) -> Any:
    """Let a function's errors reach the caller as text, without a stack in the log."""

    @wraps(function)
    def explained(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except SiffraError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return explained


def _open_upload(image: Any) -> OpenedImage:
    """Open the file that an endpoint was sent, or raise InvalidImageError."""
    if not isinstance(image, Mapping):
        raise InvalidImageError(NO_IMAGE)
    return open_image(image["path"])


def _decode_url(url: str) -> bytes:
    """Return the content of a data URL, or of bare base64."""
    if len(url) > MAX_FILE_SIZE * 4 / 3 + 100:
        raise InvalidImageError(
            f"Got an image of {len(url) * 3 / 4e6:.0f} MB. Expected at most "
            f"{MAX_FILE_SIZE / 1e6:.0f} MB."
        )
    try:
        return base64.b64decode(url.partition(",")[2] or url, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidImageError(
            "Got a string that is not base64. Expected a data URL: data:image/png;base64,..."
        ) from error
