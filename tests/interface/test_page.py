import asyncio
import json
import re

import numpy as np
import pytest
import shapes
from asgi import in_loop
from gradio import Error
from PIL import Image
from uploads import UNREADABLE, data_url, encode

from interface.model_loader import ModelLoader
from interface.page import build_page, describe_model, store_correction
from siffra import DigitReader, ModelError
from siffra.corrections import read_corrections


@pytest.fixture(scope="module")
def page(loader):
    return in_loop(build_page, loader)


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "image.png"
        path.write_bytes(content)
        return {"path": str(path), "meta": {"_type": "gradio.FileData"}}

    return write


def sketch(file):
    return {"background": None, "layers": [], "composite": file}


def test_only_three_endpoints_are_public(page):
    names = {"/predict", "/predict_sketch", "/predict_number"}
    assert page.get_api_info()["named_endpoints"].keys() == names


def test_corrections_are_collected_only_if_they_can_be_stored(page, loader, tmp_path):
    def answer(page):
        (found,) = (one for one in page.blocks.values() if one.elem_id == "answer")
        return found.html_template

    assert "data-collects" not in answer(page)
    collecting = in_loop(build_page, loader, tmp_path)
    assert "data-collects" in answer(collecting)
    assert len(collecting.fns) == len(page.fns) + 2  # what stores it, and what says so


def test_the_model_and_its_tests_are_named(release_folder):
    loader = ModelLoader(lambda: DigitReader.from_pretrained(str(release_folder)), "folder model")
    line, matrix = describe_model(loader)
    metrics = json.loads((release_folder / "metrics.json").read_text())
    assert re.sub(r"<[^>]+>", "", line).startswith("Model: folder model, 20")
    assert f"{100 * metrics['test']['accuracy']:.2f} %" in line
    counts = [int(n) for n in re.findall(r"<td class[^>]*>(\d+)<", matrix)]
    assert counts == np.ravel(metrics["test"]["confusion_matrix"]).tolist()


def test_a_model_that_cannot_be_loaded_has_no_description():
    def load():
        raise ModelError("broken")

    assert describe_model(ModelLoader(load, "x")) == ("", "")


# Corrections


def test_a_correction_is_stored_with_the_answer(loader, file, tmp_path):
    folder = tmp_path / "corrections"
    assert store_correction(loader, folder, data_url(encode("PNG")), None, 1) == "thanks"
    (correction,) = read_corrections(folder)
    assert correction.label == 1
    assert correction.image.shape[:2] == (60, 50)
    (record,) = folder.glob("*.json")
    assert json.loads(record.read_text())["model"] == "folder model"


def test_a_number_is_no_picture_of_a_digit(loader, judge, tmp_path):
    reader = DigitReader(loader.get().pipeline, judge=judge)
    two = encode("PNG", image=Image.fromarray(np.tile(shapes.seven(), (1, 2))))
    said = store_correction(
        ModelLoader(lambda: reader, "x"), tmp_path / "c", data_url(two), None, 7
    )
    assert said == "not_one_digit"
    assert not (tmp_path / "c").exists()
    one = data_url(encode("PNG"))
    said = store_correction(ModelLoader(lambda: reader, "x"), tmp_path / "c", one, None, 7)
    assert said == "thanks"


@pytest.mark.parametrize("digit", [None, "3", 10, 3.0, True])
def test_a_correction_needs_a_digit(loader, tmp_path, digit):
    said = store_correction(loader, tmp_path / "c", data_url(encode("PNG")), None, digit)
    assert said == "not_stored"
    assert not (tmp_path / "c").exists()


def test_a_correction_needs_a_picture(loader, file, tmp_path):
    nothing = [
        (None, None),
        ("", None),
        (data_url(UNREADABLE["blank"]()), None),
        (data_url(b"x"), None),
    ]
    for drawing, photo in [*nothing, (None, file(b"x"))]:
        said = store_correction(loader, tmp_path / "c", drawing, photo, 3)
        assert said == "not_stored"
    assert not (tmp_path / "c").exists()


def test_a_correction_that_cannot_be_stored_is_logged(loader, tmp_path, caplog):
    (tmp_path / "c").touch()
    said = store_correction(loader, tmp_path / "c", data_url(encode("PNG")), None, 3)
    assert said == "not_stored"
    assert "c" in caplog.text


# What is checked before Gradio opens anything


def preprocess(page, name, *inputs):
    function = next(fn for fn in page.fns.values() if fn.api_name == name)
    return asyncio.run(page.preprocess_data(function, list(inputs), None))


def test_many_files_are_refused_unread(page, file):
    value = sketch(None) | {"layers": [file(encode("PNG"))] * 16}
    with pytest.raises(Error, match="16 files"):
        preprocess(page, "predict_sketch", value, 3)


def test_a_deeply_nested_value_is_refused(page):
    value = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(Error, match="Unsupported input"):
        preprocess(page, "predict", value, 3)


def test_top_k_may_be_left_out(page):
    assert preprocess(page, "predict", None) == [None, 3]
    assert preprocess(page, "predict_sketch", None, 5) == [None, 5]
