"""A model in a process of its own: it loads while the caller gets ready, and reads for it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, NamedTuple, Self, cast

from . import exceptions
from .exceptions import ModelError
from .hub import ModelFolder
from .normalization import Trace, normalize

_PROJECT = Path(__file__).parent.parent


class Reading(NamedTuple):
    """What there is to say about one image.

    Parameters
    ----------
    confidences : dict of str to float
        The probability of each label.
    trace : pipeline.normalization.Trace
        What the steps of the preprocessing made of it.
    unsure : bool
        Whether the answer should be withheld.
    """

    confidences: dict[str, float]
    trace: Trace
    unsure: bool


class Reader:
    """Read images with a model in another process.

    Importing scikit-learn and loading a model take as long as importing Gradio; so the other
    process does the one while the caller does the other. Preprocessing, which needs neither,
    happens in the caller's process. Should the other one die, the next image starts it anew.

    Parameters
    ----------
    source : str or pathlib.Path
        A folder, or a repository on the Hub.
    revision : str, optional
        Of the repository.

    Examples
    --------
    >>> import numpy as np
    >>> from pipeline.reader import Reader
    >>> canvas = np.full((800, 800), 255, dtype=np.uint8)
    >>> canvas[100:700, 390:410] = 0
    >>> with Reader("model") as reader:
    ...     confidences = reader(canvas).confidences
    >>> max(confidences, key=confidences.get)
    '1'
    """

    def __init__(self, source: str | Path, revision: str | None = None) -> None:
        self._arguments = [str(source), *([revision] if revision else [])]
        self._lock = Lock()
        self._hello: dict[str, Any] | None = None
        self._process: subprocess.Popen[bytes] | None = self._start()

    def __call__(self, image: Any) -> Reading:
        """Read one image.

        Parameters
        ----------
        image : ndarray of shape (H, W), (H, W, 3) or (H, W, 4), uint8, or PIL.Image.Image

        Returns
        -------
        Reading

        Raises
        ------
        InvalidImageError
            If it is not an image.
        BlankImageError
            If it holds no ink.
        ModelError, HubError
            If the model cannot be loaded.
        """
        trace = normalize(image, **self._wait()["preprocessing"])
        answer = self._ask(trace.digit.tobytes())
        confidences = dict(zip(self._wait()["labels"], answer["probabilities"], strict=True))
        return Reading(confidences, trace, answer["unsure"])

    @property
    def found(self) -> ModelFolder:
        """Where the model is, once it has been loaded.

        Raises
        ------
        ModelError, HubError
            If it cannot be loaded.
        """
        hello = self._wait()
        return ModelFolder(Path(hello["path"]), hello["repo_id"], hello["commit"])

    def close(self) -> None:
        """End the other process."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        # -P and the path: this project's `pipeline`, whatever lies in the current folder. A
        # session of its own: Ctrl+C in the terminal is the caller's business.
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "pipeline.reader_process", *self._arguments],
            env=os.environ | {"PYTHONPATH": str(_PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def _end(self) -> int | None:
        """Let the process come to its end and return its code; None if there is none."""
        process, self._process, self._hello = self._process, None, None
        if process is None:
            return None
        process.communicate()
        return process.returncode

    def _wait(self) -> dict[str, Any]:
        """Return what the other process says of its model."""
        with self._lock:
            return self._hello or self._greet()

    def _greet(self) -> dict[str, Any]:
        self._process = self._process or self._start()
        try:
            hello = self._exchange(b"")
        except EOFError as error:
            raise ModelError(
                f"The process that loads the model ended with code {self._end()}. What it said "
                "stands above; start it again."
            ) from error
        if "error" in hello:
            self._end()
            raise getattr(exceptions, hello["error"])(hello["message"])
        self._hello = hello
        return hello

    def _ask(self, pixels: bytes) -> dict[str, Any]:
        with self._lock:
            try:
                return self._exchange(pixels)
            except (EOFError, BrokenPipeError):
                self._end()
                self._greet()
                return self._exchange(pixels)

    def _exchange(self, pixels: bytes) -> dict[str, Any]:
        if self._process is None:  # another thread has found it dead
            raise EOFError
        stdin, stdout = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        stdin.write(pixels)
        stdin.flush()
        line = stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return json.loads(line)
