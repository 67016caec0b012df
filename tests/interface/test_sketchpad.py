from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from interface import sketchpad
from interface.sketchpad import RecentDrawings, editor_to_image, sketch_pad
from pipeline import InvalidImageError


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


def test_only_the_part_that_is_used_is_opened(files):
    missing = {"path": "/nowhere.png"}
    assert editor_to_image(value(missing, [missing], files["composite"])).size == (3, 9)


def test_several_layers_are_refused_before_any_is_opened():
    layers = [{"path": "/nowhere.png"}] * 2
    with pytest.raises(InvalidImageError, match="several layers"):
        editor_to_image(value(layers=layers))


@pytest.mark.parametrize("wrong", [5, "7", [1], {"a": 1}, {}, np.zeros((9, 9)), {"layers": 5}])
def test_anything_else_is_a_clear_error(wrong):
    with pytest.raises(InvalidImageError, match="Got"):
        editor_to_image(wrong)


def test_a_page_sends_the_id_of_what_it_has_sent_before(files):
    content = Path(files["composite"]["path"]).read_bytes()
    drawings = RecentDrawings(a=SimpleNamespace(background=None, layers=[], composite=content))
    drawn = value() | {"id": "a"}
    assert editor_to_image(drawn, drawings).size == (3, 9)
    assert drawings == {}
    assert editor_to_image(drawn, drawings) is None
    assert editor_to_image(drawn) is None


def test_drawings_that_nobody_asks_for_are_dropped(monkeypatch):
    monkeypatch.setattr(sketchpad, "MAX_STORED_DRAWINGS", 3)
    pad = sketch_pad(render=False)
    for number in range(10):
        pad.blob_storage[str(number)] = number
    assert list(pad.blob_storage) == ["7", "8", "9"]
