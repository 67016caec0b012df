"""What the page shows of a drawing or a photo: the values that answer.js gets."""

from typing import Any

from siffra import DigitReader, NumberPrediction, Prediction
from siffra.exceptions import InvalidImageError, ModelLoadingError
from siffra.image_files import OpenedImage, open_image

from .loading import ModelLoader
from .sketchpad import decode_drawing
from .views import boxes_view, input_view, steps_view


def read_drawing(model: ModelLoader, value: Any, ticket: Any) -> dict[str, Any]:
    """Return what the page shows of a drawing."""
    empty = no_answer("empty", "invitation")
    try:
        image = decode_drawing(value)
        shown = read_image(model, image) if image else empty
    except InvalidImageError:  # all of it was erased
        shown = empty
    return {"picture": "draw", "ticket": ticket} | shown


def read_photo(model: ModelLoader, value: Any, ticket: Any) -> dict[str, Any]:
    """Return what the page shows of a photo or a file."""
    shown = no_answer("empty", "photo_invitation")
    try:
        if value:
            shown = read_image(model, open_image(value["path"]))
    except InvalidImageError:
        shown = no_answer("error", "not_an_image")
    return {"picture": "photo", "ticket": ticket} | shown


def read_image(model: ModelLoader, image: OpenedImage) -> dict[str, Any]:
    """Return what the page shows of an image."""
    try:
        reader = model.get()
        if reader.judge is None:
            return to_shown(model.read(image), reader)
        number = model.read_number(image)
    except ModelLoadingError:
        return no_answer("error", "loading")
    if len(number.digits) > 1:
        return to_shown_number(number, image)
    return to_shown(number.single, reader)


def to_shown(prediction: Prediction, reader: DigitReader) -> dict[str, Any]:
    """Return what answer.js shows of a prediction."""
    labels = map(str, reader.classes_.tolist())
    return {
        "state": "unsure" if prediction.unsure else "answer",
        "guess": str(prediction.guess),
        "probabilities": dict(zip(labels, prediction.probabilities.tolist(), strict=True)),
        "seen": input_view(prediction.steps),
        "steps": steps_view(prediction.steps, reader.explain(prediction)),
    }


def to_shown_number(number: NumberPrediction, image: OpenedImage) -> dict[str, Any]:
    """Return what answer.js shows of a number."""
    return {
        "state": "unsure" if number.unsure else "answer",
        "guess": number.guess,
        "confidence": number.confidence,
        "boxes": boxes_view(image.size, number.digits),
    }


def no_answer(state: str, message: str) -> dict[str, Any]:
    """Return what answer.js shows when there is no answer: why, as the key of a text."""
    return {"state": state, "message": message}
