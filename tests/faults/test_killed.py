"""Runs that are killed: what they leave behind is whole, or can be resumed."""

import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from apps import ROOT
from forks import run_code, start_script
from joblib import parallel_config

from siffra import WorkerError
from siffra.__main__ import main
from siffra.batch.predict import predict_files


def test_killed_run_is_resumed_to_the_same_table(digits, folder, tmp_path):
    source = tmp_path / "images.npz"
    np.savez(source, images=np.tile(digits[0][:1000], (2, 1, 1)))
    output, fresh = tmp_path / "table.csv", tmp_path / "fresh.csv"
    command = ["predict", "--model", str(folder), str(source), "--output"]
    rows = tmp_path / ".table.csv.partial" / "rows.sqlite-wal"
    with subprocess.Popen(
        [sys.executable, "-m", "siffra", *command, output], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as process:
        while not rows.exists() or rows.stat().st_size < 100_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not output.exists()
    with parallel_config(backend="threading"):
        assert main([*command, str(output)]) == 0
        assert main([*command, str(fresh)]) == 0
    assert output.read_bytes() == fresh.read_bytes()
    with output.open(newline="", encoding="utf-8-sig") as file:
        names = [row["image"] for row in csv.DictReader(file)]
    assert names == [f"{source}:images:{i}" for i in range(2000)]


def test_killed_worker_is_an_error_and_the_run_is_resumed(digits, folder, tmp_path, monkeypatch):
    source, output = tmp_path / "images.npz", tmp_path / "table.csv"
    np.savez(source, images=digits[0][:60])

    def die(*arguments):  # inside, so that it is sent to workers
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr("siffra.batch.predict.read_block", die)
        with pytest.raises(WorkerError, match="Rerun"):
            predict_files(str(folder), [str(source)], output)
    assert not output.exists()
    assert predict_files(str(folder), [str(source)], output)[0] == 60


KILL = """
import os, random, signal, sys, time
from pathlib import Path
from pipeline.release import check_output, replaced

output, FILES = Path(sys.argv[1]), ("config.json", "model.skops")
output.mkdir()
(output / "config.json").write_text("whole")

def write_again_and_again():
    while True:
        with replaced(output) as folder:
            for name in FILES:
                (folder / name).write_text("whole")

random.seed(0)
for _ in range(15):
    child = os.fork()
    if child == 0:
        write_again_and_again()
    time.sleep(random.uniform(0.01, 0.05))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    check_output(output)
    print(*(path.read_text() for path in sorted(output.iterdir())), *output.parent.iterdir())
"""


def test_a_run_killed_at_any_moment_leaves_a_whole_model(tmp_path):
    output = tmp_path / "model"
    states = run_code(KILL, output).splitlines()
    assert len(states) == 15
    assert set(states) <= {f"whole {output}", f"whole whole {output}"}
    assert states[-1] == f"whole whole {output}"


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_model(mnist_folder, tmp_path, kill):
    printed, output = tmp_path / "printed", tmp_path / "output"
    printed.mkdir()
    output.mkdir()
    arguments = ("--data", mnist_folder, "--output", output / "model")
    process = start_script("train.py", *arguments, output=printed)
    error = printed / "stderr"
    while not error.exists() or "Data" not in error.read_text():
        assert process.is_alive()
        time.sleep(0.1)
    time.sleep(0.5)
    os.kill(process.pid, kill)
    process.join(60)
    assert process.exitcode == (130 if kill == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in error.read_text()
    assert list(output.iterdir()) == []
