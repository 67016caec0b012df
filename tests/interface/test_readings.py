import base64
import io
import json

import numpy as np
import pytest
import shapes
from forks import ROOT
from pen import DRAWN_WITH_A_FINGER
from pen import draw as draw_number
from PIL import Image
from uploads import UNREADABLE, data_url, encode, seven

from interface.model_loader import ModelLoader
from interface.readings import read_shown
from interface.sketchpad import decode_drawing
from siffra import DigitReader
from siffra.rejection import Thresholds


@pytest.fixture
def file(tmp_path):
    def write(content):
        (tmp_path / "image").write_bytes(content)
        return {"path": str(tmp_path / "image")}

    return write


@pytest.fixture
def numbers(loader, judge):
    """The same model, which reads numbers too."""
    reader = DigitReader(loader.get().pipeline, judge=judge)
    return ModelLoader(lambda: reader, "numbers")


def two_sevens():
    return Image.fromarray(np.tile(shapes.seven(), (1, 2)))


def decode(step):
    content = base64.b64decode(step["image"].removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_a_digit_has_its_probabilities(loader):
    prediction = loader.read(Image.open(io.BytesIO(encode("PNG"))))
    answer = read_shown(loader, data_url(encode("PNG")), None, 5, None)
    assert answer["ticket"] == 5
    reading = json.loads(json.dumps(answer["reading"]))
    assert reading["label"] == prediction.label
    assert (reading["unsure"], reading["guess"]) == (prediction.unsure, prediction.guess)
    assert reading["probabilities"] == prediction.probabilities.tolist()
    assert base64.b64decode(reading["pixels"]) == prediction.steps.digit.tobytes()


def corrected(reader, digit):
    """The visitor's example, as the page sends it."""
    return reader.adapt([(seven("L"), digit)]).examples.to_json()


def test_the_examples_of_a_visitor_are_for_that_visitor(numbers, file):
    drawing, photo = data_url(encode("PNG")), file(encode("PNG"))
    examples = corrected(numbers.get(), 3)
    for answer in (
        read_shown(numbers, drawing, None, 1, examples),
        read_shown(numbers, None, photo, 1, examples),
    ):
        assert answer["reading"]["guess"] == "3"
        (steps,) = (s for s in answer["reading"]["single"]["steps"] if s["name"] == "scores")
        assert np.argmax(steps["values"]) == 3
    assert read_shown(numbers, drawing, None, 1, [])["reading"]["guess"] == "7"
    assert len(numbers.get().examples) == 0


def test_a_drawing_is_read_from_its_strokes(loader):
    reader = DigitReader.from_pretrained(ROOT / "model")
    numbers = ModelLoader(lambda: reader, "numbers")
    image = data_url(encode("PNG", image=Image.fromarray(draw_number(DRAWN_WITH_A_FINGER["57"]))))
    strokes = [stroke.tolist() for stroke in DRAWN_WITH_A_FINGER["57"]]
    answer = read_shown(numbers, {"image": image, "strokes": strokes}, None, 1, None)
    expected = reader.read_number(decode_drawing(image), strokes)
    assert answer["reading"]["guess"] == expected.guess == "57"
    assert answer["reading"]["confidence"] == expected.confidence
    malformed = read_shown(numbers, {"image": image, "strokes": [[0]]}, None, 1, None)
    assert (malformed["state"], malformed["message"]) == ("error", "no_answer")


@pytest.mark.parametrize("examples", ["x", {"digit": 3}, [{"digit": 3, "pixels": "x"}], [{}] * 51])
def test_examples_that_no_page_sends_are_an_error(loader, examples):
    answer = read_shown(loader, data_url(encode("PNG")), None, 1, examples)
    assert (answer["state"], answer["message"]) == ("error", "no_answer")


def test_a_digit_has_eight_steps(loader):
    reader = loader.get()
    prediction = reader.read(seven("L"))
    explanation = reader.explain(prediction)
    steps = {
        step["name"]: step
        for step in read_shown(loader, data_url(encode("PNG")), None, 1, None)["reading"]["steps"]
    }
    np.testing.assert_array_equal(decode(steps["gray"]), prediction.steps.gray)
    np.testing.assert_array_equal(decode(steps["binary"]) / 255, prediction.steps.binary)
    np.testing.assert_array_equal(decode(steps["digit"]), prediction.steps.digit)
    edges = decode(steps["edges"])
    assert edges.max() == 255
    assert edges.argmax() == explanation.edges.argmax()
    assert min(steps["scores"]["values"]) == 0
    assert np.argmax(steps["scores"]["values"]) == explanation.scores.argmax()
    assert steps["votes"]["values"] == explanation.votes.tolist()
    assert list(steps) == [
        *("gray", "foreground", "binary", "strokes", "digit", "edges", "scores", "votes")
    ]


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_number_has_its_digits(loader, judge, threshold):
    reader = DigitReader(loader.get().pipeline, Thresholds(number=threshold), judge=judge)
    drawing = data_url(encode("PNG", image=two_sevens()))
    answer = read_shown(ModelLoader(lambda: reader, "x"), drawing, None, 1, None)
    reading = json.loads(json.dumps(answer["reading"]))
    expected = reader.read_number(two_sevens())
    assert (reading["label"], reading["unsure"]) == (expected.label, threshold == 1)
    assert (reading["guess"], reading["confidence"]) == ("77", expected.confidence)
    assert [digit["box"] for digit in reading["digits"]] == [[*d.box] for d in expected.digits]
    for digit, one in zip(reading["digits"], expected.digits, strict=True):
        assert digit["label"] == one.label
        assert digit["probabilities"] == one.probabilities.tolist()
        assert base64.b64decode(digit["pixels"]) == one.pixels.tobytes()
    marks = [{"text": mark.text, "box": [*mark.box]} for mark in expected.marks]
    assert reading["marks"] == marks
    assert reading["single"]["guess"] == expected.single.guess
    assert answer["size"] == two_sevens().size


def test_the_boxes_of_a_photo_lie_in_the_upright_picture(numbers, file):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be rotated by 90 degrees
    upright = two_sevens()
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    photo = file(encode("PNG", image=turned, exif=exif))
    answer = read_shown(numbers, None, photo, 1, None)
    assert answer["size"] == upright.size
    for digit, middle in zip(answer["reading"]["digits"], (0.25, 0.75), strict=True):
        left, top, width, height = digit["box"]
        assert abs((left + width / 2) / upright.width - middle) < 0.1
        assert 0 <= top < top + height <= upright.height


def test_nothing_drawn_is_an_invitation(loader):
    for value in (None, "", data_url(UNREADABLE["blank"]())):
        assert read_shown(loader, value, None, 3, None) == {
            "ticket": 3,
            "state": "empty",
            "message": "invitation",
        }


def test_a_photo_is_read_or_refused(loader, file):
    answer = read_shown(loader, None, file(encode("PNG")), 2, None)
    assert answer["ticket"] == 2
    assert answer["reading"]["guess"] == loader.read(seven("L")).guess
    for content in (UNREADABLE["blank"](), b"7"):
        answer = read_shown(loader, None, file(content), 2, None)
        assert (answer["state"], answer["message"]) == ("error", "broken")
