import base64
import io
import re
from html import unescape

import numpy as np
from apps import ROOT
from PIL import Image

from interface.views import confusion_view, examples_view, model_view
from siffra.model_folder.reports import TestReport


def images(html):
    contents = re.findall(r"base64,([^\"]+)", html)
    return [Image.open(io.BytesIO(base64.b64decode(content))) for content in contents]


def test_an_example_is_a_button_with_a_small_picture():
    paths = sorted((ROOT / "docs" / "examples").iterdir())
    html = examples_view()
    assert re.findall(r'data-url="([^"]+)"', html) == [f"web/check/{one.name}" for one in paths]
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
    text = unescape(re.sub(r"<[^>]+>", "", model_view("folder model", "2026-11-25", reports)))
    assert text == (
        "Model: folder model, 2026-11-25. It reads 99.59 % of MNIST's test images. It reads "
        "99.40 % of drawings by unseen writers."
    )
