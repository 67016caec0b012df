import pickle

import cv2
import numpy as np
import pytest
from PIL import Image
from polylines import LABELS, draw, write
from shapes import seven

from siffra import BlankImageError, InvalidImageError
from siffra.preprocessing import MnistPreprocessor


def preprocess(*images):
    """The transformed images, as (n, 28, 28) from 0 to 255."""
    return MnistPreprocessor().transform(images).reshape(-1, 28, 28) * 255


@pytest.mark.parametrize("label", LABELS)
def test_colors_margins_and_types_do_not_matter(label):
    digit = draw(write(label, 1), (220, 260), 150, 12)
    drawing, zero = 255 - digit, np.zeros_like(digit)
    images = {
        "white on black": digit,
        "padded": np.pad(drawing, [(31, 7), (0, 400)], constant_values=255),
        "RGB": np.dstack([drawing] * 3),
        "RGBA": np.dstack([drawing] * 3 + [zero + 255]),
        "black on transparent": np.dstack([zero, zero, zero, digit]),
        "white on transparent": np.dstack([zero + 255] * 3 + [digit]),
        "red on transparent": np.dstack([zero + 255, zero, zero, digit]),
        "red on black": np.dstack([digit, zero, zero]),
        "PIL": Image.fromarray(drawing),
    }
    expected = preprocess(drawing)
    for name, image in images.items():
        np.testing.assert_array_equal(preprocess(image), expected, err_msg=name)


def test_the_steps_end_with_the_transformed_image():
    preprocessor = MnistPreprocessor()
    steps = preprocessor.preprocess_steps(seven())
    row = preprocessor.transform([seven()])[0]
    np.testing.assert_array_equal(steps.digit, np.rint(row * 255).reshape(28, 28))
    assert set(np.unique(steps.binary)) == {0, 1}
    assert steps.foreground.max() == 255
    assert steps.gray[0, 0] == 255


def test_a_list_of_any_sizes_equals_one_by_one(digits):
    images = [digits[0][0], seven(), Image.fromarray(np.dstack([seven()] * 3))]
    preprocessor = MnistPreprocessor()
    together = preprocessor.transform(images)
    for row, image in zip(together, images, strict=True):
        np.testing.assert_array_equal(row, preprocessor.transform([image])[0])


def test_a_blank_image_is_named_by_its_index():
    with pytest.raises(BlankImageError, match="Image 1") as caught:
        MnistPreprocessor().transform([seven(), np.full((9, 9), 7, np.uint8)])
    assert caught.value.index == 1
    assert pickle.loads(pickle.dumps(caught.value)).index == 1


@pytest.mark.parametrize(
    ("batch", "found"),
    [
        (seven(), r"\(400, 400\)"),
        (Image.fromarray(seven()), "Image"),
        ("digit.png", "str"),
        (None, "NoneType"),
        ([], "no images"),
    ],
)
def test_anything_but_a_batch_is_refused(batch, found):
    with pytest.raises(InvalidImageError, match=found):
        MnistPreprocessor().transform(batch)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"digit_size": 29}, "digit_size=29"),
        ({"stroke_width": -1}, "stroke_width=-1"),
    ],
)
def test_parameters_are_checked_in_fit_not_before(params, found):
    preprocessor = MnistPreprocessor(**params)
    with pytest.raises(ValueError, match=found):
        preprocessor.fit([])


@pytest.mark.parametrize("side", [300, 3000])
def test_the_size_of_the_canvas_does_not_matter(side):
    drawing = np.full((200, 120, 4), 255, dtype=np.uint8)
    cv2.polylines(
        drawing, [np.array([[10, 10], [100, 15], [40, 190]])], False, (0, 0, 0, 255), 9, cv2.LINE_AA
    )
    canvas = np.full((side, side, 4), 255, dtype=np.uint8)
    canvas[50:250, 100:220] = drawing
    small, large = MnistPreprocessor().fit_transform([drawing, canvas])
    np.testing.assert_array_equal(small, large)


def test_clutter_is_left_out_step_by_step():
    """The transformer leaves out what touches nothing; lines that touch are left to a model."""
    image = seven(size=300)
    image[292:296, 20:280] = 0
    preprocessor = MnistPreprocessor()
    whole, separate, touching = preprocessor.alternatives(image)
    plain = preprocessor.preprocess_steps(seven(size=300))
    assert np.corrcoef(whole.digit.ravel(), plain.digit.ravel())[0, 1] < 0.8
    assert np.corrcoef(separate.digit.ravel(), plain.digit.ravel())[0, 1] > 0.97
    np.testing.assert_array_equal(preprocessor.preprocess_steps(image).digit, separate.digit)
    assert touching is separate
    first, *others = preprocessor.alternatives(seven())
    assert all(one is first for one in others)
