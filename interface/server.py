"""Serve the page: Gradio's server with the guard in front, until the process is stopped."""

import asyncio
import logging
import os
import signal
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import cv2
import gradio as gr
import httpx
from PIL import Image
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from threadpoolctl import threadpool_limits

from siffra.escaping import printable
from siffra.exceptions import SiffraError
from siffra.paths import WEB

from .access import Access
from .connections import manage_connections
from .corrected import CorrectedAnswers
from .gradio_internals import (
    find_server,
    is_event,
    put_in_front,
    structure_answers,
    upload_folder,
)
from .guard import Guard
from .model_loader import ModelLoader
from .page import HERE
from .texts import text
from .upload_folder import MAX_FILE_SIZE, UploadFolder

# Requests that wait; 50 visitors at once are answered within seconds.
MAX_WAITING = 200
# Gradio keeps a copy of the page's state for so many visitors, and for every call of a program.
SESSIONS = 100
DEFAULT_PORT = 7860
FONT = ("system-ui", "sans-serif")


class ServerError(SiffraError, OSError):
    """The server cannot be started as the operator asks."""


def install_guard(page: gr.Blocks, model: ModelLoader, access: Access) -> Any:
    """Return a lifespan for Gradio's app that puts the guard outside all other middleware."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        endpoints = page.get_api_info()["named_endpoints"]
        guard = partial(
            Guard,
            access=access,
            model=model,
            folder=UploadFolder(upload_folder(app)),
            endpoints=frozenset(name.lstrip("/") for name in endpoints),
            is_event=partial(is_event, page),
        )
        put_in_front(app, guard)
        structure_answers(page)
        connections = asyncio.create_task(manage_connections(page))
        yield
        connections.cancel()

    return lifespan


def serve(page: gr.Blocks, model: ModelLoader, share: bool = False) -> None:
    """Serve the page until the process is stopped, or raise the SiffraError that prevents it."""
    # Like Ctrl+C: requests that have begun are finished.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _launch(page, model, share)
        announce(page, share)
        model.get(timeout=None)
        page.block_thread()
    except KeyboardInterrupt:
        if server := find_server(page):  # as soon as it is listening
            server.close()
    except SiffraError:
        page.close(verbose=False)
        raise


def _launch(page: gr.Blocks, model: ModelLoader, share: bool) -> None:
    """Start the server, or raise a ServerError."""
    name = os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    port = int(os.environ.get("GRADIO_SERVER_PORT", DEFAULT_PORT))
    if not 0 < port < 2**16:
        raise ServerError(f"Got GRADIO_SERVER_PORT={port}, but expected 1 to 65535.")
    try:
        access = Access.from_environment(share=share)
    except ValueError as error:
        raise ServerError(f"Invalid SIFFRA_PROXIES: {error}.") from error
    _configure()
    # Otherwise each answer is followed by a message to every queued client.
    page.queue(status_update_rate=5, max_size=MAX_WAITING, api_open=False)
    try:
        page.launch(
            server_name=name,
            server_port=port,
            share=share,
            prevent_thread_lock=True,
            state_session_capacity=SESSIONS,
            i18n=text,
            css_paths=[WEB / "parts.css", HERE / "page.css"],
            theme=gr.themes.Default(font=FONT),
            max_file_size=MAX_FILE_SIZE,
            app_kwargs={
                "lifespan": install_guard(page, model, access),
                "middleware": [Middleware(GZipMiddleware), Middleware(CorrectedAnswers)],
            },
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            quiet=True,  # `announce` says it for users of this app
        )
    except OSError as error:
        raise ServerError(
            f"Cannot listen on {name}, port {port}. Stop the program that uses the port, or set "
            "GRADIO_SERVER_PORT and GRADIO_SERVER_NAME."
        ) from error
    except (ValueError, httpx.HTTPError) as error:
        raise ServerError(
            f"The app listens on {name}, port {port}, but cannot reach itself there. Check the "
            "proxy settings: NO_PROXY must contain localhost and 127.0.0.1."
        ) from error


def announce(page: gr.Blocks, share: bool) -> None:
    """Say where the page is, and how others can see it."""
    print(f"Siffra is running on {page.local_url} - Ctrl+C stops it.", flush=True)
    if not share:
        print("For a public link, start it with: .venv/bin/python app.py --share", flush=True)
    if page.mcp_error:
        print(page.mcp_error, flush=True)


class LogFormatter(logging.Formatter):
    """One printable line for each record, even if it quotes a visitor's text."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line; see `logging.Formatter`."""
        return printable(super().formatMessage(record))


def _configure() -> None:
    """Set the options of the whole process."""
    # One image is little work: more threads would only compete with those that serve the page.
    cv2.setNumThreads(1)
    threadpool_limits(1)
    # siffra.image_files refuses large images.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # the guard decides which proxies to believe
    log = logging.getLogger("siffra")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(LogFormatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
        log.addHandler(handler)
        log.setLevel(os.environ.get("SIFFRA_LOG_LEVEL", "INFO").upper())
