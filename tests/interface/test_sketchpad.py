import numpy as np
import pytest
from PIL import Image
from uploads import data_url, encode, seven

from interface import sketchpad
from interface.sketchpad import Sketchpad, decode_drawing
from siffra import DataError, InvalidImageError

PREFIX = "data:image/png;base64,"


@pytest.fixture
def pad():
    return Sketchpad(render=False)


def test_its_value_is_that_of_an_image_editor(pad):
    gray = Image.linear_gradient("L")
    value = pad.preprocess(data_url(encode("PNG", image=gray)))
    assert value.keys() == {"background", "layers", "composite", "strokes"}
    (layer,) = value["layers"]
    parts = (value["background"], layer, value["composite"])
    assert [(part.shape, part.dtype) for part in parts] == [((256, 256, 4), np.uint8)] * 3
    # The layer over the background is the composite, as in gr.Sketchpad.
    alpha = layer[..., 3:] / 255
    over = layer[..., :3] * alpha + value["background"][..., :3] * (1 - alpha)
    np.testing.assert_allclose(over, value["composite"][..., :3], atol=0.5)
    np.testing.assert_array_equal(value["composite"][..., 0], np.asarray(gray))


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_pad_is_an_empty_sketch(pad, empty):
    nothing = {"background": None, "layers": [], "composite": None, "strokes": []}
    assert pad.preprocess(empty) == nothing
    assert decode_drawing(empty) is None


def test_its_strokes_are_arrays(pad):
    drawn = {"image": data_url(encode("PNG")), "strokes": [[[1, 2], [3, 4]], [[5, 6]]]}
    value = pad.preprocess(drawn)
    assert [stroke.tolist() for stroke in value["strokes"]] == drawn["strokes"]
    assert pad.preprocess(data_url(encode("PNG")))["strokes"] == []
    assert "strokes" not in pad.postprocess(value)  # Python sets an image
    with pytest.raises(DataError, match="Stroke 0"):
        pad.preprocess(drawn | {"strokes": [[[1, "x"]]]})


def test_it_can_be_set(pad):
    image = seven("RGBA")
    array = np.asarray(image)
    editor = {"background": None, "layers": [array], "composite": None}
    for value in (image, array, editor, {"composite": image}):
        shown = decode_drawing(pad.postprocess(value))
        np.testing.assert_array_equal(shown.pixels, array)
    for nothing in (None, {"background": None, "layers": [], "composite": None}):
        assert pad.postprocess(nothing)["image"] == ""
        assert decode_drawing(pad.postprocess(nothing)) is None


NO_PNG = [
    *(5, ["x"], {"path": "/etc/passwd"}, "http://127.0.0.1:9/7.png", "/etc/passwd", PREFIX),
    *(PREFIX + "%", PREFIX + "aGVsbG8=", data_url(encode("JPEG")), data_url(encode("PNG")[:60])),
]


@pytest.mark.parametrize("value", NO_PNG)
def test_only_png_files_are_taken(value):
    with pytest.raises(InvalidImageError, match="Got"):
        decode_drawing(value)


def test_long_values_are_refused_undecoded(monkeypatch):
    monkeypatch.setattr(sketchpad.base64, "b64decode", lambda *a, **k: pytest.fail("decoded"))
    with pytest.raises(InvalidImageError, match="characters"):
        decode_drawing(PREFIX + "A" * sketchpad.MAX_LENGTH)


def test_many_pixels_are_refused_undecoded(monkeypatch):
    content = encode("PNG", image=Image.new("1", (1001, 1000)))
    monkeypatch.setattr(Image.Image, "load", lambda *a: pytest.fail("decoded"))
    with pytest.raises(InvalidImageError, match="too many pixels"):
        decode_drawing(data_url(content))


def test_the_page_gets_the_pad_as_one_script():
    script = Sketchpad(render=False).js_on_load
    assert "class SketchPad" in script
    assert "function addTools" in script
    assert "export " not in script


def test_its_styles_survive_gradio_which_takes_them_for_a_template():
    css = Sketchpad(render=False).css_template
    assert ".pad canvas" in css
    assert [mark for mark in ("\\", "`", "${", "{{") if mark in css] == []
