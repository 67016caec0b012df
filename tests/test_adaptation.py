import base64
import json
import os
import time

import cv2
import numpy as np
import pytest
from apps import ROOT
from shapes import seven
from sklearn.kernel_ridge import KernelRidge
from threadpoolctl import threadpool_limits

from siffra import BlankImageError, DataError, DigitReader, OutputError
from siffra.adaptation import (
    ALPHA,
    MAX_EXAMPLES,
    SHARPNESS,
    Adaptation,
    Examples,
    lacking_scores,
)
from siffra.rejection import Thresholds


@pytest.fixture(scope="module")
def reader(model, judge):
    return DigitReader(model, Thresholds(0.3), judge=judge)


@pytest.fixture(scope="module")
def released():
    return DigitReader.from_pretrained(ROOT / "model")


@pytest.fixture(scope="module")
def unseen(digits):
    """Images that the reader was not fitted on, and their labels."""
    return digits[0][1500:], digits[1][1500:]


@pytest.fixture(scope="module")
def misread(reader, unseen):
    """Unseen images that the reader misreads, with their labels."""
    pairs = list(zip(*unseen, strict=True))
    guesses = [one.guess for one in reader.read_many(unseen[0])]
    found = [pair for pair, guess in zip(pairs, guesses, strict=True) if guess != pair[1]]
    assert len(found) >= 5
    return found


def accuracy(reader, images, labels):
    return np.mean([one.guess for one in reader.read_many(images)] == np.array(labels))


def draw(*lines, brush=20):
    image = np.full((400, 400), 255, np.uint8)
    for line in lines:
        cv2.polylines(image, [np.array(line).reshape(-1, 1, 2)], False, 0, brush, cv2.LINE_AA)
    return image


def barred_zero(brush=22, lean=0, shift=0):
    center = 200 + shift
    circle = cv2.ellipse2Poly((center, center), (88, 132), 0, 0, 360, 3)
    return draw(circle, [(center - 88, center + lean), (center + 88, center)], brush=brush)


def test_without_examples_everything_is_as_without_adapting(reader, unseen):
    same = reader.adapt([])
    assert len(same.examples) == 0
    for one, other in zip(reader.read_many(unseen[0]), same.read_many(unseen[0]), strict=True):
        np.testing.assert_array_equal(one.scores, other.scores)
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
    one, other = reader.read_number(seven()), same.read_number(seven())
    assert (one.guess, one.confidence) == (other.guess, other.confidence)


def test_a_corrected_drawing_is_read_as_corrected(reader, misread):
    for image, label in misread:
        before = reader.read(image)
        adapted = reader.adapt([(image, label)])
        assert adapted.read(image).label == label
        assert reader.read(image).guess == before.guess != label


def test_all_misread_drawings_are_learned_together(reader, misread, unseen):
    adapted = reader.adapt(misread)
    images, labels = zip(*misread, strict=True)
    assert [one.guess for one in adapted.read_many(images)] == list(labels)
    assert accuracy(adapted, *unseen) > accuracy(reader, *unseen)


def test_a_refused_barred_zero_passes_after_one_example(released):
    first, next_one = barred_zero(), barred_zero(brush=26, lean=6, shift=9)
    assert released.read(first).label is None
    assert released.read(next_one).label is None
    adapted = released.adapt([(first, 0)])
    assert adapted.read(first).label == adapted.read(next_one).label == 0


def test_examples_are_added_and_the_reader_stays_as_it_is(reader, unseen):
    images, labels = unseen
    first = reader.adapt([(images[0], labels[0])])
    second = first.adapt([(images[1], labels[1])])
    assert [len(one.examples) for one in (reader, first, second)] == [0, 1, 2]
    assert second.examples.labels.tolist() == labels[:2].tolist()
    digit = reader.read(images[1]).steps.digit
    np.testing.assert_array_equal(second.examples.pixels[1], digit)
    with pytest.raises(ValueError, match="read-only"):
        second.examples.labels[0] = 3
    assert second.thresholds == reader.thresholds
    assert second.judge is reader.judge


def test_the_oldest_examples_are_forgotten(reader, unseen):
    images, labels = unseen
    adapted = reader.adapt(zip(images[:60], labels[:60], strict=True))
    assert len(adapted.examples) == MAX_EXAMPLES == 50
    assert adapted.examples.labels.tolist() == labels[10:60].tolist()


def test_the_last_correction_of_the_same_drawing_counts(reader, misread):
    image, label = misread[0]
    adapted = reader.adapt([(image, (label + 1) % 10)]).adapt([(image, label)])
    assert adapted.examples.labels.tolist() == [label]
    assert adapted.read(image).label == label


def test_number_digits_are_corrected_by_their_pixels(reader):
    image = np.concatenate([seven()[:, 60:290]] * 2, axis=1)
    number = reader.read_number(image)
    assert number.guess == "77"
    pixels = np.stack([one.pixels for one in number.digits])
    assert pixels.shape == (2, 28, 28)
    adapted = reader.adapt(Examples(pixels[1:], np.array([1])))
    # Both are the same drawing.
    assert adapted.read_number(image).guess == "11"
    assert reader.read_number(image).guess == "77"


def test_the_explanation_is_that_of_the_adapted_scores(reader, misread):
    image, label = misread[0]
    adapted = reader.adapt([(image, label)])
    explanation = adapted.explain(adapted.read(image))
    assert explanation.scores.argmax() == explanation.votes.argmax() == label


def test_scores_change_by_a_ridge_regression_of_what_was_lacking(model, digits):
    _, features, components, kernel, _ = (step for _, step in model.steps)
    extracted = components.transform(features.transform(model[0].transform(digits[0][1500:1560])))
    known, others = extracted[:20], extracted[20:]
    scores = kernel.transform(known)
    adaptation = Adaptation.fit(kernel, known, digits[1][1500:1520])
    ridge = KernelRidge(alpha=ALPHA, kernel="rbf", gamma=SHARPNESS * kernel.gamma_)
    ridge.fit(known.astype(float), lacking_scores(scores, digits[1][1500:1520]))
    expected = kernel.transform(others) + ridge.predict(others.astype(float))
    expected -= expected[:, 1:].max(axis=1, keepdims=True)
    found = adaptation.adapt(kernel.transform(others), adaptation.similarity(others))
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_lacking_scores_by_hand(monkeypatch):
    monkeypatch.setattr("siffra.adaptation.MARGIN", 2.0)
    monkeypatch.setattr("siffra.adaptation.ALPHA", 1.0)
    scores = np.full((3, 11), -3, np.float32)
    scores[:, :4] = [[-0.5, -1, 0, -0.2], [-4, 0, -1.5, -3], [0.5, 0, -0.5, -0.8]]
    expected = np.zeros((3, 11))
    # 0 rises from -1 to 0.5 and the others fall to -1.5; "not a digit" lacks 1, counted twice.
    expected[0, :4] = [-2.0, 1.5, -1.5, -1.3]
    # Ahead by 0.5, which counts twice: 1 is missing. 2 is 0.2 too close to where 1 falls.
    expected[2, :4] = [-4.0, 0.5, -0.5, -0.2]
    found = lacking_scores(scores, np.array([0, 0, 0]))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.fixture(scope="module")
def steps(released, digits):
    """All of scikit-learn's images, as the released model's reader preprocesses them."""
    return [[*released.preprocess(image)] for image in digits[0]]


def adapt_to(released, steps, rows, labels):
    """Adapt a reader to preprocessed images."""
    pixels = np.stack([steps[row][0].digit for row in rows])
    return released.adapt(Examples(pixels, np.array(labels)))


def count_errors(reader, steps, labels):
    """Count the errors in the last images, by digit."""
    predictions = reader.predict(steps[1500:])
    assert all(0 <= one.is_digit <= 1 for one in predictions)
    assert all(((one.probabilities >= 0) & (one.probabilities <= 1)).all() for one in predictions)
    wrong = np.array([one.guess for one in predictions]) != labels[1500:]
    return np.bincount(labels[1500:][wrong], minlength=10)


def test_no_digit_is_lost_after_a_hundred_of_one(released, steps, digits):
    hundred = np.flatnonzero(digits[1][:1500] == 7)[:100]
    adapted = adapt_to(released, steps, hundred, [7] * 100)
    before, after = (count_errors(one, steps, digits[1]) for one in (released, adapted))
    assert (after <= before + 2).all(), (before, after)
    assert after.sum() <= before.sum() + 2


def test_examples_are_saved_as_plain_data(reader, unseen, tmp_path):
    images, labels = unseen
    adapted = reader.adapt(zip(images[:50], labels[:50], strict=True))
    path = tmp_path / "examples.json"
    adapted.examples.save(path)
    values = json.loads(path.read_text(encoding="utf-8"))
    assert len(values) == 50
    assert values[0]["digit"] == labels[0]
    first = np.frombuffer(base64.b64decode(values[0]["pixels"]), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(first, reader.read(images[0]).steps.digit)
    again = Examples.load(path)
    np.testing.assert_array_equal(again.pixels, adapted.examples.pixels)
    np.testing.assert_array_equal(again.labels, adapted.examples.labels)
    for one, other in zip(
        adapted.read_many(images), reader.adapt(again).read_many(images), strict=True
    ):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


PIXELS = base64.b64encode(bytes(784)).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 100_000, "not JSON"),
        (b"{}", "a list of at most 50"),
        (json.dumps([{"digit": 1, "pixels": PIXELS}] * 51).encode(), "a list of at most 50"),
        (b" " * 200_000, "at most 131,072 bytes"),
        (b"[1]", "a digit and pixels"),
        (json.dumps([{"digit": 1, "pixels": PIXELS, "x": 1}]).encode(), "nothing else"),
        (json.dumps([{"digit": True, "pixels": PIXELS}]).encode(), "label True"),
        (json.dumps([{"digit": 1, "pixels": PIXELS[:-4]}]).encode(), "784 pixels"),
        (json.dumps([{"digit": 1, "pixels": [0] * 784}]).encode(), "784 pixels"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "examples.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        Examples.load(path)


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "examples.json")
    with pytest.raises(DataError, match="a regular file"):
        Examples.load(tmp_path / "examples.json")


def nested(depth):
    """A list in a list in a list."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "digit",
    [10**5000, nested(100_000), "7" * 10**6, float("nan"), None],
    ids=["long", "deep", "text", "nan", "none"],
)
def test_labels_of_strangers_are_refused_in_a_short_sentence(digit):
    with pytest.raises(DataError, match="whole number from 0 to 9") as refusal:
        Examples.from_json([{"digit": digit, "pixels": PIXELS}])
    assert len(str(refusal.value)) < 120


def test_files_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        Examples.load(tmp_path / "missing.json")
    with pytest.raises(OutputError, match="Cannot write"):
        Examples().save(tmp_path / "missing" / "examples.json")


@pytest.mark.parametrize(
    ("pixels", "labels", "message"),
    [
        (np.zeros((1, 28, 28)), [1], "type float64"),
        (np.zeros((2, 28, 28), np.uint8), [1], "2 drawings"),
        (np.zeros((1, 28, 28), np.uint8), [-1], "label -1"),
    ],
)
def test_examples_are_checked(pixels, labels, message):
    with pytest.raises(DataError, match=message):
        Examples(pixels, np.array(labels))


def test_anything_but_pairs_of_an_image_and_a_digit_is_refused(reader, unseen):
    for label in (10, 4.0, "4", True):
        with pytest.raises(DataError, match="whole number from 0 to 9"):
            reader.adapt([(unseen[0][0], label)])
    for examples in (7, [(1, 2, 3)]):
        with pytest.raises(DataError, match="pairs"):
            reader.adapt(examples)


def test_a_blank_example_is_named(reader, unseen):
    blank = np.full((28, 28), 255, np.uint8)
    with pytest.raises(BlankImageError) as caught:
        reader.adapt([(unseen[0][0], 1), (blank, 1)])
    assert caught.value.index == 1


def test_adapting_to_fifty_examples_takes_20_milliseconds(released, steps, digits):
    examples = adapt_to(released, steps, range(50), digits[1][:50]).examples
    seconds = []
    with threadpool_limits(1):
        for _ in range(10):
            start = time.process_time()
            adapted = released.adapt(examples)
            seconds.append(time.process_time() - start)
    assert len(adapted.examples) == 50
    assert min(seconds) < 0.02
