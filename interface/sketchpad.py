"""A sketch pad for Gradio: web/pad.js and web/tools.js on a canvas of this page."""

import base64
import binascii
import io
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

import gradio as gr
import numpy as np
from PIL import Image

from siffra.exceptions import InvalidImageError
from siffra.image_files import OpenedImage, open_image
from siffra.numbers.strokes import check_strokes
from siffra.paths import WEB

# A drawing of 400 x 400 pixels takes 5 to 50 kB.
MAX_LENGTH = 256 * 1024
MAX_PIXELS = 1_000_000

_HERE: Final = Path(__file__).parent
_PREFIX: Final = "data:image/png;base64,"
_TEMPLATE: Final = (
    '<div class="pad"><canvas aria-label="{}" data-aria-text="pad"></canvas>'
    '<div class="tools"></div></div>'
)


class Sketchpad(gr.HTML):
    """A pad to draw on with a mouse, a finger, a pen or the keyboard.

    In Python its value is that of `gr.Sketchpad`: a mapping of "background", "layers" and
    "composite", each an RGBA image, or all of them empty; and "strokes", how it was drawn, for
    `DigitReader.read_number`: arrays (n, 2) of x, y in pixels. It can be set to None, an image or
    such a mapping, whose strokes are left out. `change` fires after each stroke, undo, redo and
    clear, `clear` when the pad becomes empty. `texts` are the names of the buttons, if not their
    English ones: those of "undo", "redo", "eraser", "clear" and "save".
    """

    def __init__(
        self,
        value: Any = None,
        *,
        label: str = "Sketch pad",
        texts: Mapping[str, str] | None = None,
        type: Literal["numpy", "pil"] = "numpy",  # noqa: A002  # as in gr.Sketchpad
        **options: Any,
    ) -> None:
        self.texts = dict(texts or {})
        self.type = type
        super().__init__(
            value,
            label=label,
            html_template=_TEMPLATE.format(escape(label)),
            css_template=_read("parts.css"),
            js_on_load=build_script(self.texts),
            apply_default_css=False,
            **options,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return the drawing as the value of an image editor."""
        opened = decode_drawing(payload)
        if opened is None:
            return {"background": None, "layers": [], "composite": None, "strokes": []}
        drawing = Image.fromarray(opened.pixels)
        composite = drawing.convert("RGBA")
        background = Image.new("RGBA", drawing.size, "white")
        ink = Image.new("RGBA", drawing.size, "black")
        ink.putalpha(drawing.convert("L").point(lambda gray: 255 - gray))
        convert = np.asarray if self.type == "numpy" else lambda image: image
        return {
            "background": convert(background),
            "layers": [convert(ink)],
            "composite": convert(composite),
            "strokes": check_strokes(decode_strokes(payload)),
        }

    def postprocess(self, value: Any) -> dict[str, str]:  # type: ignore[override]
        """Return an image, or the image in the value of an image editor, as the page takes it."""
        return {"version": uuid4().hex, "image": self._encode(value)}

    def _encode(self, value: Any) -> str:
        """Return the data URL of an image or of the image in the value of an image editor."""
        if isinstance(value, Mapping):
            layers = value.get("layers") or [None]
            parts = (value.get("composite"), layers[0], value.get("background"))
            value = next((part for part in parts if part is not None), None)
        if value is None:
            return ""
        image = value if isinstance(value, Image.Image) else Image.fromarray(np.asarray(value))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return _PREFIX + base64.b64encode(buffer.getvalue()).decode()


def decode_drawing(value: Any) -> OpenedImage | None:
    """Return the image in the pad's value as it arrives, None for an empty pad.

    The value is "" or a mapping with "image", the data URL of a PNG file. If Python has set it, it
    is as `Sketchpad.postprocess` returned it.
    """
    url = value["image"] if isinstance(value, Mapping) and "image" in value else value
    if url is None or url == "":
        return None
    if not isinstance(url, str) or not url.startswith(_PREFIX):
        raise InvalidImageError("Got no drawing. Expected the data URL of a PNG file.")
    if len(url) > MAX_LENGTH:
        raise InvalidImageError(
            f"Got a drawing of {len(url)} characters. Expected at most {MAX_LENGTH}."
        )
    try:
        content = base64.b64decode(url[len(_PREFIX) :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidImageError("Got a drawing that is not base64.") from error
    return open_image(content, formats=("PNG",), max_pixels=MAX_PIXELS)


def decode_strokes(value: Any) -> Any:
    """Return the strokes in the pad's value as it arrives, unchecked; none if Python has set it."""
    return value.get("strokes", []) if isinstance(value, Mapping) else []


def build_script(names: Mapping[str, str]) -> str:
    """Return the pad, its tools and their connection to Gradio as the body of one function."""
    modules = _read("pad.js") + _read("tools.js")
    constants = f"const NAMES = {json.dumps(dict(names))};\n"
    glue = (_HERE / "sketchpad.js").read_text(encoding="utf-8")
    return constants + re.sub(r"^export ", "", modules, flags=re.MULTILINE) + glue


def _read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")
