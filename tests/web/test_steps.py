"""The JavaScript counterparts of OpenCV and NumPy, and the steps after the preprocessing."""

import copy

import numpy as np
import pytest
from steps import STEPS

from siffra import DigitReader
from siffra.export import pack_model

N_IMAGES = 12


def as_numbers(image):
    """View an RGBA image as the reader in JavaScript does; others stay."""
    return image.view(np.uint32)[:, :, 0] if image.ndim == 3 else image


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[1]} of {step[2].__name__}")
def test_a_step(node, step):
    module, function, make_image, compute, tolerance = step
    rng = np.random.default_rng(3)
    images, arguments, expected = [], [], []
    for _ in range(N_IMAGES):
        images.append(make_image(rng))
        more, result = compute(images[-1], rng)
        arguments.append((as_numbers(images[-1]), *more))
        expected.append(result)
    found = node.call(f"{module}.js", function, *arguments)
    for image, *results in zip(images, found, expected, strict=True):
        compare(*results, tolerance, f"image of shape {image.shape}")


def compare(found, expected, tolerance, message):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), message
        for key, value in expected.items():
            compare(found[key], value, tolerance, f"{message}, {key}")
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict | np.ndarray):
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


def test_features(node, reader, pixels):
    bytes_ = [np.rint(row * 255).astype(np.uint8).reshape(28, 28) for row in pixels]
    found = node.call("features", "transform", *zip(bytes_))
    np.testing.assert_allclose(found, reader.pipeline[1].transform(pixels), atol=1e-5)


@pytest.mark.parametrize("step", [2, 3])
def test_vectors(node, reader, pixels, step):
    name, transformer = reader.pipeline.steps[step]
    rows = reader.pipeline[1:step].transform(pixels)
    found = node.call(name, "transform", *zip(rows))
    np.testing.assert_allclose(found, transformer.transform(rows), atol=1e-4)


def test_forest(node, reader, pixels):
    scores, forest = reader.pipeline[1:4].transform(pixels), reader.pipeline[4]
    # On the thresholds themselves, a score must go the same way as in Python.
    for row, tree in zip(scores, forest.estimators_, strict=False):
        row[tree.tree_.feature[0]] = tree.tree_.threshold[0]
    found = node.call("forest", "predictProbabilities", *zip(scores))
    np.testing.assert_allclose(found, forest.predict_proba(scores), atol=1e-12)


def test_is_digit(node, reader, pixels):
    scores = reader.pipeline[1:4].transform(pixels)
    found = node.call("scores", "isDigit", *zip(scores))
    np.testing.assert_allclose(found, reader.pipeline[3].is_digit(scores))


def test_landmarks_in_half_precision(node, reader, pixels):
    pipeline = copy.deepcopy(reader.pipeline)
    scores = pipeline[3]
    scores.landmarks_ = scores.landmarks_.astype(np.float16).astype(np.float32)
    scores.landmark_norms_ = np.einsum("ij,ij->i", scores.landmarks_, scores.landmarks_)
    rows = pipeline[1:3].transform(pixels)
    with node.loaded(pack_model(DigitReader(pipeline))):
        found = node.call("scores", "transform", *zip(rows))
    np.testing.assert_allclose(found, scores.transform(rows), atol=1e-4)
