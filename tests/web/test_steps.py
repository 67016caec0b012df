"""Each step in JavaScript does what OpenCV's, NumPy's or this project's Python does."""

import base64
import copy

import numpy as np
import pytest
from steps import STEPS
from steps_of_numbers import STEPS_OF_NUMBERS

from siffra import DigitReader
from siffra.export import pack_model

N_IMAGES = 25


def encode(value):
    """Return an array as the harness takes it; RGBA pixels as one number each."""
    if not isinstance(value, np.ndarray):
        return value
    value = as_numbers(value)
    data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
    shape = dict(zip(("height", "width"), value.shape, strict=True)) if value.ndim == 2 else {}
    return {"type": value.dtype.name, "data": data, **shape}


def as_numbers(image):
    """View an RGBA image as the reader in JavaScript does; others stay."""
    return image.view(np.uint32)[:, :, 0] if image.ndim == 3 else image


def decode(value):
    """Return what the harness returns as an array, or a number, list or dict of them."""
    if not isinstance(value, dict) or "type" not in value:
        return value
    array = np.frombuffer(base64.b64decode(value["data"]), value["type"])
    return array.reshape(value["height"], value["width"]) if "width" in value else array


@pytest.mark.parametrize("name", [*STEPS, *STEPS_OF_NUMBERS])
def test_a_step(engine, name):
    module, function, make_image, step, tolerance = (STEPS | STEPS_OF_NUMBERS)[name]
    rng = np.random.default_rng(3)
    for i in range(N_IMAGES):
        image = make_image(rng)
        arguments, expected = step(image, rng)
        found = engine("call", module, function, [encode(image), *map(encode, arguments)])
        compare(found, expected, tolerance, f"{name}, image {i} of shape {image.shape}")


def compare(found, expected, tolerance, message):
    found = decode(found)
    if isinstance(expected, dict):
        assert set(found) == set(expected), message
        for key, value in expected.items():
            compare(found[key], value, tolerance, f"{message}, {key}")
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        assert len(found) == len(expected), message
        for k, pair in enumerate(zip(found, expected, strict=True)):
            compare(*pair, tolerance, f"{message}, {k}")
    elif expected is None:
        assert found is None, message
    else:
        expected = as_numbers(np.asarray(expected))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=tolerance, err_msg=message)


@pytest.fixture(scope="module")
def pixels(reader, digits):
    return reader.pipeline[0].transform(digits[0][:50])


def test_features(engine, reader, pixels):
    expected = reader.pipeline[1].transform(pixels)
    for row, wanted in zip(pixels, expected, strict=True):
        digit = np.rint(row * 255).astype(np.uint8).reshape(28, 28)
        found = decode(engine("call", "features", "transform", [encode(digit)]))
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("step", [2, 3], ids=["components", "scores"])
def test_vectors(engine, reader, pixels, step):
    names = {2: "components", 3: "scores"}
    rows = reader.pipeline[1:step].transform(pixels)
    for row, wanted in zip(rows, reader.pipeline[step].transform(rows), strict=True):
        found = decode(engine("call", names[step], "transform", [encode(row)]))
        np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_forest(engine, reader, pixels):
    scores = reader.pipeline[1:4].transform(pixels)
    # On the thresholds themselves, a score must go the same way as in Python.
    for i, tree in enumerate(reader.pipeline[4].estimators_[: len(scores)]):
        scores[i, tree.tree_.feature[0]] = tree.tree_.threshold[0]
    for row, wanted in zip(scores, reader.pipeline[4].predict_proba(scores), strict=True):
        found = decode(engine("call", "forest", "predictProbabilities", [encode(row)]))
        np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_is_digit(engine, reader, pixels):
    scores = reader.pipeline[1:4].transform(pixels)
    for row, wanted in zip(scores, reader.pipeline[3].is_digit(scores), strict=True):
        assert engine("call", "scores", "isDigit", [row.tolist()]) == pytest.approx(wanted)


def test_landmarks_in_half_precision(engine, site, reader, pixels):
    pipeline = copy.deepcopy(reader.pipeline)
    scores = pipeline[3]
    scores.landmarks_ = scores.landmarks_.astype(np.float16).astype(np.float32)
    scores.landmark_norms_ = np.einsum("ij,ij->i", scores.landmarks_, scores.landmarks_)
    (site / "half.bin").write_bytes(pack_model(DigitReader(pipeline)))
    rows = pipeline[1:3].transform(pixels)
    try:
        engine("loadModel", "half.bin")
        found = [decode(engine("call", "scores", "transform", [encode(row)])) for row in rows]
    finally:
        engine("loadModel", "model.bin")
    np.testing.assert_allclose(found, scores.transform(rows), atol=1e-4)
