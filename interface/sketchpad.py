"""The sketch pad: Gradio's, as this page uses it, and the image in its value."""

from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from typing import Any

import gradio as gr
from PIL import Image

from pipeline.exceptions import InvalidImageError
from pipeline.image_files import open_image

CANVAS_SIZE = 800
BRUSH_SIZE = 34
# Drawings that wait to be read. Gradio itself keeps every one whose reading is never asked for.
MAX_STORED_DRAWINGS = 64

_PARTS = ("background", "layers", "composite")


class RecentDrawings(OrderedDict[str, Any]):
    """What pads have sent, by the id of the drawing; the oldest is dropped."""

    def __setitem__(self, key: str, value: Any) -> None:
        """Keep a drawing."""
        super().__setitem__(key, value)
        while len(self) > MAX_STORED_DRAWINGS:
            self.popitem(last=False)


def sketch_pad(**options: Any) -> gr.Sketchpad:
    """Return a pad with a black brush, and nothing to upload, crop or stack."""
    pad = gr.Sketchpad(
        canvas_size=(CANVAS_SIZE, CANVAS_SIZE),
        brush=gr.Brush(default_size=BRUSH_SIZE, colors=["#000000"], color_mode="fixed"),
        layers=False,
        sources=(),
        transforms=(),
        buttons=[],
        format="png",
        **options,
    )
    pad.blob_storage = RecentDrawings()
    return pad


def editor_to_image(
    value: Any, drawings: MutableMapping[str, Any] | None = None
) -> Image.Image | None:
    """Return the drawing in the value of an image editor; None if nothing was drawn.

    `value` is as it arrives, before Gradio opens its files: background, layers and composite are
    each None or {"path": ...}, or the page has sent their contents before, and {"id": ...} names
    them among the `drawings`. Only the part that is used is opened.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or not any(part in value for part in _PARTS):
        raise InvalidImageError(
            f"Got {type(value).__name__}, but expected the value of an image editor: a mapping "
            "with background, layers and composite. Send an image file to /predict instead."
        )
    if value.get("id") is not None:
        stored = ({} if drawings is None else drawings).pop(value["id"], None)
        value = {part: getattr(stored, part, None) for part in _PARTS}
    layers = value.get("layers") or []
    if not isinstance(layers, list) or len(layers) > 1:
        raise InvalidImageError("Got a sketch of several layers. Expected at most one.")
    for part in (value.get("composite"), *layers, value.get("background")):
        source = part.get("path") if isinstance(part, Mapping) else part
        if source:
            return open_image(source)
    return None
