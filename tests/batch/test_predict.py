import csv
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image

from pipeline import load_model
from pipeline.doubt import read_familiar
from pipeline.folder import load_limits


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def predict(*arguments):
    """Run the command line."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "predict", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def images(digits):
    return 255 - np.kron(digits[0][:1100], np.ones((3, 3), np.uint8))


def test_every_answer_is_the_models(images, folder, tmp_path):
    np.savez(tmp_path / "images.npz", images=images)
    output = tmp_path / "table.csv"
    result = predict("--model", folder, "--output", output, tmp_path / "images.npz")
    assert (result.returncode, result.stdout) == (0, f"1,100 images: {output}\n")
    rows = read(output)
    model, limits = load_model(folder), load_limits(folder)
    probabilities, familiarity = read_familiar(model, model[0].transform(images))
    found = np.array([[float(row[f"p{k}"]) for k in range(10)] for row in rows])
    np.testing.assert_allclose(found, probabilities, rtol=0, atol=1e-12)
    assert [int(row["label"]) for row in rows] == model.predict(images).tolist()
    unsure = limits.unsure(probabilities, familiarity)
    assert [row["unsure"] for row in rows] == [str(bool(value)) for value in unsure]
    assert 0 < unsure.sum() < len(rows)


def test_bad_images_are_reported_and_the_others_go_on(images, folder, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    for index, image in enumerate(images[:5]):
        Image.fromarray(image).save(scans / f"{index}.png")
    (scans / "1.png").write_bytes(b"no image")
    (scans / "3.png").write_bytes((scans / "2.png").read_bytes()[:-30])
    Image.new("L", (20, 20)).save(scans / "4.png")
    output = tmp_path / "table.csv"
    result = predict("--model", folder, "--output", output, scans)
    assert result.returncode == 0
    assert result.stdout == f"5 images, 3 of them without an answer (see above): {output}\n"
    rows = read(output)
    assert [bool(row["label"]) for row in rows] == [True, False, True, False, False]
    errors = [row["error"] for row in rows]
    assert "cannot be opened as an image" in errors[1]
    assert "cannot be decoded" in errors[3]
    assert "is blank" in errors[4]
    for row in (rows[1], rows[3], rows[4]):
        assert f"{row['image']}: {row['error']}" in result.stderr


def test_only_bad_images_are_a_table_too(folder, tmp_path):
    (tmp_path / "bad.png").touch()
    output = tmp_path / "table.csv"
    assert predict("--model", folder, "--output", output, tmp_path).returncode == 0
    assert [row["label"] for row in read(output)] == [""]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stopped_run_goes_on_where_it_stopped(images, folder, tmp_path, number):
    source = tmp_path / "images.npz"
    np.savez(source, images=np.tile(images, (30, 1, 1)))
    output, log = tmp_path / "table.csv", tmp_path / "log"
    command = ["--model", str(folder), "--output", str(output), str(source)]
    rows = tmp_path / ".table.csv.partial" / "rows.csv"
    with (
        log.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-m", "pipeline", "predict", *command], cwd=ROOT, stderr=file
        ) as process,
    ):
        while not rows.exists() or rows.stat().st_size < 100_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
    assert process.returncode == (130 if number == signal.SIGTERM else -signal.SIGKILL)
    said = "The same command goes on from here." in log.read_text()
    assert said == (number == signal.SIGTERM)
    assert not output.exists()
    half = rows.read_bytes()
    assert predict(*command).returncode == 0
    assert output.read_bytes().startswith(half[: half.rindex(b"\r\n")])
    found = read(output)
    assert [row["image"] for row in found] == [f"{source}:images:{i}" for i in range(33_000)]
    assert [row["label"] for row in found] == [row["label"] for row in found[:1100]] * 30


def test_what_cannot_be_done_is_said_at_once(folder, tmp_path):
    shutil.copy(ROOT / "docs" / "images" / "seven.png", tmp_path)
    (tmp_path / "empty").mkdir()
    model = ["--model", str(folder)]
    output = ["--output", str(tmp_path / "table.csv")]
    for arguments, message in (
        ([str(tmp_path / "nothing.png"), *model, *output], "there is no such file"),
        ([str(tmp_path / "empty"), *model, *output], "there are no images"),
        ([str(tmp_path), *model, "--output", "table.xls"], "expected a name in .csv or .parquet"),
        ([str(tmp_path), "--model", str(tmp_path), *output], "No config.json in"),
    ):
        result = predict(*arguments)
        assert result.returncode == 1
        assert result.stderr.startswith("Error: ")
        assert message in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"model", "empty", "seven.png"}
