import os
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import ROOT

from pipeline import OutputError, load_model
from pipeline.training.release import check_output, staged


def write_model(folder, text="old"):
    folder.mkdir()
    (folder / "config.json").write_text(text)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), write_model])
def test_a_new_an_empty_and_a_model_folder_may_be_written(tmp_path, make):
    output = tmp_path / "deep" / "model"
    output.parent.mkdir()
    make(output)
    with staged(output) as folder:
        (folder / "config.json").write_text("new")
    assert [path.name for path in output.iterdir()] == ["config.json"]
    assert (output / "config.json").read_text() == "new"
    assert list(output.parent.iterdir()) == [output]


def test_other_peoples_files_are_not_replaced(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputError, match="holds files but no model"):
        check_output(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "model").touch()
    with pytest.raises(OutputError, match="which is a file"):
        check_output(tmp_path / "model")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interruption_leaves_the_old_model(tmp_path, error):
    output = tmp_path / "model"
    write_model(output)
    with pytest.raises((KeyboardInterrupt, OSError)), staged(output) as folder:  # noqa: PT012
        (folder / "config.json").write_text("half")
        raise error
    assert (output / "config.json").read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


WRITE = """
import sys
from pathlib import Path
from pipeline.training.release import staged

while True:
    with staged(Path(sys.argv[1])) as folder:
        for name in ("config.json", "model.skops"):
            (folder / name).write_text("whole")
    print(flush=True)
"""


def test_a_run_killed_at_any_moment_leaves_a_whole_model(tmp_path):
    output = tmp_path / "model"
    rng = np.random.default_rng(0)
    for _ in range(6):
        command = [sys.executable, "-c", WRITE, str(output)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(rng.uniform(0, 0.02))
            process.kill()
        check_output(output)
        assert {path.name for path in output.iterdir()} == {"config.json", "model.skops"}
        assert {path.read_text() for path in output.iterdir()} == {"whole"}
        assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize("moment", ["before", "between"])
def test_the_next_run_brings_the_older_model_back(tmp_path, moment):
    output = tmp_path / "model"
    write_model(output)
    partial = tmp_path / ".model.partial"
    (partial / "new").mkdir(parents=True)
    if moment == "between":
        output.rename(partial / "old")
    check_output(output)
    assert (output / "config.json").read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


RELEASE = """
import resource, sys
from pathlib import Path
from pipeline import load_model, SiffraError
from pipeline.doubt import Limits
from pipeline.training.release import release
import json

model = load_model("model")
metrics = json.loads(Path("model/metrics.json").read_text())
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    release(model, Limits(), metrics, Path("model_card.md"), Path(sys.argv[1]))
except SiffraError as error:
    print(error)
"""


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_full_disk_is_said_and_leaves_the_older_model(tmp_path, size):
    output = tmp_path / "model"
    write_model(output)
    said = run(RELEASE, output, size, TMPDIR=tmp_path)
    assert said == (
        f"Cannot write {output} (File too large). Nor was there room for temporary "
        "files. Make room, and train again.\n"
    )
    assert (output / "config.json").read_text() == "old"
    assert not (tmp_path / ".model.partial").exists()


def test_a_folder_that_cannot_be_written_loses_no_model(tmp_path):
    said = run(RELEASE, "/proc/model", 2**30, TMPDIR=tmp_path)
    assert said.startswith("Cannot write /proc/model (")
    (rescued,) = tmp_path.glob("siffra-*")
    assert said.endswith(f"The model is in {rescued}. Make room, and move it.\n")
    assert load_model(rescued).classes_.tolist() == list(range(10))


def run(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
