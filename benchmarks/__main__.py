"""Print every table, and write them to a file: python -m benchmarks [--write FILE] [NAME ...]."""

import argparse
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from . import inference, numbers, strokes, visitors, web

PACKAGES = ("gradio", "scikit-learn", "numpy", "opencv-python-headless")


def describe_machine() -> str:
    """Return the machine and the versions, as a sentence."""
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC).date()}, on {os.cpu_count()} cores "
        f"({names[0] if names else platform.machine()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}: {versions}."
    )


def report(
    title: str,
    package: str,
    description: str,
    modules: Sequence[ModuleType],
    introduction: str = "",
) -> None:
    """Run the command line: print each module's tables, and write them to a file."""
    by_name = {module.__name__.rsplit(".", 1)[1]: module for module in modules}
    parser = argparse.ArgumentParser(prog=f"python -m {package}", description=description)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(by_name)}; default: all"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="a Markdown file")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - by_name.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected {', '.join(by_name)}")
    names = arguments.names or list(by_name)
    command = f"python -m {package} {' '.join(names)}"
    text = f"# {title}\n\n`{command}`. {describe_machine()}\n{introduction}"
    print(text, flush=True)
    for name in names:
        for table in by_name[name].tables():
            print(table, flush=True)
            text += f"\n{table}"
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    report("Benchmarks", __package__, __doc__, (inference, numbers, web, strokes, visitors))
