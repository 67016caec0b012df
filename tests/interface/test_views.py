import base64
import io
import re

import numpy as np
import pytest
from apps import ROOT
from PIL import Image

from interface.texts import ENGLISH, SWEDISH
from interface.views import confusion_view, examples_view, input_view, model_view, steps_view
from siffra.model_folder.reports import TestReport
from siffra.preprocessing import MnistPreprocessor
from siffra.reader import Explanation


def images(html):
    contents = re.findall(r"base64,([^\"]+)", html)
    return [Image.open(io.BytesIO(base64.b64decode(content))) for content in contents]


@pytest.fixture(scope="module")
def steps():
    canvas = np.full((100, 100), 255, dtype=np.uint8)
    canvas[20:80, 45:55] = 0
    return MnistPreprocessor().preprocess_steps(canvas)


def test_the_input_is_shown_pixel_by_pixel(steps):
    (image,) = images(input_view(steps))
    np.testing.assert_array_equal(np.asarray(image), steps.digit)


@pytest.fixture
def explanation():
    edges = np.zeros((28, 28), np.float32)
    edges[3, 4] = 5.5
    return Explanation(edges, np.linspace(-0.9, 0, 10, dtype=np.float32), np.arange(10) * 2)


def test_each_step_is_shown_bright_on_dark(steps, explanation):
    gray, foreground, binary, _, digit, edges = images(steps_view(steps, explanation))
    assert np.asarray(edges)[3, 4] == np.asarray(edges).max() == 255
    np.testing.assert_array_equal(np.asarray(gray), steps.gray)
    assert np.asarray(binary).max() == 255
    assert digit.size == (28, 28)
    assert np.asarray(foreground).std() > 0


def test_scores_and_votes_are_bars(steps, explanation):
    heights = re.findall(r"height:(\d+)%", steps_view(steps, explanation))
    expected = [f"{80 * k / 9:.0f}" for k in range(10)]
    assert heights == expected + expected


def test_an_example_is_a_button_with_a_small_picture():
    paths = sorted((ROOT / "docs" / "examples").iterdir())
    html = examples_view(paths)
    assert re.findall(r'data-index="(\d+)"', html) == [str(n) for n in range(len(paths))]
    assert all(max(image.size) <= 96 for image in images(html))
    assert str(ROOT) not in html


def test_a_model_of_a_hostile_name_is_plain_text():
    html = model_view("<script>alert(1)</script>", "<b>", {})
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_confusion_matrix_marks_the_diagonal():
    matrix = (10 * np.eye(10, dtype=int)).tolist()
    matrix[4][9] = 3
    html = confusion_view(matrix)
    assert html.count('class="correct">10<') == 10
    assert html.count('class="wrong">3<') == 1
    assert html.count('class="none">0<') == 89


def test_the_accuracy_is_that_of_each_test():
    reports = {"test": TestReport(0.9959, []), "strokes": TestReport(0.994, [])}
    text = re.sub(r"<[^>]+>", "", model_view("folder model", "2026-11-25", reports))
    assert text == (
        "Running: folder model, 2026-11-25. It read 99.59 % of MNIST's test images, 99.40 % of "
        "drawings of unseen writers."
    )


def test_both_languages_have_the_same_texts():
    assert ENGLISH.keys() == SWEDISH.keys()
