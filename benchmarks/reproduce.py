"""Train twice and compare the two models bit for bit: python -m benchmarks.reproduce --data DIR."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from siffra.model_folder.config import MODEL_FILE
from siffra.model_folder.files import sha256


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
    """Print whether two model files are equal; return 0 if they are."""
    checksums = [sha256(path) for path in (first, second)]
    if checksums[0] != checksums[1]:
        print(f"Different: {checksums[0]} and {checksums[1]}.")
        return 1
    print(f"Equal: both files have SHA-256 {checksums[0]}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
