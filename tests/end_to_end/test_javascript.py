"""JavaScript of other people: what they copy from the documentation, in a folder of their own."""

import re
import shutil
import subprocess

import pytest
from apps import ROOT
from node import NODE

SEVEN = ROOT / "docs" / "images" / "seven.png"


def run(folder, *command):
    """Run a program in a folder and return what it prints."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def project(tmp_path):
    """A function that makes a folder with a picture and these packages of npm."""

    def make(*packages):
        missing = [name for name in packages if not (ROOT / "node_modules" / name).is_dir()]
        if missing:
            pytest.skip(f"needs {', '.join(missing)} in node_modules: make check installs them")
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        shutil.copy(SEVEN, folder)
        return folder

    return make


def code(page, kind, words):
    """Return the block of code of a page that contains some words."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = [
        block for block in re.findall(rf"```{kind}\n(.*?)```", text, re.S) if words in block
    ]
    return found


@pytest.mark.parametrize("page", ["interface/snippets.md", "interface/snippets.sv.md"])
def test_the_client_of_gradio_asks_the_app(page, app_url, project):
    folder = project("@gradio/client")
    script = code(page, "js", "@gradio/client").replace("http://127.0.0.1:7860", app_url)
    (folder / "ask.mjs").write_text(script + "process.exit();\n", encoding="utf-8")
    assert run(folder, NODE, "ask.mjs") == "7\n"
