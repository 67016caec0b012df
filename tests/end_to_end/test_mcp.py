"""The app as a tool of language models: a real MCP client asks it."""

import asyncio
import json

import pytest
from apps import ROOT, run_app
from uploads import data_url

from interface.upload_folder import MAX_FILE_SIZE

mcp = pytest.importorskip("mcp")
from mcp.client.streamable_http import streamable_http_client  # noqa: E402

SEVEN = (ROOT / "docs" / "images" / "seven.png").read_bytes()
LINK = "http://127.0.0.1:9/7.png"


def padded(size):
    """The picture of a 7 with so many bytes after its end."""
    return data_url(SEVEN + bytes(size - len(SEVEN)))


CALLS = {
    "seven": ("predict", {"image": data_url(SEVEN)}),
    "top_k": ("predict", {"image": data_url(SEVEN), "top_k": 1}),
    "number": ("predict_number", {"image": data_url(SEVEN)}),
    "link": ("predict", {"image": LINK}),
    "text": ("predict", {"image": "x"}),
    "largest": ("predict", {"image": padded(MAX_FILE_SIZE)}),
    "too large": ("predict", {"image": padded(MAX_FILE_SIZE + 1000)}),
    "after all": ("predict_number", {"image": data_url(SEVEN)}),
}


async def ask(url):
    """Make all calls in one session."""
    async with (
        streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _),
        mcp.ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        answers = {name: await session.call_tool(*call) for name, call in CALLS.items()}
        return tools, answers


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The tools, the answers, and what the app printed."""
    output = tmp_path_factory.mktemp("mcp")
    with run_app("app.py", output, GRADIO_MCP_SERVER="True") as (url, _):
        tools, answers = asyncio.run(ask(url))
    return tools, answers, (output / "stdout").read_text()


def test_the_tools_say_what_they_take_and_what_null_means(asked):
    tools, *_ = asked
    assert tools.keys() == {"predict", "predict_number"}
    assert tools["predict"].inputSchema["required"] == ["image"]
    assert tools["predict_number"].inputSchema["required"] == ["image"]
    properties = tools["predict"].inputSchema["properties"]
    assert {name: schema["type"] for name, schema in properties.items()} == {
        "image": "string",
        "top_k": "integer",
    }
    for tool in tools.values():
        image = tool.inputSchema["properties"]["image"]["description"]
        assert f"up to {MAX_FILE_SIZE // 10**6} MB" in image
        assert image.endswith("data:image/png;base64,...")  # whole
        assert "A label of null means that the reader is unsure" in tool.description
        assert tool.description.endswith("Links are not fetched.")
        assert "$ref" not in json.dumps(tool.inputSchema)


def test_answers_are_json_and_structured(asked):
    _, answers, _ = asked
    for name, n_labels in (("seven", 3), ("top_k", 1), ("largest", 3)):
        assert not answers[name].isError
        found = json.loads(answers[name].content[0].text)
        assert (found["label"], len(found["confidences"])) == ("7", n_labels)
        assert answers[name].structuredContent == found
    number = answers["number"].structuredContent
    assert (number["label"], number["guess"], number["digits"][0]["label"]) == ("7", "7", "7")


def test_a_refused_image_is_an_error_of_the_tool_and_not_the_end_of_the_session(asked):
    _, answers, _ = asked
    for name, words in (
        ("link", "not base64"),
        ("text", "not base64"),
        ("too large", "Expected at most 10 MB"),
    ):
        assert answers[name].isError, name
        assert words in answers[name].content[0].text
    assert answers["after all"].structuredContent == answers["number"].structuredContent


def test_each_request_is_logged_once(asked):
    *_, output = asked
    lines = [line for line in output.splitlines() if " POST " in line]
    assert all("/gradio_api/mcp" in line for line in lines)
    # Besides the calls: initialize, initialized and the list of tools.
    assert len(lines) == len(CALLS) + 3
