import math
import pickle

import cv2
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
    WORKING_SIZE,
    MnistPreprocessor,
    brighten_ink,
    crop_to_ink,
    enlarge,
    even_strokes,
    ink_shades,
    measure_slant,
    measure_stroke_width,
    place,
    widen,
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
    np.testing.assert_array_equal(brighten_ink(drawing, 255), 255 - drawing)
    np.testing.assert_array_equal(brighten_ink(255 - drawing, 0), 255 - drawing)


def test_ink_is_what_lies_above_otsus_threshold():
    rng = np.random.default_rng(0)
    ink, paper = rng.integers(120, 256, (400, 400)), rng.integers(0, 90, (400, 400))
    image = np.where(seven() == 0, ink, paper).astype(np.uint8)
    np.testing.assert_array_equal(image > np.mean(ink_shades(image)), image > otsu(image))


def test_the_shades_are_those_of_paper_and_ink():
    image = np.full((50, 50), 30, dtype=np.uint8)
    image[10:40, 20:24] = 230
    assert ink_shades(image) == pytest.approx((30, 230))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_sheet_has_no_shades(shade):
    assert ink_shades(np.full((50, 50), shade, dtype=np.uint8)) is None


def test_a_blank_sheet_with_noise_has_no_shades():
    noise = np.random.default_rng(0).integers(0, 15, (50, 50), dtype=np.uint8)
    assert ink_shades(noise) is None


def test_the_crop_is_the_ink_with_a_rim_of_one_pixel():
    image = np.zeros((50, 60), dtype=np.uint8)
    image[5:12, 20:44] = 200
    assert crop_to_ink(image, 100).shape == (9, 26)
    assert crop_to_ink(image[5:, 20:], 100).shape == (8, 25)


@pytest.mark.parametrize("size", [9, 30, 64, 500])
def test_the_ink_is_enlarged_to_the_working_size(size):
    image = np.zeros((size + 2, size // 3 + 2), dtype=np.uint8)
    image[1:-1, 1:-1] = 255
    rows, columns = np.nonzero(enlarge(image, 0, 255))
    assert np.ptp(rows) + 1 == pytest.approx(WORKING_SIZE, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(size // 3 * WORKING_SIZE / size, abs=1.5)


def test_a_hairline_survives():
    image = np.zeros((800, 800), dtype=np.uint8)
    image[100:700, 399] = image[400, 100:700] = 255
    rows, columns = np.nonzero(enlarge(crop_to_ink(image, 0), 0, 255))
    assert np.ptp(rows) + 1 >= WORKING_SIZE - 2
    assert np.ptp(columns) + 1 >= WORKING_SIZE - 2


def bar(width):
    """An upright stroke on the working canvas, 1 where there is ink."""
    strokes = np.zeros((84, 84), dtype=np.uint8)
    strokes[10:74, 40 - width // 2 : 40 - width // 2 + width] = 1
    return strokes


@pytest.mark.parametrize("width", [2, 4, 8, 12])
def test_the_width_of_a_straight_stroke_is_measured(width):
    inside = ndimage.distance_transform_edt(bar(width)).astype(np.float32)
    assert measure_stroke_width(bar(width), inside) == pytest.approx(width, rel=0.2, abs=0.5)


@pytest.mark.parametrize("width", [2, 4, 14])
def test_full_evening_brings_a_stroke_to_the_width(width):
    evened = even_strokes(bar(width), 8, evening=1)
    # Ink across the middle of the bar, in pixels of full ink.
    assert evened[42].sum() / 255 == pytest.approx(8, abs=1.5)


def test_no_evening_leaves_the_strokes():
    np.testing.assert_allclose(even_strokes(bar(6), 8, evening=0), bar(6) * 255.0, atol=1)


def test_evening_never_eats_the_last_ink():
    assert even_strokes(bar(14), 0.64, evening=1).max() > 0


@pytest.mark.parametrize("lean", [-0.5, 0.0, 0.3])
def test_slant_is_the_lean_of_a_sheared_digit(lean):
    strokes = np.zeros((84, 120), dtype=np.float32)
    for row in range(20, 64):
        start = round(50 + lean * (row - 42))
        strokes[row, start : start + 6] = 255
    assert measure_slant(strokes) == pytest.approx(lean, abs=0.03)
    _, columns = np.nonzero(place(strokes, measure_slant(strokes), 22, 0) > 127)
    assert np.ptp(columns) + 1 <= 5


def test_the_centre_of_mass_comes_to_the_middle():
    strokes = np.zeros((84, 84), dtype=np.float32)
    strokes[10:70, 20:26], strokes[40:50, 20:60] = 200, 255
    centre = ndimage.center_of_mass(place(strokes, 0, 20, 0))
    np.testing.assert_allclose(centre, (13.5, 13.5), atol=0.3)


def test_no_ink_is_pushed_over_the_edge():
    strokes = np.zeros((84, 84), dtype=np.float32)
    strokes[10:74, 40:44], strokes[66:74, 10:74] = 255, 255
    image = place(strokes, 0, 28, 0)
    rows, columns = np.nonzero(image > 127)
    assert (rows.min(), rows.max()) == (0, 27)
    assert (columns.min(), columns.max()) == (0, 27)


def test_the_longest_side_gets_the_size():
    rows, columns = np.nonzero(place(bar(16).astype(np.float32) * 255, 0, 20, 0) > 127)
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(5, abs=1)


def test_widening_keeps_squares_and_widens_needles():
    assert widen(1, 0.7) == pytest.approx(1)
    assert widen(0.1, 0) == 0.1
    assert widen(0.1, 1) == pytest.approx(math.sqrt(math.sin(0.05 * math.pi)))
    assert 0.1 < widen(0.1, 0.7) < widen(0.1, 1)


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
