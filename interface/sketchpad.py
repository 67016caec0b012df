"""A sketch pad for Gradio: web/pad.js on a canvas of this page."""

import base64
import binascii
import io
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import uuid4

import gradio as gr
import numpy as np
from PIL import Image

from siffra.exceptions import InvalidImageError
from siffra.image_files import OpenedImage, open_image

# A drawing of 400 x 400 pixels takes 5 to 50 kB.
MAX_LENGTH = 256 * 1024
MAX_PIXELS = 1_000_000

TOOLS: Final = ("undo", "redo", "clear", "eraser")
TEXTS: Final = MappingProxyType({name: name.capitalize() for name in TOOLS})

_HERE = Path(__file__).parent
_PREFIX = "data:image/png;base64,"


class Sketchpad(gr.HTML):
    """A pad to draw on with a mouse, a finger, a pen or the keyboard.

    In Python its value is that of `gr.Sketchpad`: a mapping of "background", "layers" and
    "composite", each an RGBA image, or all of them empty. It can be set to None, an image or such
    a mapping. `change` fires after each stroke, undo, redo and clear, `clear` when the pad becomes
    empty. `texts` are the names of the buttons, as HTML.
    """

    def __init__(
        self,
        value: Any = None,
        *,
        label: str = "Sketch pad",
        texts: Mapping[str, str] = TEXTS,
        type: Literal["numpy", "pil"] = "numpy",  # noqa: A002  # as in gr.Sketchpad
        **options: Any,
    ) -> None:
        self.texts = dict(texts)
        self.type = type
        buttons = "".join(
            f'<button type="button" data-tool="{name}">{texts[name]}</button>' for name in TOOLS
        )
        super().__init__(
            value,
            label=label,
            html_template=f'<canvas aria-label="{label}"></canvas><div>{buttons}</div>',
            css_template=(_HERE / "sketchpad.css").read_text(encoding="utf-8"),
            js_on_load=build_script(),
            apply_default_css=False,
            **options,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return the drawing as the value of an image editor."""
        opened = decode_drawing(payload)
        if opened is None:
            return {"background": None, "layers": [], "composite": None}
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


def decode_drawing(url: Any) -> OpenedImage | None:
    """Return the image in the pad's value as it arrives, a data URL of a PNG file or "".

    A value that Python has set comes back as `Sketchpad.postprocess` returned it.
    """
    if isinstance(url, Mapping) and url.keys() == {"version", "image"}:
        url = url["image"]
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


def build_script() -> str:
    """Return the pad and what connects it to Gradio as the body of one function."""
    pad = (_HERE.parent / "web" / "pad.js").read_text(encoding="utf-8")
    glue = (_HERE / "sketchpad.js").read_text(encoding="utf-8")
    return re.sub(r"^export ", "", pad, flags=re.MULTILINE) + glue
