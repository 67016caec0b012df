"""Run a dask scheduler and workers as processes on loopback."""

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager

from apps import ROOT, free_port
from distributed import Client


@contextmanager
def process(name, *arguments, cwd=ROOT, **environment):
    command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments, "--no-dashboard"]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def scheduler():
    port = free_port()
    with process("scheduler", "--host", "127.0.0.1", "--port", str(port)):
        yield f"tcp://127.0.0.1:{port}"


def worker(address, cwd=ROOT, **environment):
    options = ("--no-nanny", "--nthreads", "1")
    return process("worker", address, *options, cwd=cwd, **environment)


@contextmanager
def workers(n):
    """Start a scheduler and workers; yield its address and their processes."""
    with ExitStack() as stack:
        address = stack.enter_context(scheduler())
        processes = [stack.enter_context(worker(address)) for _ in range(n)]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(n, timeout=60)
        yield address, processes
