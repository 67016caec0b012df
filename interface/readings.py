"""Read a drawing or a photo, as data for web/answer.js."""

import base64
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra import DigitReader, Examples, Prediction
from siffra.exceptions import DataError, InvalidImageError, ModelLoadingError
from siffra.image_files import OpenedImage, open_image
from siffra.preprocessing import ImageArray

from .endpoints import to_text
from .model_loader import ModelLoader
from .sketchpad import decode_drawing, decode_strokes


def read_shown(
    model: ModelLoader, drawing: Any, photo: Any, ticket: Any, examples: Any
) -> dict[str, Any]:
    """Read a photo, or else a drawing, for a visitor who has corrected examples.

    Return data for the page, with its ticket.
    """
    answer = no_answer("empty", "invitation")
    try:
        if image := open_image(photo["path"]) if photo else decode_drawing(drawing):
            strokes = None if photo else decode_strokes(drawing)
            answer = read_image(model, image, examples, strokes)
    except InvalidImageError:
        if photo:
            answer = no_answer("error", "broken")
    return {"ticket": ticket} | answer


def read_image(
    model: ModelLoader, image: OpenedImage, examples: Any, strokes: Any
) -> dict[str, Any]:
    """Return the reading of an image, and the size in whose pixels its boxes are."""
    try:
        learned = Examples.from_json(examples or [])
        return {"reading": to_reading(model, image, learned, strokes), "size": image.size}
    except ModelLoadingError:
        return no_answer("error", "loading")
    except DataError:  # the page does not send such examples or strokes
        return no_answer("error", "no_answer")


def no_answer(state: str, message: str) -> dict[str, Any]:
    """Return why there is no answer, as the key of a text."""
    return {"state": state, "message": message}


def to_reading(
    model: ModelLoader, image: OpenedImage, examples: Examples, strokes: Any
) -> dict[str, Any]:
    """Read an image; return the number as data, or the digit if the model reads digits only."""
    reader = model.get()
    if reader.judge is None:
        return to_digit(model.read(image, examples), reader)
    number = model.read_soon(image, examples, strokes)
    return to_text(number) | {
        "digits": [
            {
                "label": digit.label,
                "box": digit.box,
                "probabilities": digit.probabilities.tolist(),
                "pixels": _to_text(digit.pixels),
            }
            for digit in number.digits
        ],
        "marks": [{"text": mark.text, "box": mark.box} for mark in number.marks],
        "single": to_digit(number.single, reader),
    }


def to_digit(prediction: Prediction, reader: DigitReader) -> dict[str, Any]:
    """Return a digit as data, with its probabilities and all steps to them."""
    steps, explanation = prediction.steps, reader.explain(prediction)
    images = {
        "gray": steps.gray,
        "foreground": steps.foreground,
        "binary": steps.binary * np.uint8(255),
        "strokes": steps.strokes.astype(np.uint8),
        "digit": steps.digit,
        "edges": _stretch(explanation.edges),
    }
    values = {"scores": explanation.scores - explanation.scores.min(), "votes": explanation.votes}
    return {
        "label": prediction.label,
        "unsure": prediction.unsure,
        "guess": prediction.guess,
        "probabilities": prediction.probabilities.tolist(),
        "pixels": _to_text(steps.digit),
        "steps": [
            *({"name": name, "image": _encode(image)} for name, image in images.items()),
            *({"name": name, "values": numbers.tolist()} for name, numbers in values.items()),
        ],
    }


def _stretch(image: NDArray[np.float32]) -> ImageArray:
    """Return an image, at least 0, as gray pixels up to 255."""
    return (255 * image / max(image.max(), 1e-6)).astype(np.uint8)


def _encode(image: ImageArray) -> str:
    """Return an image as the data URL of a PNG file."""
    return f"data:image/png;base64,{_to_text(cv2.imencode('.png', image)[1])}"


def _to_text(content: ImageArray) -> str:
    """Return bytes in base64, as those of examples are."""
    return base64.b64encode(content.tobytes()).decode()
