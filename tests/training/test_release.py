import pickle

import pytest
from apps import ROOT
from forks import run_code

from pipeline import OutputError, load_model
from pipeline.training.release import check_output, release, replaced


def write_model(folder, text="old"):
    folder.mkdir()
    (folder / "config.json").write_text(text)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), write_model])
def test_new_empty_and_model_folders_may_be_written(tmp_path, make):
    output = tmp_path / "deep" / "model"
    output.parent.mkdir()
    make(output)
    with replaced(output) as folder:
        (folder / "config.json").write_text("new")
    assert [path.name for path in output.iterdir()] == ["config.json"]
    assert (output / "config.json").read_text() == "new"
    assert list(output.parent.iterdir()) == [output]


def test_other_files_are_not_replaced(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputError, match=str(tmp_path)):
        check_output(tmp_path)


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "model").touch()
    with pytest.raises(OutputError, match="is a file"):
        check_output(tmp_path / "model")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interruption_leaves_the_old_model(tmp_path, error):
    output = tmp_path / "model"
    write_model(output)
    with pytest.raises((KeyboardInterrupt, OSError)), replaced(output) as folder:  # noqa: PT012
        (folder / "config.json").write_text("half")
        raise error
    assert (output / "config.json").read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


KILL = """
import os, random, signal, sys, time
from pathlib import Path
from pipeline.training.release import check_output, replaced

output, FILES = Path(sys.argv[1]), ("config.json", "model.skops")
output.mkdir()
(output / "config.json").write_text("whole")

def write_again_and_again():
    while True:
        with replaced(output) as folder:
            for name in FILES:
                (folder / name).write_text("whole")

random.seed(0)
for _ in range(30):
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
    assert len(states) == 30
    assert set(states) <= {f"whole {output}", f"whole whole {output}"}
    assert states[-1] == f"whole whole {output}"


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
import pickle, resource, sys
from pathlib import Path
from pipeline import SiffraError
from pipeline.training.release import release

result = pickle.loads(Path(sys.argv[3]).read_bytes())
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    release(result, Path("model_card.md"), Path(sys.argv[1]))
except SiffraError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def result_file(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("result") / "result.pickle"
    path.write_bytes(pickle.dumps(result))
    return path


def test_a_full_disk_is_reported_and_keeps_the_older_model(tmp_path, result_file):
    output = tmp_path / "model"
    write_model(output)
    message = run_code(RELEASE, output, 100_000, result_file, TMPDIR=tmp_path)
    assert str(output) in message
    assert "File too large" in message
    assert (output / "config.json").read_text() == "old"
    assert not (tmp_path / ".model.partial").exists()


def test_a_model_that_cannot_be_saved_is_not_lost(tmp_path, result_file):
    blocked = tmp_path / "file"
    blocked.touch()
    message = run_code(RELEASE, blocked / "model", 2**30, result_file, TMPDIR=tmp_path)
    (rescued,) = tmp_path.glob("siffra-*")
    assert str(rescued) in message
    assert load_model(rescued).classes_.tolist() == list(range(10))


def test_all_files_are_written(tmp_path, result):
    release(result, ROOT / "model_card.md", tmp_path / "model")
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert names == {
        "model.skops",
        "numbers.skops",
        "config.json",
        "metrics.json",
        "README.md",
        "figures",
    }
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]


def test_a_folder_that_cannot_be_written_is_named_before_training(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=str(tmp_path / "file")):
        check_output(tmp_path / "file" / "deep" / "model")
