"""Archives whose entries are larger than stated, loaded in a process of its own."""

import io
import json
import shutil
import subprocess
import sys
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io
from apps import ROOT
from model_files import inflate_to, lie, vouch
from shapes import seven

from siffra.model_folder.archive import check_archive, dump_model
from siffra.model_folder.trusted_types import TRUSTED_TYPES

MAX_SECONDS, MAX_MEMORY = 2, 300 * 10**6
MEASURE = """
import json, sys, time
from pathlib import Path
from siffra import ModelError
from siffra.model_folder import loading

def memory():
    # ru_maxrss would start with that of the process of the tests.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before, start = memory(), time.process_time()
try:
    getattr(loading, sys.argv[1])(Path(sys.argv[2]))
    outcome = "loaded"
except ModelError as error:
    outcome = str(error)
print(json.dumps([outcome, time.process_time() - start, memory() - before]))
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("released") / "model"
    return shutil.copytree(ROOT / "model", path)


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "model")


def measure(load, folder):
    """Load a folder with a function of `loading`; return the outcome, seconds, added bytes."""
    command = [sys.executable, "-c", MEASURE, load, str(folder)]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    return json.loads(answer.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in /proc")
@pytest.mark.parametrize(
    ("load", "name", "entry"),
    [("load_pipeline", "model.skops", "schema.json"), ("load_judge", "numbers.skops", "0.npy")],
)
def test_an_entry_that_inflates_to_a_gigabyte(folder, load, name, entry):
    content = (folder / name).read_bytes()
    with ZipFile(io.BytesIO(content)) as archive:
        said = archive.read(entry)
    (folder / name).write_bytes(lie(content, entry, inflate_to(said, 2**30), said))
    vouch(folder, name)
    assert (folder / name).stat().st_size < 5 * 10**6
    outcome, seconds, added = measure(load, folder)
    assert "differs from its stated size" in outcome
    assert seconds < MAX_SECONDS
    assert added < MAX_MEMORY


def test_the_loaded_bytes_are_the_checked_ones(model):
    """The archive for skops has the same entries, none of them compressed, and nothing else."""
    content = dump_model(model)
    checked = check_archive(content)
    with ZipFile(io.BytesIO(content)) as before, ZipFile(io.BytesIO(checked)) as after:
        assert {entry.compress_type for entry in after.infolist()} == {0}
        assert before.namelist() == after.namelist()
        for name in before.namelist():
            assert before.read(name) == after.read(name)
    images = [seven(), seven(200, top=0, left=40)]
    loaded = skops.io.loads(checked, trusted=list(TRUSTED_TYPES))
    np.testing.assert_array_equal(loaded.predict_proba(images), model.predict_proba(images))
