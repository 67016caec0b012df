"""The app as a tool of language models: a real MCP client asks it."""

import asyncio
import base64

import pytest
from conftest import ROOT, serve

mcp = pytest.importorskip("mcp")
from mcp.client.streamable_http import streamable_http_client  # noqa: E402


async def ask(url, image):
    async with (
        streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _),
        mcp.ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool.description for tool in (await session.list_tools()).tools}
        return tools, await session.call_tool("predict", {"image": image})


def test_a_client_finds_the_two_tools_and_reads_a_digit():
    seven = (ROOT / "docs" / "images" / "seven.png").read_bytes()
    image = f"data:image/png;base64,{base64.b64encode(seven).decode()}"
    with serve(GRADIO_MCP_SERVER="True") as url:
        tools, answer = asyncio.run(ask(url, image))
    assert tools.keys() == {"predict", "predict_sketch"}
    assert tools["predict"].startswith("Read the digit in an image file.")
    assert not answer.isError
    assert "'label': '7'" in answer.content[0].text
