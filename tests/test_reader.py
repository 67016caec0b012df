import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import ROOT
from shapes import seven

from pipeline import BlankImageError, ModelError, load_model
from pipeline.reader import Reader


@pytest.fixture(scope="module")
def reader():
    with Reader(ROOT / "model") as reader:
        yield reader


def test_it_answers_as_the_model_does(reader):
    model = load_model(ROOT / "model")
    reading = reader(seven())
    expected = model.predict_proba([seven()])[0]
    assert reading.confidences == {
        str(k): p for k, p in zip(model.classes_, expected.tolist(), strict=True)
    }
    pixels = model[0].transform([seven()])
    np.testing.assert_array_equal(reading.trace.digit.ravel(), np.rint(pixels[0] * 255))
    assert reading.unsure is False


def test_a_scribble_is_unsure(reader):
    rng = np.random.default_rng(0)
    assert reader((rng.random((60, 60)) < 0.5).astype(np.uint8) * 255).unsure is True


def test_many_threads_get_their_own_answers(reader, digits):
    images = [np.kron(255 - image, np.ones((20, 20), np.uint8)) for image in digits[0][:60]]
    alone = [reader(image).confidences for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = [reading.confidences for reading in pool.map(reader, images)]
    assert together == alone


def test_a_bad_image_leaves_it_ready(reader):
    before = reader(seven()).confidences
    with pytest.raises(BlankImageError):
        reader(np.zeros((9, 9), np.uint8))
    assert reader(seven()).confidences == before


def test_it_starts_anew_when_its_process_dies(folder):
    with Reader(folder) as reader:
        before = reader(seven()).confidences
        os.kill(reader._process.pid, signal.SIGKILL)
        assert reader(seven()).confidences == before


def test_a_model_that_is_gone_is_an_error_until_it_is_back(folder):
    with Reader(folder) as reader:
        before = reader(seven()).confidences
        folder.rename(folder.with_name("away"))
        os.kill(reader._process.pid, signal.SIGKILL)
        for _ in range(2):
            with pytest.raises(ModelError, match="neither a folder nor"):
                reader(seven())
        folder.with_name("away").rename(folder)
        assert reader(seven()).confidences == before


def test_a_process_that_dies_while_loading_is_an_error():
    with Reader(ROOT / "model") as reader:
        os.kill(reader._process.pid, signal.SIGKILL)
        with pytest.raises(ModelError, match="ended with code -9"):
            _ = reader.found


def test_a_missing_model_is_its_own_error(tmp_path):
    with Reader(tmp_path) as reader, pytest.raises(ModelError, match=r"No config\.json in"):
        _ = reader.found


def test_the_process_ends_with_its_caller(folder):
    code = "import sys; from pipeline.reader import Reader; print(Reader(sys.argv[1]).found.path)"
    command = [sys.executable, "-c", code, str(folder)]
    # Both hold the other end of the pipe: it comes to its end when both have ended.
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (result.stdout, result.stderr) == (f"{folder}\n", "")


def test_another_package_of_that_name_in_the_current_folder_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(tmp_path)
    with Reader(ROOT / "model") as reader:
        assert reader.found.path == ROOT / "model"


def test_the_callers_side_imports_neither_scikit_learn_nor_the_hubs_client():
    code = (
        "import sys, pipeline.reader, pipeline.publish, pipeline.folder;"
        "print({'sklearn', 'skops', 'scipy', 'huggingface_hub'} & sys.modules.keys())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"
