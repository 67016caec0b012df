"""The texts of both pages: none is missing, none is left over."""

import json
import re
from html import unescape
from string import Formatter

from apps import ROOT

from interface.texts import ENGLISH, SWEDISH, word

TEXTS = json.loads((ROOT / "web" / "texts.json").read_text(encoding="utf-8"))
SOURCE = "".join(
    path.read_text(encoding="utf-8")
    for pattern in ("web/*.html", "web/*.js", "interface/*.js", "interface/*.py", "siffra/*.py")
    for path in sorted(ROOT.glob(pattern))
)
USE = re.compile(r'(?:\b(?:text|word)\(|no_answer\("\w+", |-text=|\bmessage: |ENGLISH\[)"(\w+)"')


def placeholders(text):
    return {name for _, name, *_ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_places():
    assert list(TEXTS["en"]) == list(TEXTS["sv"])
    for key, text in TEXTS["en"].items():
        assert placeholders(text) == placeholders(TEXTS["sv"][key]), key
    assert ENGLISH.keys() == SWEDISH.keys()


def test_each_text_that_is_used_exists():
    used = set(USE.findall(SOURCE))
    assert len(used) > 25
    assert used <= ENGLISH.keys()


def test_each_text_is_used():
    names = {re.sub("^(step|accuracy)_", "", key) for key in TEXTS["en"]}  # before a name
    # In quotes, or the key of an object.
    assert [name for name in names if not re.search(rf'"{name}"|\b{name}: ', SOURCE)] == []


def test_a_word_in_html_has_its_values():
    html = word("model", name="<b>", date="2026")
    assert "<b>" not in html
    (values,) = re.findall('data-values="(.*?)"', html)
    assert json.loads(unescape(values)) == {"name": "<b>", "date": "2026"}
    assert re.sub("<[^>]*>", "", html) == "Model: &lt;b&gt;, 2026."


def test_a_link_to_the_static_page_is_shown_with_its_texts():
    html = (ROOT / "web" / "index.html").read_text(encoding="utf-8")
    assert f"<title>{ENGLISH['title']}</title>" in html
    assert html.count(f'content="{ENGLISH["title"]}"') == 1
    assert html.count(f'content="{ENGLISH["promise"]}"') == 2
