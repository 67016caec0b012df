"""The texts of the page: those of web/texts.json, and its longer ones, which are Markdown."""

import json
from html import escape
from pathlib import Path
from typing import Any, Final

import gradio as gr

from siffra.paths import WEB

_HERE: Final = Path(__file__).parent
_TEXTS: Final = json.loads((WEB / "texts.json").read_text(encoding="utf-8"))


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


ENGLISH: Final[dict[str, str]] = _TEXTS["en"] | {
    "about_text": _read("about.md"),
    "snippets": _read("snippets.md"),
}
SWEDISH: Final[dict[str, str]] = _TEXTS["sv"] | {
    "about_text": _read("about.sv.md"),
    "snippets": _read("snippets.sv.md"),
}

text = gr.I18n(en=ENGLISH, sv=SWEDISH)


def word(key: str, **placed: Any) -> str:
    """Return a text inside HTML; web/texts.js translates it, as the HTML may hold several."""
    content = escape(ENGLISH[key].format_map(placed))
    return f'<span data-text="{key}"{values(**placed)}>{content}</span>'


def values(**placed: Any) -> str:
    """Return the attribute with the values that web/texts.js puts into a text."""
    return f' data-values="{escape(json.dumps(placed))}"' if placed else ""
