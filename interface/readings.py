"""What the page shows of a drawing or a photo: the values that answer.js gets."""

from typing import Any, Final

from PIL import Image

from siffra import DigitReader, NumberPrediction, Prediction
from siffra.exceptions import InvalidImageError, ModelLoadingError
from siffra.image_files import open_image

from .loading import ModelLoader
from .sketchpad import decode_drawing
from .views import boxes_view, input_view, steps_view

# What is no digit may be this number: it is likelier right than wrong.
MIN_NUMBER_CONFIDENCE: Final = 0.5
# Letters, faces and scribbles can be cut into pieces that look like digits, but seldom surely.
SURE_NUMBER: Final = 0.93


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


def read_image(model: ModelLoader, image: Image.Image) -> dict[str, Any]:
    """Return what the page shows of an image."""
    try:
        prediction = model.read(image)
        if prediction.unsure and model.get().judge:
            number = model.read_number(image)
            if len(number.digits) > 1 and number.confidence >= MIN_NUMBER_CONFIDENCE:
                return to_shown_number(number, image)
    except ModelLoadingError:
        return no_answer("error", "loading")
    return to_shown(prediction, model.get())


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


def to_shown_number(number: NumberPrediction, image: Image.Image) -> dict[str, Any]:
    """Return what answer.js shows of a number."""
    return {
        "state": "answer" if number.confidence >= SURE_NUMBER else "unsure",
        "guess": number.text,
        "confidence": number.confidence,
        "boxes": boxes_view(image.size, number.digits),
    }


def no_answer(state: str, message: str) -> dict[str, Any]:
    """Return what answer.js shows when there is no answer: why, as the key of a text."""
    return {"state": state, "message": message}
