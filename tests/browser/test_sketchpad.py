"""The sketch pad in a Gradio app that is not ours."""

import importlib
import os
import re
import runpy
import shutil
import subprocess
import sys

import gradio as gr
import pytest
from apps import ROOT, free_port, run_app, wait_for
from playwright.sync_api import expect
from sketching import SECONDS, draw_stroke, wait_for_pad

from interface.sketchpad import Sketchpad
from interface.sketchpad import build_script as sketchpad_script

LINE = [(0.2, 0.5), (0.8, 0.5)]


@pytest.fixture
def open_app(chromium):
    """Open an app; the page fails the test if its script has an error."""
    pages = []

    def visit(url):
        page = chromium.new_page(viewport={"width": 500, "height": 1000})
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(url)
        wait_for_pad(page)
        pages.append(page)
        return page

    yield visit
    for page in pages:
        assert page.errors == []
        page.close()


def test_python_gets_the_drawing_and_can_set_it(open_app):
    with run_app("tests/browser/pad_app.py") as (url, _):
        page = open_app(url)
        described = page.locator("#described textarea, #described input")

        def is_described(text):
            expect(described).to_have_value(re.compile(text), timeout=30 * SECONDS)

        draw_stroke(page, LINE)
        is_described(r"^400 x 400, 0\.0[12]$")
        page.get_by_role("button", name="Undo").click()
        is_described("^empty$")
        page.get_by_role("button", name="Bar").click()
        is_described(r"^(100 x 100|400 x 400), 0\.20$")
        draw_stroke(page, LINE)  # over what was set
        is_described(r"^400 x 400, 0\.2[12]$")
        page.get_by_role("button", name="Nothing").click()
        is_described("^empty$")
        page.get_by_role("button", name="Undo").click()
        is_described(r"^400 x 400, 0\.2[12]$")


def test_a_value_that_arrives_again_does_not_replace_the_drawing(chromium):
    """Gradio may hand over the first value late, when somebody draws already."""
    page = chromium.new_page(viewport={"width": 500, "height": 600})
    page.set_content(f"<div id=pad>{Sketchpad(render=False).html_template}</div>")
    page.add_style_tag(content="canvas { width: 300px; height: 300px }")
    page.evaluate(
        """(script) => {
            window.props = {value: {version: "first", image: ""}};
            const run = new Function("element", "props", "trigger", "watch", script);
            run(document.querySelector("#pad"), props, () => {}, (_, show) => window.show = show);
            window.hasInk = () => {
                const canvas = document.querySelector("canvas");
                const {data} = canvas.getContext("2d").getImageData(0, 0, 300, 300);
                return new Uint32Array(data.buffer).includes(0xff000000);
            };
        }""",
        sketchpad_script({}),
    )
    draw_stroke(page, LINE)
    page.wait_for_function("hasInk()")
    drawn = page.evaluate("props.value")
    assert drawn["image"].startswith("data:image/png")
    for late in ({"version": "first", "image": ""}, "", None):
        page.evaluate("async (value) => { props.value = value; await show(); }", late)
        assert page.evaluate("hasInk()")
        if late:
            assert page.evaluate("props.value") == drawn
    page.evaluate("async () => { props.value = {version: 'next', image: ''}; await show(); }")
    assert not page.evaluate("hasInk()")
    page.close()


def test_the_file_to_copy_is_that_of_the_scripts():
    build = runpy.run_path(str(ROOT / "docs" / "build_sketchpad.py"))["build"]
    assert (ROOT / "docs" / "sketchpad.py").read_text(encoding="utf-8") == build()


# As if they were not installed, in an app that has nothing but the file.
ALONE = """import sys
sys.modules |= dict.fromkeys(["siffra", "interface", "sklearn", "cv2", "skops", "joblib"])
"""


@pytest.fixture
def copied(tmp_path):
    """The app of the documentation in a folder with nothing but the pad."""
    text = (ROOT / "docs" / "sketchpad.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    shutil.copy(ROOT / "docs" / "sketchpad.py", tmp_path)
    (tmp_path / "app.py").write_text(ALONE + code, encoding="utf-8")
    return tmp_path


def test_the_copied_pad_works_in_an_app_without_anything_else(copied, open_app):
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "0"}
    command = [sys.executable, "-E", "app.py"]
    with subprocess.Popen(command, cwd=copied, env=environment) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}")
            page = open_app(f"http://127.0.0.1:{port}")
            drawn = page.get_by_label("Drawn")
            box = page.locator("canvas[role=application]").bounding_box()
            page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 100)
            page.mouse.down()
            page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 100, steps=5)
            page.mouse.up()
            expect(drawn).to_have_value(re.compile(r"^[23]\.\d% ink$"), timeout=15 * SECONDS)
            page.get_by_role("button", name="Clear").click()
            expect(drawn).to_have_value("nothing", timeout=15 * SECONDS)
        finally:
            process.kill()


@pytest.fixture
def copied_class(copied, monkeypatch):
    monkeypatch.syspath_prepend(copied)
    yield importlib.import_module("sketchpad").Sketchpad
    del sys.modules["sketchpad"]


def test_the_copied_pad_is_as_the_gallery_takes_it(copied_class):
    entry = copied_class()._to_publish_format(author="me")
    assert entry["id"] == "sketchpad"
    assert entry["python_code"].startswith("class Sketchpad(gr.HTML)")
    assert entry["js_on_load"] == copied_class.JS_ON_LOAD


@pytest.mark.parametrize("wrong", [5, "x", "data:image/png;base64,AAAA", {"image": "http://x"}])
def test_the_copied_pad_refuses_what_is_no_drawing(copied_class, wrong):
    with pytest.raises(gr.Error, match="Got"):
        copied_class().preprocess(wrong)
