"""The app as a tool of language models: a real MCP client asks it."""

import ast
import asyncio
import base64
import json

import pytest
from apps import ROOT, serve

mcp = pytest.importorskip("mcp")
from mcp.client.streamable_http import streamable_http_client  # noqa: E402


async def ask(url, *calls):
    async with (
        streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _),
        mcp.ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = (await session.list_tools()).tools
        return tools, [await session.call_tool("predict", arguments) for arguments in calls]


def test_a_client_uses_the_tool_as_its_schema_says():
    seven = (ROOT / "docs" / "images" / "seven.png").read_bytes()
    image = f"data:image/png;base64,{base64.b64encode(seven).decode()}"
    link = "http://127.0.0.1:9/7.png"
    with serve(GRADIO_MCP_SERVER="True") as url:
        calls = ({"image": image}, {"image": image, "top_k": 1}, {"image": link}, {"image": "x"})
        tools, answers = asyncio.run(ask(url, *calls))
    tool, number = sorted(tools, key=lambda tool: tool.name)
    assert (tool.name, number.name) == ("predict", "predict_number")
    assert number.inputSchema["required"] == ["image"]
    assert tool.description.startswith("Read one handwritten digit")
    assert tool.inputSchema["required"] == ["image"]
    properties = tool.inputSchema["properties"]
    assert {name: schema["type"] for name, schema in properties.items()} == {
        "image": "string",
        "top_k": "integer",
    }
    assert "data:image/png;base64," in properties["image"]["description"]
    assert "$ref" not in json.dumps(tool.inputSchema)
    for answer, n_labels in zip(answers[:2], (3, 1), strict=True):
        assert not answer.isError
        found = ast.literal_eval(answer.content[0].text)
        assert (found["label"], len(found["confidences"])) == ("7", n_labels)
    for answer in answers[2:]:
        assert answer.isError
        assert "Got" in answer.content[0].text
