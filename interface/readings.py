"""What the page gets of a drawing or a photo: data, which web/answer.js shows."""

import base64
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra import DigitReader, Prediction
from siffra.exceptions import InvalidImageError, ModelLoadingError
from siffra.image_files import OpenedImage, open_image
from siffra.preprocessing import ImageArray

from .loading import ModelLoader
from .sketchpad import decode_drawing


def read_drawing(model: ModelLoader, value: Any, ticket: Any) -> dict[str, Any]:
    """Return what the page gets of a drawing."""
    answer = empty = no_answer("empty", "invitation")
    try:
        if image := decode_drawing(value):
            answer = read_image(model, image)
    except InvalidImageError:  # all of it was erased
        answer = empty
    return {"picture": "draw", "ticket": ticket} | answer


def read_photo(model: ModelLoader, value: Any, ticket: Any) -> dict[str, Any]:
    """Return what the page gets of a photo or a file."""
    answer = no_answer("empty", "photo_invitation")
    try:
        if value:
            answer = read_image(model, open_image(value["path"]))
    except InvalidImageError:
        answer = no_answer("error", "unreadable")
    return {"picture": "photo", "ticket": ticket} | answer


def read_image(model: ModelLoader, image: OpenedImage) -> dict[str, Any]:
    """Return the reading of an image, and the size in whose pixels its boxes are."""
    try:
        return {"reading": to_reading(model, image), "size": image.size}
    except ModelLoadingError:
        return no_answer("error", "loading")


def no_answer(state: str, message: str) -> dict[str, Any]:
    """Return what the page gets when there is no answer: why, as the key of a text."""
    return {"state": state, "message": message}


def to_reading(model: ModelLoader, image: OpenedImage) -> dict[str, Any]:
    """Read an image; return the number as data, or the digit if the model reads digits only."""
    reader = model.get()
    if reader.judge is None:
        return to_digit(model.read(image), reader)
    number = model.read_soon(image)
    return {
        "label": number.label,
        "unsure": number.unsure,
        "guess": number.guess,
        "confidence": number.confidence,
        "digits": [{"label": digit.label, "box": digit.box} for digit in number.digits],
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
    content = base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()
    return f"data:image/png;base64,{content}"
