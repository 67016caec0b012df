"""The reader in JavaScript says what the reader in Python says."""

import gzip
from collections import Counter

import numpy as np
from apps import ROOT
from kinds import collect
from PIL import Image

from pipeline.strokes import read_unipen, render
from siffra import BlankImageError

# Images with fewer pixels on a side depend on the last digit of a float.
FEW_PIXELS = 8


def read_in_python(reader, image):
    try:
        return reader.read(image)
    except BlankImageError:
        return None


def compare(node, reader, kinds):
    """Read images of several kinds in both; return how many differ in what, by kind."""
    images = [np.ascontiguousarray(image) for one in kinds.values() for image in one]
    names = [name for name, one in kinds.items() for _ in one]
    answers = node.read(images)
    different = {"label": Counter(), "digit": Counter(), "probabilities": Counter()}
    for name, image, answer in zip(names, images, answers, strict=True):
        expected = read_in_python(reader, image)
        if expected is None or answer == "blank":
            different["label"][name] += expected is not None or answer != "blank"
            continue
        same = (answer["label"], answer["unsure"]) == (expected.label, expected.unsure)
        different["label"][name] += not same and min(image.shape[:2]) >= FEW_PIXELS
        is_same = np.array_equal(answer["digit"], expected.steps.digit.ravel())
        different["digit"][name] += not is_same
        found = np.append(answer["probabilities"], answer["isDigit"])
        wanted = np.append(expected.probabilities, expected.is_digit)
        different["probabilities"][name] += bool(np.abs(found - wanted).max() > 0.02)
    return len(images), {what: +counts for what, counts in different.items()}


def check(n, different):
    assert different["label"] == {}
    assert different["digit"].total() <= 0.01 * n, different["digit"]
    assert different["probabilities"].total() <= max(1, 0.001 * n), different["probabilities"]


def test_images_of_every_kind(node, reader, digits):
    kinds = collect(digits[0][:100], np.random.default_rng(0))
    n, different = compare(node, reader, kinds)
    assert n > 350
    check(n, different)


def test_mnist_and_hard_cases(node, reader, mnist_folder):
    shared = ROOT.parent / "shared"
    rng = np.random.default_rng(1)
    trajectories = read_unipen(shared / "strokes" / "pendigits-orig.tra")
    with gzip.open(mnist_folder / "t10k-images-idx3-ubyte.gz") as file:
        mnist = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    files = sorted(path for path in (shared / "cases").glob("*.*") if path.suffix != ".md")
    kinds = {
        "MNIST": list(mnist[:150]),
        "strokes": [255 - render(one.strokes, rng) for one in trajectories[:60]],
        "cases": [decode(path) for path in files],
    }
    check(*compare(node, reader, kinds))


def decode(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def test_a_blank_image_is_an_error(node):
    assert node.read([np.full((50, 40), 255, np.uint8)]) == ["blank"]


def test_the_reader_says_which_model_it_is(node, reader):
    config = (ROOT / "model" / "config.json").read_text()
    assert node.model["sha256"] in config
    assert node.model["commit"] == reader.location.commit
