"""Train twice and compare the two models bit for bit: python -m benchmarks.reproduce --data DIR."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from pipeline.persistence import MODEL_FILE, sha256


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(description="Train twice and compare the models.")
    parser.add_argument("--data", default="openml", metavar="DIR|openml")
    parser.add_argument("--strokes", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--seed", default="0", metavar="N")
    parser.add_argument("--full", action="store_true", help="use all data instead of a tenth")
    arguments = parser.parse_args(argv)
    options = ["--data", arguments.data, "--seed", arguments.seed, "--skip-comparison"]
    options += ["--skip-search"] if arguments.full else ["--skip-search", "--fast"]
    options += ["--strokes", *arguments.strokes] if arguments.strokes else []
    with tempfile.TemporaryDirectory() as folder:
        models = [Path(folder) / name / MODEL_FILE for name in ("first", "second")]
        for model in models:
            # A new process each time: nothing is left over from the first run.
            command = [sys.executable, "train.py", "--output", str(model.parent), *options]
            subprocess.run(command, check=True)
        return report(*models)


def report(first: Path, second: Path) -> int:
    """Print whether two models are equal; return 0 if every array is."""
    contents = [read_contents(path) for path in (first, second)]
    arrays = contents[0][1]
    if contents[0] != contents[1]:
        different = sum(a != b for a, b in zip(*(arrays for _, arrays in contents), strict=False))
        print(f"Different: the parameters, or {different} of {len(arrays)} arrays.")
        return 1
    files = "equal" if sha256(first) == sha256(second) else "different (only in skops' node ids)"
    print(f"Equal bit for bit: {len(arrays)} arrays and all parameters. The files are {files}.")
    return 0


def read_contents(path: Path) -> tuple[Any, list[bytes]]:
    """Return a skops file's schema with its node ids numbered in order, and its arrays."""
    numbers: dict[int, int] = {}
    arrays: list[bytes] = []

    def normalize(node: Any) -> Any:
        if isinstance(node, list):
            return [normalize(value) for value in node]
        if not isinstance(node, dict):
            return node
        result = {key: normalize(value) for key, value in node.items()}
        if "__id__" in node:
            result["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if node.get("file") in names:
            arrays.append(archive.read(node["file"]))
            result["file"] = len(arrays)
        return result

    with ZipFile(path) as archive:
        names = set(archive.namelist())
        return normalize(json.loads(archive.read("schema.json"))), arrays


if __name__ == "__main__":
    sys.exit(main())
