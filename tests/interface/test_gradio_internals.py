"""What the app needs of Gradio and uvicorn and they do not document; for MCP, see test_mcp.py.

Where one of these tests fails after an update, its name says which part is missing or has changed.
"""

import json
from pathlib import Path

import pytest
from apps import free_port
from forks import run_code

from interface import gradio_internals as internals

SCRIPT = Path(__file__).parent / "running_page.py"
PARTS = (
    "middleware_stack",
    "uploaded_file_dir",
    "server",
    "preprocess_data",
    "queue",
    "connections",
)


@pytest.fixture(scope="module")
def results():
    return json.loads(run_code(SCRIPT.read_text(), free_port()).splitlines()[-1])


@pytest.mark.parametrize("part", PARTS)
def test_part_of_a_running_page(results, part):
    assert results[part] == "sound"


def test_marks_of_files():
    file = {"path": "7.png", "meta": {"_type": "gradio.FileData"}}
    link, plain = file | {"path": "https://example.com/7.png"}, {"path": "/etc/passwd"}
    assert internals.find_files([1, {"a": [file, {"b": plain}]}, link]) == [file, plain, link]
    assert [internals.is_upload(one) for one in (file, link, plain)] == [True, True, False]
    assert [internals.is_link(one) for one in (file, link, plain)] == [False, True, False]
