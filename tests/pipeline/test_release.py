import tempfile

import pytest
from apps import ROOT
from full_disk import largest_file

from pipeline.release import check_output, release, replaced
from siffra import OutputError, load_model

CARD = ROOT / "model_card.md"


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


def test_an_interruption_leaves_the_old_model(tmp_path):
    output = tmp_path / "model"
    write_model(output)
    with pytest.raises(KeyboardInterrupt), replaced(output) as folder:  # noqa: PT012
        (folder / "config.json").write_text("half")
        raise KeyboardInterrupt
    assert (output / "config.json").read_text() == "old"
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


def test_a_full_disk_is_reported_and_keeps_the_older_model(tmp_path, result, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    output = tmp_path / "model"
    write_model(output)
    with largest_file(100_000), pytest.raises(OutputError) as caught:
        release(result, CARD, output)
    assert str(output) in str(caught.value)
    assert "File too large" in str(caught.value)
    assert (output / "config.json").read_text() == "old"
    assert not (tmp_path / ".model.partial").exists()


def test_a_model_that_cannot_be_saved_is_not_lost(tmp_path, result, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutputError) as caught:
        release(result, CARD, blocked / "model")
    (rescued,) = tmp_path.glob("siffra-*")
    assert str(rescued) in str(caught.value)
    assert load_model(rescued).classes_.tolist() == list(range(10))


def test_an_output_that_cannot_be_written_is_named_before_training(tmp_path):
    (tmp_path / "model").touch()
    for output, message in (
        (tmp_path, str(tmp_path)),  # it has other files
        (tmp_path / "model", "is a file"),
        (tmp_path / "model" / "deep" / "model", str(tmp_path / "model")),
    ):
        with pytest.raises(OutputError, match=message):
            check_output(output)
