"""The training command line, from data to a model folder."""

import json

import numpy as np
import pytest
from hub_server import READER

import train
from siffra import HubError, load_model
from siffra.corrections import save_correction
from siffra.model_folder.config import read_config

SHORT = ("--skip-comparison", "--skip-search")


@pytest.fixture
def strokes(tmp_path):
    """A UNIPEN file: ten writers, six 1s and six 7s each."""
    rng = np.random.default_rng(0)
    lines = []
    for writer in range(10):
        for label, points in ((1, [(0, 900), (0, 0)]), (7, [(0, 900), (500, 900), (200, 0)])) * 6:
            lines += [f'.SEGMENT DIGIT 0 ? "{label}"', f".COMMENT {label} {writer} 1", ".PEN_DOWN"]
            lines += [f"{x + rng.integers(60)} {y + rng.integers(60)}" for x, y in points]
            lines.append(".PEN_UP")
    path = tmp_path / "strokes.tra"
    path.write_text("\n".join(lines))
    return path


def run(*arguments):
    return train.main([str(argument) for argument in arguments])


def read_metrics(output):
    return json.loads((output / "metrics.json").read_text())


def test_all_steps(hub, idx_folder, tmp_path, capsys):
    output = tmp_path / "model"
    arguments = ("--data", idx_folder, "--output", output, "--fast")
    assert run(*arguments, "--push-to-hub", "user/mine") == 0
    metrics = read_metrics(output)
    assert len(metrics["comparison"]) == 4
    assert len(metrics["search"]["results"]) == 2
    assert metrics["data"]["split"] == {"train": 100, "validation": 20, "test": 30}
    assert metrics["test"]["accuracy"] > 0.3  # leaves of 20 rows, of 100
    assert metrics["strokes"] is None
    assert metrics["ablation"][0]["variant"] == "full model"
    clean = metrics["robustness"][0]
    assert clean["n_images"] == 30
    # It is measured before the final model is fitted on the test images.
    assert clean["accuracy"]["Siffra"] == pytest.approx(metrics["test"]["accuracy"])
    assert "| inversion |" in (output / "README.md").read_text(encoding="utf-8")
    thresholds = read_config(output).thresholds
    assert thresholds.digit == metrics["rejection"]["thresholds"]["digit"]
    assert {path.name for path in (output / "figures").iterdir()} == {
        "comparison.png",
        "confusion_matrix.png",
        "reliability.png",
    }
    assert f"{metrics['test']['accuracy']:.2%}" in capsys.readouterr().err
    published = hub.repos["user/mine"].files
    for name in ("model.skops", "README.md"):
        assert published[name] == (output / name).read_bytes()


def test_one_seed_gives_one_model_that_has_not_seen_the_test_images(idx_folder, small, tmp_path):
    outputs = [tmp_path / "a", tmp_path / "b"]
    for output in outputs:
        options = (*SHORT, "--fast", "--hold-out-test", "--seed", 3)
        assert run("--data", idx_folder, "--output", output, *options) == 0
    first, second = (load_model(output) for output in outputs)
    probabilities = first.predict_proba(small.images)
    np.testing.assert_array_equal(second.predict_proba(small.images), probabilities)
    metrics = read_metrics(outputs[0])
    score = first.score(small.images[1200:1230], small.labels[1200:1230])
    assert metrics["test"]["accuracy"] == pytest.approx(score)
    assert (metrics["comparison"], metrics["robustness"], metrics["search"]) == ([], [], None)
    assert metrics["run"] == {"seed": 3, "fast": True, "hold_out_test": True}


def test_strokes_and_corrections_are_used(idx_folder, strokes, tmp_path, monkeypatch):
    # All other data is used: a tenth would have too few corrections.
    monkeypatch.setattr("pipeline.judge.N_ROWS", 10)
    monkeypatch.setattr("pipeline.numbers_evaluation.N_ROWS", 1)
    sheet = np.full((60, 60), 255, dtype=np.uint8)
    sheet[20:40, 10:50] = sheet[10:50, 20:40] = 0  # a cross, labeled as a 4
    for k in range(40):
        sheet[0, k] = 254  # the same drawing counts once
        save_correction(tmp_path / "corrections", sheet, 4, {}, "")
    output = tmp_path / "model"
    files = ("--strokes", strokes, "--corrections", tmp_path / "corrections")
    assert run("--data", idx_folder, "--output", output, *SHORT, *files) == 0
    metrics = read_metrics(output)
    assert metrics["data"]["strokes"][0]["writers"] == 10
    assert metrics["data"]["corrections"] == 40
    assert metrics["strokes"]["sources"]["other pen strokes"]["n_writers"] == 2
    assert metrics["strokes"]["accuracy"] > 0.8
    assert load_model(output).predict([sheet]).tolist() == [4]


def test_strokes_and_others_take_several_files():
    arguments = train.build_parser().parse_args(
        ["--output", "m", "--strokes", "a", "b", "--others", "c", "--strokes", "d"]
    )
    assert [str(path) for path in arguments.strokes] == ["a", "b", "d"]
    assert [str(path) for path in arguments.others] == ["c"]


def test_wrong_arguments_are_one_line_and_code_1(idx_folder, tmp_path, capsys):
    path = tmp_path / "broken.tra"
    path.write_text(".PEN_UP\n")
    for arguments, message in (
        (("--data", idx_folder, "--strokes", path), "broken.tra, line 1"),
        (("--data", idx_folder, "--others", path), "broken.tra, line 1"),
        (("--data", f"{tmp_path}/\x1b[2J\n"), r"\x1b[2J\n, but there is no such folder"),
        (("--data", idx_folder, "--output", tmp_path), f"--output {tmp_path}"),
    ):
        assert run("--output", tmp_path / "model", *arguments) == 1
        error = capsys.readouterr().err
        assert "Error: " in error
        assert message in error
    assert not (tmp_path / "model").exists()


def test_push_to_hub_is_rejected_before_the_training(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    output = tmp_path / "model"
    assert run("--data", tmp_path, "--output", output, "--push-to-hub", "user/mine") == 1
    assert "token" in capsys.readouterr().err
    assert not output.exists()


def test_a_model_that_cannot_be_pushed_is_not_lost(hub, folder, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", READER)
    for name in ("README.md", "metrics.json"):
        (folder / name).touch()
    with pytest.raises(HubError):
        train.publish(folder, "user/mine")
    assert f"publish {folder} user/mine" in capsys.readouterr().err
