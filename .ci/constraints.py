"""Write constraints.txt: every package that make installs, pinned, with the hashes of its files.

make constraints [UPGRADE=1]. uv resolves for Python 3.11 and newer and for all platforms; without
UPGRADE it keeps the versions that are already in the file. Each section needs the ones above it.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUTPUT = ROOT / "constraints.txt"
HEADER = "# Written by make constraints. pip checks every file it installs against these hashes.\n"
# The title of a section (the Makefile finds a section's end by it), and the extras that it adds.
SECTIONS = {
    "App": [],
    "Development": ["training", "test", "check"],
    "Tools": ["tools"],
}


def compile_requirements(extras: list[str], versions: Path, *options: str) -> dict[str, str]:
    """Return the entry of each pinned version; uv keeps the versions that it finds in a file."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", *options]
    command += [f"--extra={extra}" for extra in extras]
    command += ["--output-file", str(versions), "requirements.txt", "pyproject.toml"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    entries = re.findall(r"^\w.*\n(?:    .*\n)*", versions.read_text(encoding="utf-8"), re.M)
    return {entry.split()[0]: entry for entry in entries}


def main() -> None:
    """Write the file."""
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    with tempfile.TemporaryDirectory() as folder:
        versions = Path(folder) / "constraints.txt"
        if OUTPUT.exists():
            shutil.copy(OUTPUT, versions)
        everything = [extra for extras in SECTIONS.values() for extra in extras]
        entries = compile_requirements(everything, versions, *upgrade)
        text, extras = HEADER, []
        for title, more in SECTIONS.items():
            extras += more
            part = Path(shutil.copy(versions, Path(folder) / "part.txt"))
            names = compile_requirements(extras, part).keys() & entries.keys()
            text += f"\n# {title}\n" + "".join(entries.pop(name) for name in sorted(names))
    OUTPUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
