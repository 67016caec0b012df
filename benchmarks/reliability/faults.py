"""The tests that break something on purpose, several times over."""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from ..measuring import Table

TIMES = 2
TESTS = ("tests/test_faults.py", "tests/test_reader.py", "tests/training/test_release.py")
TESTS += ("tests/test_hub.py", "tests/test_folder.py", "tests/test_artifact.py")


def run() -> list[tuple[str, bool]]:
    """Run them once: what each says, and whether it is so."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *TESTS]
        subprocess.run(command, check=False)
        cases = ElementTree.parse(report).iter("testcase")
        return [
            (case.attrib["name"].split("[")[0], all(part.tag == "skipped" for part in case))
            for case in cases
        ]


def tables() -> list[Table]:
    """Count how often each held."""
    tried: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for _ in range(TIMES):
        for name, is_so in run():
            tried[name] += 1
            held[name] += is_so
    rows = [
        (name.removeprefix("test_").replace("_", " "), str(times), str(held[name]))
        for name, times in tried.items()
    ]
    return [
        Table(
            "Faults",
            f"Each a test that breaks something for real: {', '.join(TESTS)}, {TIMES} times over.",
            ("what should be so", "tried", "was so"),
            rows,
        )
    ]
