"""The reader in JavaScript, in a process of Node.js: see harness.js."""

import base64
import json
import subprocess
import sysconfig
from contextlib import contextmanager
from pathlib import Path

import numpy as np

HARNESS = Path(__file__).parent / "harness.js"
NODE = Path(sysconfig.get_path("scripts")) / "node"
# What a function of JavaScript gets for this: the constants of the reader.
CONSTANTS = {"constants": True}


class JavaScriptError(Exception):
    """The name and message of an error that was thrown there."""


class Node:
    """A process that runs calls one after the other; arrays travel in a file."""

    def __init__(self, file, model):
        self._file = file
        self._process = subprocess.Popen(
            [NODE, HARNESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._model = model
        self.model = self.load(model)

    def load(self, content, keep=True):
        """Load a model file, and keep it for what follows; return what it says about the model."""
        return self._run("load", np.frombuffer(content, np.uint8), keep)

    def load_in_parts(self, first, rest, image):
        """Load a file whose rest comes after digits are read; return both readings of an image."""
        chunks = [np.frombuffer(part, np.uint8) for part in (first, rest)]
        return self._run("loadInParts", *chunks, image)

    @contextmanager
    def loaded(self, content):
        """Read with another model file for a while."""
        self.load(content)
        try:
            yield
        finally:
            self.load(self._model)

    @contextmanager
    def adapted(self, examples):
        """Read for a while as after these examples; return those of the reader in JavaScript."""
        try:
            yield self._run("adapt", list(examples))
        finally:
            self._run("adapt", [])

    def read(self, images, method="read", strokes=()):
        """Read images (H, W) or (H, W, C), with strokes; a prediction, or "blank", for each."""
        return self._run("read", method, list(images), list(strokes))

    def call(self, module, name, *calls):
        """Call a function of a module, or a method of a part of the reader, with each tuple."""
        return self._run("call", module, name, list(calls))

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _run(self, name, *values):
        with self._file.open("wb") as file:
            encoded = _encode(values, file)
        call = {"name": name, "values": encoded, "file": str(self._file)}
        self._process.stdin.write(f"{json.dumps(call)}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise JavaScriptError(answer["error"])
        return _decode(answer["result"])


def _encode(value, file):
    """Write arrays to a file; return JSON that says where they are."""
    if isinstance(value, np.ndarray):
        offset = file.tell()
        file.write(np.ascontiguousarray(value).tobytes())
        return {"type": value.dtype.name, "shape": value.shape, "offset": offset}
    if isinstance(value, list | tuple):
        return [_encode(one, file) for one in value]
    if isinstance(value, dict):
        return {key: _encode(one, file) for key, one in value.items()}
    return value


def _decode(value):
    """Return what came back with its arrays; those of images have two dimensions."""
    if isinstance(value, list):
        return [_decode(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"type", "data"}:
        return np.frombuffer(base64.b64decode(value["data"]), value["type"])
    found = {key: _decode(one) for key, one in value.items()}
    if found.keys() == {"width", "height", "data"}:
        return found["data"].reshape(found["height"], found["width"])
    return found
