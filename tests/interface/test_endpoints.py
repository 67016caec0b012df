import base64

import numpy as np
import pytest
from asgi import in_loop
from gradio import Error
from PIL import Image
from uploads import UNREADABLE, encode

from interface.endpoints import to_answer
from interface.loading import ModelLoader
from interface.page import build_page
from pipeline import DigitReader, InvalidImageError
from pipeline.rejection import RejectionThreshold


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
    prediction = sure.read(Image.open(file["path"]))
    best = np.argsort(-prediction.probabilities, kind="stable")
    for top_k in (1, 3, 10, 3.0):
        answer = to_answer(sure, prediction, top_k)
        assert answer["label"] == str(best[0])
        assert answer["unsure"] is False
        assert answer["confidences"] == [
            {"label": str(k), "confidence": prediction.probabilities[k]} for k in best[: int(top_k)]
        ]


@pytest.mark.parametrize("top_k", [0, 11, 1.5, "3", None, [3], float("nan"), float("inf")])
def test_another_top_k_is_a_clear_error(sure, file, top_k):
    with pytest.raises(InvalidImageError, match="top_k"):
        to_answer(sure, sure.read(Image.open(file["path"])), top_k)


def test_an_unsure_answer_has_no_label(loader, file):
    reader = DigitReader(loader.get().pipeline, RejectionThreshold(1.1))
    unsure = ModelLoader(lambda: reader, "unsure")
    answer = functions(unsure)["predict"](file, 2)
    assert (answer["label"], answer["unsure"], len(answer["confidences"])) == (None, True, 2)


def test_a_file_and_a_sketch_get_the_same_answer(endpoints, file):
    sketch = {"background": None, "layers": [file], "composite": None}
    assert endpoints["predict"](file, 3) == endpoints["predict_sketch"](sketch, 3)


def test_nothing_is_a_clear_error(endpoints):
    with pytest.raises(Error, match="Got no image"):
        endpoints["predict"](None, 3)
    with pytest.raises(Error, match="Got no image"):
        endpoints["predict_sketch"]({"background": None, "layers": [], "composite": None}, 3)


def test_errors_leave_no_stack_in_the_log(endpoints, tmp_path):
    (tmp_path / "a.png").write_bytes(UNREADABLE["text"]())
    with pytest.raises(Error) as caught:
        endpoints["predict"]({"path": str(tmp_path / "a.png")}, 3)
    assert caught.value.print_exception is False


def test_the_tool_takes_what_it_describes(loader, monkeypatch):
    monkeypatch.setenv("GRADIO_MCP_SERVER", "True")
    tool = functions(loader)["predict_data_url"]
    content = base64.b64encode(encode("PNG")).decode()
    assert tool(f"data:image/png;base64,{content}") == tool(content, 3)
    for wrong in ("http://example.com/7.png", "x", "data:image/png;base64,7", ""):
        with pytest.raises(Error, match="Got"):
            tool(wrong)
