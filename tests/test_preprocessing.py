import pickle

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from shapes import seven
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from pipeline import BlankImageError, InvalidImageError
from pipeline.preprocessing import MnistPreprocessor

# --- all steps together


def seen(*images):
    """What the transformer makes of images, as (n, 28, 28) from 0 to 255."""
    return MnistPreprocessor().transform(images).reshape(-1, 28, 28) * 255


def test_size_and_place_on_the_canvas_do_not_matter():
    enlarged = np.kron(seven(), np.ones((2, 2), np.uint8))
    reference, moved, doubled = seen(seven(), seven(size=800, top=500, left=20), enlarged)
    np.testing.assert_array_equal(moved, reference)
    assert np.abs(doubled - reference).mean() < 3


def test_colours_and_kinds_do_not_matter():
    drawing = seven()
    ink = 255 - drawing
    zero = np.zeros_like(ink)
    kinds = {
        "white on black": ink,
        "RGB": np.dstack([drawing] * 3),
        "transparent, black ink": np.dstack([zero, zero, zero, ink]),
        "transparent, white ink": np.dstack([ink, ink, ink, ink]),
        "PIL": Image.fromarray(drawing),
        "faint": seven(ink=160, paper=230),
    }
    expected = seen(drawing)
    for name, image in kinds.items():
        assert np.abs(seen(image) - expected).mean() < 0.2, name


def test_pens_of_all_widths_come_nearer_to_each_other():
    thin, thick = seven(width=5), seven(width=40)
    before = (thick == 0).sum() / (thin == 0).sum()
    thin_seen, thick_seen = seen(thin, thick)
    assert thick_seen.sum() / thin_seen.sum() < 0.6 * before


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    seed=st.integers(0, 1000),
)
def test_any_gray_image_gives_ink_or_is_blank(height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    try:
        result = seen(image)
    except BlankImageError:
        return
    assert np.isfinite(result).all()
    assert result.any()


# --- the transformer


def test_rows_are_pixels_from_0_to_1(digits):
    rows = MnistPreprocessor().fit_transform(digits[0][:50])
    assert rows.shape == (50, 784)
    assert rows.dtype == np.float32
    assert rows.min() == 0
    assert 0.9 < rows.max() <= 1


def test_a_list_of_any_sizes_equals_one_by_one(digits):
    images = [digits[0][0], seven(), Image.fromarray(np.dstack([seven()] * 3))]
    preprocessor = MnistPreprocessor()
    together = preprocessor.transform(images)
    for row, image in zip(together, images, strict=True):
        np.testing.assert_array_equal(row, preprocessor.transform([image])[0])


def test_no_images_give_no_rows():
    assert MnistPreprocessor().transform([]).shape == (0, 784)


def test_a_blank_image_is_named_by_its_index():
    with pytest.raises(BlankImageError, match="Image 1 is blank") as caught:
        MnistPreprocessor().transform([seven(), np.full((9, 9), 7, np.uint8)])
    assert caught.value.index == 1
    assert isinstance(caught.value, ValueError)
    assert pickle.loads(pickle.dumps(caught.value)).index == 1


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (seven(), r"array of shape \(400, 400\), but expected a batch"),
        (Image.fromarray(seven()), "one image, pass a list"),
        ("digit.png", "Got str"),
        (None, "Got NoneType"),
    ],
)
def test_one_image_instead_of_a_batch_is_refused(batch, message):
    with pytest.raises(InvalidImageError, match=message):
        MnistPreprocessor().transform(batch)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"digit_size": 29}, "digit_size=29, but expected 1 to 28"),
        ({"stroke_width": -1}, "stroke_width=-1, but expected 0.01 to 0.5"),
    ],
)
def test_parameters_are_checked_in_fit_not_before(params, message):
    preprocessor = MnistPreprocessor(**params)
    with pytest.raises(ValueError, match=message):
        preprocessor.fit([])


def test_it_can_be_cloned_and_set():
    preprocessor = MnistPreprocessor(digit_size=18)
    assert clone(preprocessor).digit_size == 18
    assert preprocessor.get_params().keys() == {
        "digit_size",
        "stroke_width",
        "evening",
        "deslanting",
        "widening",
    }
    assert preprocessor.set_params(evening=0).evening == 0


def test_features_have_names():
    names = MnistPreprocessor().fit([]).get_feature_names_out()
    assert len(names) == 784
    assert names[0] == "mnistpreprocessor0"


def test_it_works_inside_a_grid_search(digits):
    images, labels = digits
    pipeline = Pipeline(
        [
            ("preprocessing", MnistPreprocessor()),
            ("forest", RandomForestClassifier(5, random_state=0)),
        ]
    )
    grid = {"preprocessing__evening": [0, 0.4], "preprocessing__digit_size": [18, 22]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(images[:300], labels[:300])
    assert search.best_score_ > 0.6
    assert len(search.cv_results_["params"]) == 4


def test_a_line_one_pixel_wide_on_a_large_sheet_is_read_as_ink():
    sheet = np.full((2000, 2000), 255, dtype=np.uint8)
    sheet[300:1700, 1001] = 0
    pixels = MnistPreprocessor().fit_transform([sheet]).reshape(28, 28)
    rows, columns = np.nonzero(pixels > 0.5)
    assert rows.max() - rows.min() > 15
    assert columns.max() - columns.min() < 6


@pytest.mark.parametrize("side", [300, 800, 3000])
def test_the_size_of_the_canvas_changes_nothing(side):
    drawing = np.full((200, 120, 4), 255, dtype=np.uint8)
    cv2.polylines(
        drawing, [np.array([[10, 10], [100, 15], [40, 190]])], False, (0, 0, 0, 255), 9, cv2.LINE_AA
    )
    canvas = np.full((side, side, 4), 255, dtype=np.uint8)
    canvas[50:250, 100:220] = drawing
    small, large = MnistPreprocessor().fit_transform([drawing, canvas])
    np.testing.assert_array_equal(small, large)
