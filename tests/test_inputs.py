"""Whatever a caller hands to the Pipeline: probabilities, or an error that helps."""

import time

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from inputs import BATCHES, survive

from pipeline import BlankImageError, InvalidImageError, load_model
from pipeline.image import MAX_PIXELS

MODEL = load_model(ROOT / "model")


@settings(
    max_examples=400, deadline=2000, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(BATCHES)
def test_any_batch_gives_probabilities_or_a_clear_error(batch):
    survive(MODEL.predict_proba, batch)


@pytest.mark.parametrize("batch", [[], (), np.zeros((0, 9, 9)), np.zeros((0, 9, 9, 4))])
def test_no_images_give_no_rows(batch):
    assert MODEL.predict_proba(batch).shape == (0, 10)
    assert MODEL.predict(batch).shape == (0,)


@pytest.mark.parametrize(
    "shape", [(8000, 8000), (1, 10**7), (10**7, 1), (3, 10**7), (6000, 6000, 4)]
)
@pytest.mark.parametrize("kind", ["plain", "noise", "bar"])
def test_the_largest_images_take_less_than_two_seconds(shape, kind):
    image = np.full(shape, 255, dtype=np.uint8)
    if kind == "noise":
        image[:] = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    if kind == "bar":
        image[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 3 : shape[1] // 2 + 1] //= 2
    start = time.monotonic()
    try:
        assert MODEL.predict_proba([image]).shape == (1, 10)
    except BlankImageError:
        assert kind != "bar" or min(shape[:2]) < 10
    assert time.monotonic() - start < 2


def test_an_image_larger_than_that_is_refused():
    image = np.broadcast_to(np.uint8(255), (MAX_PIXELS // 1000 + 1, 1000))
    with pytest.raises(InvalidImageError, match="1000 x 64001 pixels, but expected at most 64"):
        MODEL.predict_proba([image])
