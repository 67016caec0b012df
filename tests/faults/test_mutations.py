"""A few of the mutated model folders that `make reliability` tries."""

import subprocess
import sys

from apps import ROOT

CODE = "from benchmarks.reliability import models; print(models.tables(3)[0])"


def test_mutated_models_are_refused_or_sane():
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    table = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("|")]
    header, _, *rows = table
    assert [cell.strip(" |") for cell in header[1:]] == ["model.skops", "numbers.skops"]
    assert [row[0][2:14] for row in rows] == ["`ModelError`", "loaded; prob"], "no other outcome"
    for column in (1, 2):
        assert sum(int(row[column].strip(" |")) for row in rows) == 3
