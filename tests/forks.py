"""Run scripts in processes that have imported the app already: that takes five seconds."""

import contextlib
import io
import os
import runpy
import signal
import sys
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["app", "train"])


def start_script(
    script: str, *arguments: object, output: Path | None = None, **environment: object
) -> BaseProcess:
    """Start a script; what it prints goes to the files stdout and stderr in a folder.

    Of the variables that a library reads when it is imported, only HF_HOME has an effect.
    """
    process = CONTEXT.Process(
        target=_run_script, args=(script, *_strings(arguments, environment), output)
    )
    process.start()
    return process


def run_code(code: str, *arguments: object, **environment: object) -> str:
    """Run code, and return what it prints."""
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(
        target=_run_code, args=(code, *_strings(arguments, environment), sender)
    )
    process.start()
    sender.close()
    with receiver:
        assert receiver.poll(60)
        printed = receiver.recv()
    process.join()
    return printed


def _strings(
    arguments: tuple[object, ...], environment: dict[str, object]
) -> tuple[list[str], dict[str, str]]:
    variables = {name: str(value) for name, value in environment.items()}
    return [str(argument) for argument in arguments], os.environ | variables


def _run_script(
    script: str, arguments: list[str], environment: dict[str, str], output: Path | None
) -> None:
    if output:
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            os.dup2(os.open(output / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    _prepare([script, *arguments], environment)
    runpy.run_path(script, run_name="__main__")


def _run_code(
    code: str, arguments: list[str], environment: dict[str, str], sender: Connection
) -> None:
    _prepare(["-c", *arguments], environment)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {"__name__": "__main__"})
    sender.send(printed.getvalue())


def _prepare(arguments: list[str], environment: dict[str, str]) -> None:
    """Set what a process of its own would have."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by tests in the background
    sys.argv = arguments
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    if home := environment.get("HF_HOME"):
        import huggingface_hub  # not before hub_server, which sets its HF_ENDPOINT

        huggingface_hub.constants.HF_HUB_CACHE = str(Path(home, "hub"))
