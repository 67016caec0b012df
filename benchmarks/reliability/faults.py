"""The tests that inject faults, several times."""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from ..measuring import Table

TIMES = 2
TESTS = {
    "faults/test_*.py": "the app: stopped, disconnected, overloaded, a full disk",
    "hub/test_hub.py": "the Hub: away, slow, moved, broken off; a damaged cache",
    "model_folder/test_loading.py": "the model folder: missing, damaged or changed files",
    "model_folder/test_checks.py": "a crafted model",
    "batch/test_*.py": "batch prediction: killed, resumed, bad files",
    "pipeline/test_release.py": "a training run: killed, a full disk",
    "test_cluster.py": "a cluster: a killed worker, other versions",
}


def run(pattern: str) -> tuple[int, int]:
    """Run the tests of a pattern once: how many there are, and how many passed."""
    files = [str(path) for path in sorted(Path("tests").glob(pattern))]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *files]
        subprocess.run(command, check=False)
        cases = list(ElementTree.parse(report).iter("testcase"))
    skipped = [case for case in cases if case.find("skipped") is not None]
    passed = [case for case in cases if len(case) == 0]
    return len(cases) - len(skipped), len(passed)


def tables() -> list[Table]:
    """Count the tests that passed."""
    rows = []
    for pattern, title in TESTS.items():
        counts = [run(pattern) for _ in range(TIMES)]
        cases, passed = (sum(column) for column in zip(*counts, strict=True))
        rows.append((title, str(cases), str(passed)))
    return [
        Table(
            "Faults",
            f"Tests that cause a real fault and check what follows, each {TIMES} times.",
            ("fault", "tried", "passed"),
            rows,
        )
    ]
