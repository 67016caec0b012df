"""Write docs/sketchpad.py, the sketch pad in one file for any Gradio app: make sketchpad."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "sketchpad.py"
TEMPLATE = r'''"""A sketch pad for any Gradio app, in one file to copy: python sketchpad.py.

Written by docs/build_sketchpad.py of Siffra from web/pad.js and web/tools.js. Apache License 2.0.
"""

from typing import Any

import gradio as gr


class Sketchpad(gr.HTML):
    """A pad to draw on with a mouse, a finger, a pen or the keyboard.

    In Python its value is that of `gr.Sketchpad`: a dict of "background", "layers" and
    "composite", RGBA arrays of 400 x 400 pixels, or None on an empty pad. It can be set to None,
    an array, a PIL image or such a dict. `change` fires after each stroke, undo, redo and clear,
    and `clear` when the pad becomes empty.
    """

    HTML_TEMPLATE = '<div class="pad"><canvas></canvas><div class="tools"></div></div>'
    CSS_TEMPLATE = """
.pad { display: grid; gap: 0.5rem; margin-inline: auto; max-width: 32rem; }
.pad canvas {
  aspect-ratio: 1; border: 1px solid GrayText; border-radius: 1rem; box-sizing: border-box;
  display: block; width: 100%;
}
.pad canvas:focus-visible, .pad button:focus-visible { outline: 3px solid Highlight; }
.pad .tools { display: flex; gap: 0.4rem; }
.pad button {
  background: ButtonFace; border: 1px solid GrayText; border-radius: 0.6rem; color: ButtonText;
  cursor: pointer; flex: 1; font: inherit; min-height: 2.75rem;
}
.pad button[aria-pressed="true"] { background: ButtonText; color: ButtonFace; }
.pad button[aria-disabled="true"] { color: GrayText; cursor: default; }
"""
    JS_ON_LOAD = r"""
@SCRIPT@"""
    MAX_LENGTH = 256 * 1024  # characters of a drawing as it arrives
    MAX_PIXELS = 1_000_000

    def __init__(self, value: Any = None, *, label: str = "Sketch pad", **options: Any) -> None:
        super().__init__(
            value,
            label=label,
            html_template=self.HTML_TEMPLATE,
            css_template=self.CSS_TEMPLATE,
            js_on_load=self.JS_ON_LOAD,
            apply_default_css=False,
            **options,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        """Return the drawing as the value of an image editor."""
        import base64
        import io

        import numpy as np
        from PIL import Image

        url = payload.get("image") if isinstance(payload, dict) else payload
        if not url:
            return {"background": None, "layers": [], "composite": None}
        prefix = "data:image/png;base64,"
        if not isinstance(url, str) or not url.startswith(prefix) or len(url) > self.MAX_LENGTH:
            raise gr.Error("Got no drawing. Expected the data URL of a PNG file.")
        try:
            content = io.BytesIO(base64.b64decode(url.removeprefix(prefix)))
            with Image.open(content, formats=["PNG"]) as image:
                if image.width * image.height > self.MAX_PIXELS:
                    raise gr.Error("Got a drawing of too many pixels.")
                drawing = image.convert("RGBA")
        except (OSError, ValueError, SyntaxError) as error:
            raise gr.Error("Got a drawing that cannot be read.") from error
        ink = Image.new("RGBA", drawing.size, "black")
        ink.putalpha(drawing.convert("L").point(lambda gray: 255 - gray))
        return {
            "background": np.asarray(Image.new("RGBA", drawing.size, "white")),
            "layers": [np.asarray(ink)],
            "composite": np.asarray(drawing),
        }

    def postprocess(self, value: Any) -> dict[str, str]:
        """Return an image, or the image in the value of an image editor, as the pad takes it."""
        import base64
        import io
        from uuid import uuid4

        import numpy as np
        from PIL import Image

        if isinstance(value, dict):
            layers = value.get("layers") or [None]
            parts = (value.get("composite"), layers[0], value.get("background"))
            value = next((part for part in parts if part is not None), None)
        url = ""
        if value is not None:
            image = value if isinstance(value, Image.Image) else Image.fromarray(np.asarray(value))
            buffer = io.BytesIO()
            image.save(buffer, "PNG")
            url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
        return {"version": uuid4().hex, "image": url}


if __name__ == "__main__":
    with gr.Blocks() as demo:
        pad = Sketchpad()
        pad.change(lambda drawing: drawing["composite"], pad, gr.Image())
    demo.launch()
'''


def build() -> str:
    """Return the file."""
    names = ("web/pad.js", "web/tools.js", "interface/sketchpad.js")
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in names]
    script = re.sub(r"^export ", "", "".join(texts), flags=re.MULTILINE)
    return TEMPLATE.replace("@SCRIPT@", "const NAMES = {};\n" + script)


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
