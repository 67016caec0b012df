"""The other side of `pipeline.reader`: loads a model, then answers digits until there are no more.

A digit comes as its 28 x 28 bytes; all that goes out is a line of JSON.
"""

import json
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
from threadpoolctl import threadpool_limits

from .artifact import load_artifact
from .doubt import read_familiar
from .exceptions import SiffraError
from .folder import load_limits
from .hub import fetch
from .normalization import N_PIXELS


def serve(source: str, revision: str | None, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Load a model and answer with it.

    Parameters
    ----------
    source : str
    revision : str, optional
        See `pipeline.load_model`.
    incoming, outgoing : binary file
    """

    def send(content: dict[str, Any]) -> None:
        outgoing.write(json.dumps(content).encode() + b"\n")
        outgoing.flush()

    try:
        found = fetch(source, revision)
        model, limits = load_artifact(found.path), load_limits(found.path)
    except SiffraError as error:
        send({"error": type(error).__name__, "message": str(error)})
        return
    send(
        {
            "path": str(found.path),
            "repo_id": found.repo_id,
            "commit": found.commit,
            "labels": [str(label) for label in model.classes_],
            "preprocessing": model[0].get_params(),
        }
    )
    while len(digit := incoming.read(N_PIXELS)) == N_PIXELS:
        pixels = np.frombuffer(digit, np.uint8).reshape(1, -1).astype(np.float32)
        pixels /= 255
        probabilities, familiarity = read_familiar(model, pixels)
        unsure = bool(limits.unsure(probabilities, familiarity)[0])
        send({"probabilities": probabilities[0].tolist(), "unsure": unsure})


def main() -> None:
    """Serve on standard input and output."""
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # a print somewhere must not become an answer
    source, revision = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    # One digit is little work: more threads would only get into each other's way.
    with threadpool_limits(1), suppress(BrokenPipeError):
        serve(source, revision, sys.stdin.buffer, outgoing)


if __name__ == "__main__":
    main()
