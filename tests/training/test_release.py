import pytest

from pipeline import OutputError
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
