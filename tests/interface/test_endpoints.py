import asyncio
import base64
import json

import numpy as np
import pytest
from asgi import in_loop
from forks import ROOT
from gradio import Error
from pen import draw, place
from PIL import Image
from uploads import encode

from interface.endpoints import editor_to_image, read
from interface.model_loader import ModelLoader
from interface.page import build_page
from siffra import DigitReader, InvalidImageError
from siffra.image_files import OpenedImage
from siffra.rejection import Thresholds


def functions(loader):
    return {fn.api_name: fn.fn for fn in in_loop(build_page, loader).fns.values() if fn.fn}


@pytest.fixture(scope="module")
def endpoints(loader):
    return functions(loader)


@pytest.fixture(scope="module")
def sure(loader):
    """The same model, never unsure."""
    return ModelLoader(lambda: DigitReader(loader.get().pipeline), "sure")


@pytest.fixture
def file(tmp_path):
    (tmp_path / "7.png").write_bytes(encode("PNG"))
    return {"path": str(tmp_path / "7.png")}


def test_an_answer_lists_the_likeliest_labels(sure, file):
    image = Image.open(file["path"])
    prediction = sure.read(image)
    best = np.argsort(-prediction.probabilities, kind="stable")
    for top_k in (1, 3, 10, 3.0):
        answer = read(sure, image, top_k)
        assert answer["label"] == str(best[0])
        assert answer["unsure"] is False
        assert answer["confidences"] == [
            {"label": str(k), "confidence": prediction.probabilities[k]} for k in best[: int(top_k)]
        ]


@pytest.mark.parametrize("top_k", [0, 11, 1.5, "3", [3], float("nan")])
def test_another_top_k_is_a_clear_error_before_anything_is_read(top_k):
    no_model = ModelLoader(lambda: None, "no model")
    with pytest.raises(InvalidImageError, match="top_k"):
        read(no_model, OpenedImage(np.zeros((9, 9), np.uint8)), top_k)


def test_an_unsure_answer_has_no_label(loader, file):
    reader = DigitReader(loader.get().pipeline, Thresholds(digit=1))
    unsure = ModelLoader(lambda: reader, "unsure")
    answer = functions(unsure)["predict"](file, 2)
    assert (answer["label"], answer["unsure"], len(answer["confidences"])) == (None, True, 2)


def test_the_client_in_javascript_sends_null_for_what_is_left_out(endpoints, file):
    assert endpoints["predict"](file, None) == endpoints["predict"](file, 3)
    sketch = {"background": None, "layers": [], "composite": file}
    assert endpoints["predict_sketch"](sketch, None) == endpoints["predict"](file, 3)


def test_nothing_is_a_clear_error(endpoints):
    with pytest.raises(Error, match="Got no image"):
        endpoints["predict"](None, 3)
    with pytest.raises(Error, match="Got no image"):
        endpoints["predict_sketch"]({"background": None, "layers": [], "composite": None}, 3)


def test_the_tool_takes_what_it_describes(loader, monkeypatch):
    monkeypatch.setenv("GRADIO_MCP_SERVER", "True")
    function = functions(loader)["predict_data_url"]

    def tool(*arguments):
        return json.loads(asyncio.run(function(*arguments)))

    content = base64.b64encode(encode("PNG")).decode()
    assert tool(f"data:image/png;base64,{content}") == tool(content, 3)
    for wrong in ("http://example.com/7.png", "x", "data:image/png;base64,7", ""):
        with pytest.raises(Error, match="Got"):
            tool(wrong)


def test_a_number_has_its_label_and_its_digits(loader, judge, file, monkeypatch):
    monkeypatch.setenv("GRADIO_MCP_SERVER", "True")
    reader = DigitReader(loader.get().pipeline, judge=judge)
    found = functions(ModelLoader(lambda: reader, "numbers"))
    answer = found["predict_number"](file)
    expected = reader.read_number(Image.open(file["path"]))
    said = {key: answer[key] for key in ("label", "unsure", "guess", "confidence")}
    assert said == {key: getattr(expected, key) for key in said}
    (digit,) = answer["digits"]
    assert digit["label"] == answer["guess"]
    assert digit["confidence"] == expected.digits[0].probabilities.max()
    assert digit["box"] == [round(value, 1) for value in expected.digits[0].box]
    content = base64.b64encode(encode("PNG")).decode()
    assert json.loads(asyncio.run(found["predict_number_data_url"](content))) == answer
    with pytest.raises(Error, match="Got no image"):
        found["predict_number"](None)


def test_a_number_with_its_strokes(tmp_path):
    """Digits that cross are read as the reader reads them with the same strokes."""
    reader = DigitReader.from_pretrained(ROOT / "model")
    predict_number = functions(ModelLoader(lambda: reader, "numbers"))["predict_number"]
    strokes = [stroke for digit in place("57", -0.25) for stroke in digit]
    path = tmp_path / "number.png"
    Image.fromarray(draw(strokes)).save(path)
    answer = predict_number({"path": str(path)}, [stroke.tolist() for stroke in strokes])
    assert answer["guess"] == "57"
    assert answer["confidence"] == reader.read_number(path, strokes).confidence
    with pytest.raises(Error, match="Stroke 0 is unusable"):
        predict_number({"path": str(path)}, [[[0, None]]])


# The value of Gradio's own image editor


@pytest.fixture
def files(tmp_path):
    """Three image files of different sizes."""
    paths = {}
    for width, name in enumerate(("background", "layer", "composite"), start=1):
        paths[name] = {"path": str(tmp_path / f"{name}.png")}
        Image.new("RGBA", (width, 9), "black").save(paths[name]["path"])
    return paths


def value(background=None, layers=(), composite=None):
    return {"background": background, "layers": list(layers), "composite": composite}


def test_the_composite_comes_first_then_the_layer_then_the_background(files):
    background, layer, composite = files.values()
    assert editor_to_image(value(background, [layer], composite)).size == (3, 9)
    assert editor_to_image(value(background, [layer])).size == (2, 9)
    assert editor_to_image(value(background, [None])).size == (1, 9)
    assert editor_to_image({"background": background}).size == (1, 9)


@pytest.mark.parametrize("empty", [None, value(), value(layers=[None]), {"layers": None}])
def test_an_empty_sketch_is_no_image(empty):
    assert editor_to_image(empty) is None


def test_several_layers_are_refused_before_any_is_opened():
    layers = [{"path": "/nowhere.png"}] * 2
    with pytest.raises(InvalidImageError, match="several layers"):
        editor_to_image(value(layers=layers))


@pytest.mark.parametrize("wrong", [5, "7", {"a": 1}, np.zeros((9, 9)), {"layers": 5}])
def test_anything_else_is_a_clear_error(wrong):
    with pytest.raises(InvalidImageError, match="Got"):
        editor_to_image(wrong)
