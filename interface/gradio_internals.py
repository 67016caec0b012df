"""Everything of Gradio that is not documented, in one file: each version may change it."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse
from starlette.types import ASGIApp


def put_in_front(app: Any, middleware: Callable[[ASGIApp], ASGIApp]) -> None:
    """Put middleware in front of an app that runs already, outside all that Gradio has added."""
    app.middleware_stack = middleware(app.middleware_stack)


def upload_folder(app: Any) -> Path:
    """Return the folder in which an app stores uploads."""
    return Path(app.uploaded_file_dir)


def is_event(page: gr.Blocks, event: str) -> bool:
    """Return whether the queue knows an event whose answer has not been fetched."""
    queue = page._queue
    return event in queue.event_ids_to_events or any(
        event in events for events in queue.pending_event_ids_session.values()
    )


def find_server(page: gr.Blocks) -> Any:
    """Return the uvicorn server of a page; None before it is launched."""
    return getattr(page, "server", None)


def set_tool_request_size(size: int) -> None:
    """Let requests of language models have so many bytes; the limit of mcp is 4 MiB."""
    from gradio.mcp import GradioMCPServer  # which needs mcp

    manager = partial(GradioMCPServer.StreamableHTTPSessionManager, max_request_body_size=size)
    GradioMCPServer.StreamableHTTPSessionManager = staticmethod(manager)  # type: ignore[assignment, misc]


def structure_answers(page: gr.Blocks) -> None:
    """Let tools for language models answer with structured content beside the same JSON text."""
    if page.mcp_server_obj is None:
        return
    from mcp.types import CallToolRequest, CallToolResult  # installed only where there are tools

    handlers = page.mcp_server_obj.mcp_server.request_handlers
    call = handlers[CallToolRequest]

    async def call_and_structure(request: CallToolRequest) -> Any:
        result = await call(request)
        answer = result.root
        if isinstance(answer, CallToolResult) and not answer.isError:
            answer.structuredContent = json.loads(answer.content[0].text)  # type: ignore[union-attr]
        return result

    handlers[CallToolRequest] = call_and_structure


def hide_from_mcp(function: Any) -> Any:
    """Mark a function as an endpoint that is no tool for language models."""
    function._mcp_type = "endpoint"
    return function


def files_in(inputs: list[Any]) -> list[dict[str, Any]]:
    """Return everything in the inputs of an event that Gradio may open as a file."""
    files: list[dict[str, Any]] = []
    traverse(inputs, files.append, lambda value: isinstance(value, dict) and "path" in value)
    return files


def is_upload(file: dict[str, Any]) -> bool:
    """Return whether a file has the mark without which Gradio opens any path unchecked."""
    return bool(is_file_obj_with_meta(file))


def is_link(file: dict[str, Any]) -> bool:
    """Return whether Gradio would download a file."""
    return bool(is_http_url_like(file["path"]))
