"""A reader in JavaScript learns from corrections as the reader in Python does."""

import base64

import numpy as np
import pytest
from kinds_of_numbers import collect
from node import CONSTANTS, JavaScriptError
from shapes import seven

from siffra.adaptation import MAX_EXAMPLES, Adaptation, Examples, lacking_scores

PIXELS = base64.b64encode(bytes(784)).decode()


@pytest.fixture(scope="module")
def images(digits):
    """Images, of which the first are learned."""
    return digits[0][1500:1600]


@pytest.fixture(scope="module")
def examples(reader, images):
    """Some are wrong, some the reader already reads as the visitor says."""
    predictions = reader.read_many(images[:30])
    labels = [(one.guess + k % 4) % 10 for k, one in enumerate(predictions)]
    return Examples(np.stack([one.steps.digit for one in predictions]), np.array(labels))


def compare(answer, expected):
    assert answer["label"] == expected.label
    assert answer["unsure"] == expected.unsure
    assert answer["isDigit"] == pytest.approx(expected.is_digit, abs=1e-3)
    np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=1e-3)


def test_lacking_scores(node, reader, images):
    """Of all digits: some rise, some are already ahead."""
    scores = np.stack([one.scores for one in reader.read_many(images)])
    labels = np.arange(len(scores)) % 10
    calls = [(row, int(label), CONSTANTS) for row, label in zip(scores, labels, strict=True)]
    found = node.call("adaptation.js", "lackingScores", *calls)
    np.testing.assert_allclose(found, lacking_scores(scores, labels), atol=1e-6)


def test_the_regression(node, reader, images, examples):
    pixels = examples.pixels.reshape(len(examples), -1).astype(np.float32) / 255
    kernel = reader.pipeline[3]
    rows = reader.pipeline[1:3].transform(pixels)
    scores = kernel.transform(rows)
    known = [
        {"row": row, "scores": score, "digit": int(label)}
        for row, score, label in zip(rows, scores, examples.labels, strict=True)
    ]
    (fitted,) = node.call("adaptation.js", "fit", (known, float(kernel.gamma_), CONSTANTS))
    expected = Adaptation.fit(kernel, rows, examples.labels)
    np.testing.assert_allclose(fitted["weights"], expected.weights, atol=1e-6)


def test_images_are_read_as_in_python(node, reader, images, examples):
    adapted = reader.adapt(examples)
    with node.adapted(examples.to_json()) as kept:
        answers = node.read(images)
    assert kept == examples.to_json()
    expected = adapted.read_many(images)
    for answer, one in zip(answers, expected, strict=True):
        compare(answer, one)
    before = [one.guess for one in reader.read_many(images)]
    assert before != [one.guess for one in expected]


def test_pairs_of_an_image_and_its_digit(node, reader):
    adapted = reader.adapt([(seven(), 1)])
    with node.adapted([(seven(), 1)]) as kept:
        (answer,) = node.read([seven()])
    assert kept == adapted.examples.to_json()
    compare(answer, adapted.read(seven()))
    assert answer["label"] == 1


def test_numbers_are_read_as_in_python(node, reader, digits):
    """After the digits of these numbers themselves were said to be others."""
    kinds = collect(digits[0], np.random.default_rng(0))
    images = [np.ascontiguousarray(kind[0]) for kind in kinds.values()]
    found = [digit for image in images[:8] for digit in reader.read_number(image).digits]
    assert len(found) >= 10
    labels = [(one.label + k % 3) % 10 for k, one in enumerate(found)]
    examples = Examples.of([one.pixels for one in found], labels)
    adapted = reader.adapt(examples)
    with node.adapted(examples.to_json()):
        answers = node.read(images, "readNumber")
    for image, answer in zip(images, answers, strict=True):
        expected = adapted.read_number(image)
        assert (answer["guess"], answer["label"]) == (expected.guess, expected.label)
        assert answer["confidence"] == pytest.approx(expected.confidence, abs=1e-3)
    changed = [
        reader.read_number(image).guess != one["guess"]
        for image, one in zip(images, answers, strict=True)
    ]
    assert sum(changed) >= 4


def test_the_pixels_of_a_number_are_those_to_learn_from(node, reader):
    two = np.concatenate([seven()[:, 60:290]] * 2, axis=1)
    (answer,) = node.read([two], "readNumber")
    expected = reader.read_number(two)
    assert answer["guess"] == expected.guess == "77"
    for digit, one in zip(answer["digits"], expected.digits, strict=True):
        np.testing.assert_array_equal(digit["pixels"], one.pixels.ravel())
    (answer,) = node.read([seven()], "readNumber")
    np.testing.assert_array_equal(answer["digits"][0]["pixels"], answer["single"]["digit"])


def test_the_last_of_the_same_drawing_and_the_latest_are_kept(node, digits, reader):
    steps = [one.steps.digit for one in reader.read_many(digits[0][:60])]
    values = [
        {"digit": k % 10, "pixels": base64.b64encode(one.tobytes()).decode()}
        for k, one in enumerate(steps)
    ]
    values.append(values[30] | {"digit": 9})
    pixels = [np.frombuffer(base64.b64decode(v["pixels"]), np.uint8) for v in values]
    expected = Examples(
        np.stack(pixels).reshape(-1, 28, 28), np.array([value["digit"] for value in values])
    )
    with node.adapted(values) as kept:
        assert len(kept) == MAX_EXAMPLES == 50
        assert kept == expected.to_json()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Got the digit undefined"),
        ({"digit": 10, "pixels": PIXELS}, "Got the digit 10"),
        ({"digit": "1", "pixels": PIXELS}, "Got the digit 1"),
        ({"digit": 1, "pixels": 5}, "784 pixels"),
        ({"digit": 1, "pixels": PIXELS[4:]}, "784 pixels"),
        ({"digit": 1, "pixels": "å" * 1048}, "784 pixels"),
    ],
)
def test_other_values_are_refused(node, value, message):
    with pytest.raises(JavaScriptError, match=f"DataError: .*{message}"), node.adapted([value]):
        pass
