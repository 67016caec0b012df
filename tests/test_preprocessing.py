import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from pipeline import BlankImageError, InvalidImageError
from pipeline.preprocessing import (
    MnistPreprocessor,
    brighten_ink,
    centre_mass,
    crop_to_ink,
    find_ink,
    measure_stroke_width,
    resize_longest_side,
    stretch_contrast,
    thicken_strokes,
    to_mnist,
)


def seven(size=400, width=30, ink=0, paper=255, top=80, left=120):
    """A 7 of straight lines, 200 pixels high."""
    image = np.full((size, size), paper, dtype=np.uint8)
    image[top : top + width, left : left + 120] = ink
    for row in range(200):
        start = left + 120 - width - row // 3
        image[top + row, start : start + width] = ink
    return image


def otsu(image):
    """Otsu's threshold by its definition: the split with the most variance between classes."""
    shades = image.ravel().astype(float)
    best, threshold = -1.0, 0
    for split in range(255):
        low, high = shades[shades <= split], shades[shades > split]
        if len(low) and len(high):
            between = len(low) * len(high) * (low.mean() - high.mean()) ** 2
            if between > best:
                best, threshold = between, split
    return threshold


# --- the steps, one by one


def test_dark_on_light_is_inverted_and_light_on_dark_is_not():
    drawing = seven()
    np.testing.assert_array_equal(brighten_ink(drawing), 255 - drawing)
    np.testing.assert_array_equal(brighten_ink(255 - drawing), 255 - drawing)


def test_ink_is_what_lies_above_otsus_threshold():
    rng = np.random.default_rng(0)
    image = np.where(
        seven() == 0, rng.integers(120, 256, (400, 400)), rng.integers(0, 90, (400, 400))
    )
    image = image.astype(np.uint8)
    np.testing.assert_array_equal(find_ink(image) > 0, image > otsu(image))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_sheet_has_no_ink(shade):
    assert not find_ink(np.full((50, 50), shade, dtype=np.uint8)).any()


def test_a_blank_sheet_with_noise_has_no_ink():
    noise = np.random.default_rng(0).integers(0, 15, (50, 50), dtype=np.uint8)
    assert not find_ink(noise).any()


def test_faint_ink_on_gray_paper_becomes_white_on_black():
    faint = seven(ink=140, paper=100)
    stretched = stretch_contrast(faint, find_ink(faint))
    np.testing.assert_array_equal(stretched, seven(ink=255, paper=0))


def test_the_crop_is_the_ink_bounding_box():
    image = np.zeros((50, 60), dtype=np.uint8)
    image[5:12, 20:44] = 200
    assert crop_to_ink(image, find_ink(image)).shape == (7, 24)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((400, 200), 20, (20, 10)),
        ((10, 40), 20, (5, 20)),
        ((7, 14), 28, (14, 28)),
        ((900, 1), 20, (20, 1)),
    ],
)
def test_the_longest_side_gets_the_size(shape, size, expected):
    assert resize_longest_side(np.full(shape, 255, np.uint8), size).shape == expected


def test_shrinking_averages_areas():
    image = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    expected = image.reshape(20, 3, 20, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(resize_longest_side(image, 20), expected, atol=0.51)


def test_a_hairline_survives_shrinking():
    image = np.zeros((800, 800), dtype=np.uint8)
    image[:, 399] = 255
    assert resize_longest_side(image, 20).max() > 0


@pytest.mark.parametrize("width", [2, 4, 8, 12, 20])
def test_the_width_of_a_straight_stroke_is_measured(width):
    image = np.zeros((100, 60), dtype=np.uint8)
    image[:, 20 : 20 + width] = 255
    assert measure_stroke_width(image) == pytest.approx(width, rel=0.15, abs=0.5)


def test_no_ink_has_no_width():
    assert measure_stroke_width(np.zeros((10, 10), np.uint8)) == 0


def test_thin_strokes_grow_to_the_width_asked_for():
    image = np.zeros((100, 60), dtype=np.uint8)
    image[:, 28:31] = 255
    assert measure_stroke_width(thicken_strokes(image, 12)) == pytest.approx(12, rel=0.15)


def test_thick_strokes_stay():
    image = np.zeros((100, 60), dtype=np.uint8)
    image[:, 20:40] = 255
    np.testing.assert_array_equal(thicken_strokes(image, 12), image)


def test_the_centre_of_mass_comes_to_the_middle():
    digit = np.zeros((20, 12), dtype=np.uint8)
    digit[:, :4], digit[12:] = 90, 120
    centre = ndimage.center_of_mass(centre_mass(digit))
    np.testing.assert_allclose(centre, (13.5, 13.5), atol=0.5)


def test_no_ink_is_pushed_over_the_edge():
    digit = np.zeros((28, 28), dtype=np.uint8)
    digit[0, 0] = digit[27, 27] = 10
    digit[:3, :3] = 255
    assert centre_mass(digit).sum() == digit.sum()


# --- all steps together


def test_size_and_place_on_the_canvas_do_not_matter():
    reference = to_mnist(seven(), 20, 3.5).astype(int)
    moved = to_mnist(seven(size=800, top=500, left=20), 20, 3.5)
    np.testing.assert_array_equal(moved, reference)
    doubled = to_mnist(np.kron(seven(), np.ones((2, 2), np.uint8)), 20, 3.5)
    assert np.abs(doubled - reference).mean() < 2


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
    expected = to_mnist(drawing, 20, 3.5)
    for name, image in kinds.items():
        np.testing.assert_array_equal(to_mnist(image, 20, 3.5), expected, err_msg=name)


def test_the_digit_fills_its_box():
    rows, columns = np.nonzero(to_mnist(seven(), 20, 3.5))
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 < 20


def test_a_thin_pen_ends_about_as_wide_as_a_thick_one():
    thin, thick = (to_mnist(seven(width=w), 20, 3.5) for w in (4, 30))
    assert thin.sum() == pytest.approx(thick.sum(), rel=0.25)


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    seed=st.integers(0, 1000),
)
def test_any_gray_image_gives_28_by_28_or_is_blank(height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    try:
        result = to_mnist(image, 20, 3.5)
    except BlankImageError:
        return
    assert result.shape == (28, 28)
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
        ({"stroke_width": -1}, "stroke_width=-1"),
    ],
)
def test_parameters_are_checked_in_fit_not_before(params, message):
    preprocessor = MnistPreprocessor(**params)
    with pytest.raises(ValueError, match=message):
        preprocessor.fit([])


def test_it_can_be_cloned_and_set():
    preprocessor = MnistPreprocessor(digit_size=18)
    assert clone(preprocessor).get_params() == {"digit_size": 18, "stroke_width": 3.5}
    assert preprocessor.set_params(stroke_width=0).stroke_width == 0


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
    grid = {"preprocessing__stroke_width": [0, 3.5], "preprocessing__digit_size": [16, 20]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(images[:300], labels[:300])
    assert search.best_score_ > 0.6
    assert len(search.cv_results_["params"]) == 4
