from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from shapes import seven

from siffra import BlankImageError, DigitReader, InvalidImageError, ParameterError, load_model
from siffra.alternatives import choose
from siffra.rejection import Thresholds


@pytest.fixture(scope="module")
def reader(saved_model):
    return DigitReader.from_pretrained(saved_model)


def test_it_has_the_models_pipeline_thresholds_and_location(reader, saved_model, digits):
    images = digits[0][1500:1520]
    np.testing.assert_array_equal(
        reader.pipeline.predict_proba(images), load_model(saved_model).predict_proba(images)
    )
    assert reader.thresholds == Thresholds(0.3)
    assert reader.location.path == saved_model
    assert reader.location.repo_id is None
    assert reader.classes_.tolist() == list(range(10))


def test_predictions_are_the_pipelines(reader, digits):
    """Those of images of which nothing may be clutter."""
    images = [one for one in digits[0][1500:1700] if len({*map(id, reader.preprocess(one))}) == 1]
    images = images[:60]
    predictions = reader.read_many(images)
    expected = reader.pipeline.predict_proba(images)
    np.testing.assert_array_equal([p.probabilities for p in predictions], expected)
    assert [p.guess for p in predictions] == expected.argmax(axis=1).tolist()
    pixels = reader.pipeline[0].transform(images)
    digit = np.stack([p.steps.digit for p in predictions])
    np.testing.assert_allclose(digit.reshape(60, 784) / 255, pixels, atol=1e-6)


def test_many_images_get_the_same_answers_as_one_by_one(reader, digits):
    images = [*digits[0][:20], seven(), Image.fromarray(seven(size=500))]
    together = reader.read_many(iter(images))
    for image, prediction in zip(images, together, strict=True):
        alone = reader.read(image)
        np.testing.assert_allclose(alone.probabilities, prediction.probabilities, atol=1e-9)
        assert (alone.label, alone.unsure) == (prediction.label, prediction.unsure)


def test_the_explanation_is_of_the_same_image(reader, digits):
    image = digits[0][1700]
    prediction = reader.read(image)
    explanation = reader.explain(prediction)
    x = reader.pipeline[:-1].transform([image])
    np.testing.assert_allclose(explanation.scores, x[0, -10:], atol=1e-4)
    votes = [tree.predict(x)[0] for tree in reader.pipeline[-1].estimators_]
    assert explanation.votes.tolist() == [votes.count(k) for k in range(10)]
    digit = np.pad(prediction.steps.digit.astype(float) / 255, 1)
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    windows = np.lib.stride_tricks.sliding_window_view(digit, (3, 3))
    dx, dy = ((windows * kernel).sum(axis=(2, 3)) for kernel in (across, across.T))
    np.testing.assert_allclose(explanation.edges, np.sqrt(dx**2 + dy**2), atol=1e-5)


def test_threads_get_their_own_answers(reader, digits):
    images = [np.kron(255 - image, np.ones((20, 20), np.uint8)) for image in digits[0][:60]]
    alone = [reader.read(image).probabilities for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = [prediction.probabilities for prediction in pool.map(reader.read, images)]
    np.testing.assert_array_equal(together, alone)


def test_the_first_bad_image_is_an_error(reader):
    with pytest.raises(BlankImageError) as caught:
        reader.read_many([seven(), np.zeros((9, 9), np.uint8), None])
    assert caught.value.index == 1
    with pytest.raises(InvalidImageError, match="NoneType"):
        reader.read_many([seven(), None])


def test_a_path_is_opened(reader, tmp_path):
    path = tmp_path / "seven.png"
    Image.fromarray(seven()).save(path)
    expected = reader.read(seven()).probabilities
    for source in (path, str(path)):
        np.testing.assert_array_equal(reader.read(source).probabilities, expected)
    with pytest.raises(InvalidImageError, match=r"'none\.png', but there is no such file"):
        reader.read("none.png")


@pytest.mark.parametrize(
    "one",
    [Image.fromarray(seven()), seven(), np.stack([seven()] * 3, axis=2), "seven.png"],
    ids=["PIL", "gray", "RGB", "path"],
)
def test_one_image_instead_of_several_is_a_clear_error(reader, one):
    for read in (reader.read_many, reader.pipeline.predict):
        with pytest.raises(InvalidImageError, match=r"For one image, pass a list"):
            read(one)


def test_something_else_than_thresholds_is_a_clear_error(reader):
    with pytest.raises(ParameterError, match="expected Thresholds"):
        DigitReader(reader.pipeline, 0.5)


@pytest.mark.parametrize(
    ("others", "label", "unsure"),
    [
        ([], 2, False),
        ([(7, 0.99)], None, True),  # both look like a digit
        ([(2, 0.99)], 2, False),
        ([(7, 0.5)], 2, False),
    ],
)
def test_two_digits_in_one_picture_are_doubt(reader, others, label, unsure):
    whole = reader.read(seven())

    def reading(guess, certainty):
        probabilities = np.full(10, (1 - certainty) / 9)
        probabilities[guess] = certainty
        return replace(
            whole, label=guess, unsure=False, guess=guess, probabilities=probabilities, is_digit=1.0
        )

    chosen = choose([reading(2, 0.9), *(reading(*other) for other in others)])
    assert (chosen.label, chosen.unsure) == (label, unsure)
