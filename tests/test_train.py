"""The training command line, from data to a model folder."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import ROOT
from hub_server import READER

import train
from pipeline import HubError, load_model
from pipeline.corrections import save_correction
from pipeline.folder import load_limits


@pytest.fixture
def drawings(tmp_path):
    """A UNIPEN file: ten writers, six 1s and six 7s each."""
    rng = np.random.default_rng(0)
    lines = []
    for writer in range(10):
        for label, points in ((1, [(0, 900), (0, 0)]), (7, [(0, 900), (500, 900), (200, 0)])) * 6:
            lines += [f'.SEGMENT DIGIT 0 ? "{label}"', f".COMMENT {label} {writer} 1", ".PEN_DOWN"]
            lines += [f"{x + rng.integers(60)} {y + rng.integers(60)}" for x, y in points]
            lines.append(".PEN_UP")
    path = tmp_path / "drawings.tra"
    path.write_text("\n".join(lines))
    return path


FILES = {"model.skops", "config.json", "metrics.json", "README.md", "figures"}


def run(*arguments):
    return train.main([str(argument) for argument in arguments])


def test_the_whole_way(idx_folder, small, tmp_path, monkeypatch):
    grid = {"n_estimators": [5, 10], "min_samples_split": [2, 5]}
    monkeypatch.setattr(train, "PARAM_GRID", grid)
    output = tmp_path / "model"
    assert run("--data", idx_folder, "--output", output) == 0
    assert {path.name for path in output.iterdir()} == FILES
    metrics = json.loads((output / "metrics.json").read_text())
    assert len(metrics["comparison"]) == 4
    assert len(metrics["search"]["results"]) == 4
    assert metrics["search"]["best_params"]["n_estimators"] in (5, 10)
    assert metrics["test"]["accuracy"] > 0.85
    assert sum(map(sum, metrics["test"]["confusion_matrix"])) == 300
    assert metrics["strokes"] is None
    assert metrics["ablation"][0]["variant"] == "everything"
    assert set(metrics["doubt"]["digits_passed"]) == {"mnist"}
    limits = load_limits(output)
    assert limits.probability == metrics["doubt"]["limits"]["probability"]
    assert 0 < limits.familiarity < 1
    assert metrics["data"]["split"]["test"] == 300
    names = {path.name for path in (output / "figures").iterdir()}
    assert names == {"comparison.png", "confusion_matrix.png", "reliability.png"}
    # The released model has been fitted on the test images too.
    assert load_model(output).score(small.images, small.labels) > 0.99


def test_held_out_test_images_stay_unseen_and_one_seed_gives_one_model(idx_folder, small, tmp_path):
    outputs = [tmp_path / "a", tmp_path / "b"]
    for output in outputs:
        options = ["--skip-comparison", "--skip-search", "--hold-out-test", "--seed", 3]
        assert run("--data", idx_folder, "--output", output, *options) == 0
    first, second = (load_model(output) for output in outputs)
    probabilities = first.predict_proba(small.images)
    np.testing.assert_array_equal(second.predict_proba(small.images), probabilities)
    metrics = json.loads((outputs[0] / "metrics.json").read_text())
    score = first.score(small.images[1200:], small.labels[1200:])
    assert metrics["test"]["accuracy"] == pytest.approx(score)
    assert metrics["comparison"] == []
    assert metrics["search"] is None


def test_drawings_are_learned_from_and_judged_by_writer(idx_folder, drawings, tmp_path):
    output = tmp_path / "model"
    options = ["--skip-comparison", "--skip-search", "--strokes", drawings]
    assert run("--data", idx_folder, "--output", output, *options) == 0
    metrics = json.loads((output / "metrics.json").read_text())
    assert metrics["data"]["strokes"]["writers"] == 10
    # Two of ten writers, 12 digits each, rendered twice.
    assert sum(map(sum, metrics["strokes"]["confusion_matrix"])) == 48
    assert metrics["strokes"]["accuracy"] > 0.8


def test_a_malformed_stroke_file_is_one_line_and_code_1(idx_folder, tmp_path, capfd):
    path = tmp_path / "broken.tra"
    path.write_text(".PEN_UP\n")
    assert run("--data", idx_folder, "--strokes", path, "--output", tmp_path / "model") == 1
    assert "broken.tra, line 1: expected .PEN_UP after" in capfd.readouterr().err


def test_bad_data_is_one_line_and_code_1(tmp_path, capfd):
    assert run("--data", tmp_path / "nowhere", "--output", tmp_path / "model") == 1
    assert "Error: Got --data" in capfd.readouterr().err
    assert not (tmp_path / "model").exists()


def test_an_output_folder_in_use_is_refused_before_any_work(tmp_path, capfd):
    (tmp_path / "notes.txt").touch()
    assert run("--data", tmp_path / "nowhere", "--output", tmp_path) == 1
    assert "holds files but no model" in capfd.readouterr().err


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_model(mnist_folder, tmp_path, kill):
    command = [sys.executable, "train.py", "--data", mnist_folder, "--output", tmp_path / "model"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background makes its children deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while "Data" not in process.stderr.readline():
        pass
    time.sleep(1)
    os.kill(process.pid, kill)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == (130 if kill == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_push_to_hub_publishes_what_was_trained(hub, idx_folder, tmp_path, capsys):
    output = tmp_path / "model"
    arguments = ["--data", idx_folder, "--output", output, "--fast"]
    skip = ["--skip-comparison", "--skip-search"]
    assert run(*arguments, *skip, "--push-to-hub", "user/mine") == 0
    files = hub.repos["user/mine"].files
    assert files["model.skops"] == (output / "model.skops").read_bytes()
    assert files["README.md"] == (output / "README.md").read_bytes()


def test_push_to_hub_is_refused_before_the_training(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    output = tmp_path / "model"
    assert run("--data", tmp_path, "--output", output, "--push-to-hub", "user/mine") == 1
    assert "does not accept the token" in capsys.readouterr().err
    assert not output.exists()


def test_a_model_that_cannot_be_pushed_is_not_lost(hub, folder, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", READER)
    for name in ("README.md", "metrics.json"):
        (folder / name).touch()
    with pytest.raises(HubError):
        train.publish(folder, "user/mine")
    assert f"publish {folder} user/mine" in capsys.readouterr().err


def test_corrections_are_learned_from(idx_folder, tmp_path, capsys):
    sheet = np.full((60, 60), 255, dtype=np.uint8)
    sheet[20:40, 10:50] = sheet[10:50, 20:40] = 0  # a cross, which nobody else calls a 4
    for _ in range(40):
        save_correction(tmp_path / "corrections", sheet, 4, {}, "")
    output = tmp_path / "model"
    skip = ["--skip-comparison", "--skip-search"]
    corrections = ["--corrections", tmp_path / "corrections"]
    assert run("--data", idx_folder, "--output", output, *skip, *corrections) == 0
    assert load_model(output).predict([sheet]).tolist() == [4]
    metrics = json.loads((output / "metrics.json").read_text())
    assert metrics["data"]["corrections"] == 40
    assert sum(map(sum, metrics["test"]["confusion_matrix"])) == 300
