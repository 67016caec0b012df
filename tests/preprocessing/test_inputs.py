"""Any input gives probabilities or an error, a hard one its digit, an equivalent one the same."""

import numpy as np
import pytest
from cases import KINDS
from hypothesis import HealthCheck, given, settings
from inputs import BATCHES, RULES, drawing, survive
from polylines import LABELS, N_WRITERS, draw, write

from siffra import BlankImageError, DigitReader

# The least correlation of a kind's 28 x 28 image with that of the same digit drawn cleanly: thin
# strokes become thinner ones, and noise roughens them.
SIMILARITY = {
    "edge_of_a_photo": 0.8,
    "hairline_280": 0.8,
    "hairline_800": 0.8,
    "hairline_2000": 0.8,
    "faint_hairline": 0.8,
    "shadow_edge": 0.85,
    "ruled_paper": 0.85,
    "pencil": 0.8,
}


@pytest.mark.parametrize("kind", KINDS)
def test_hard_images_are_read_as_what_was_drawn(released, kind):
    """None is blank, all are read, and one of the alternatives is the digit, all of it."""
    cases = [(label, writer) for label in LABELS for writer in range(N_WRITERS)]
    pairs = [
        KINDS[kind](write(label, writer), np.random.default_rng([writer, int(label)]))
        for label, writer in cases
    ]
    images, digits = zip(*pairs, strict=True)
    read = [one.guess for one in DigitReader(released).read_many(images)]
    correlations = [
        max(np.corrcoef(steps.digit.ravel(), row)[0, 1] for steps in alternatives)
        for alternatives, row in zip(
            map(released[0].alternatives, images), released[0].transform(digits), strict=True
        )
    ]
    differ = [
        (label, answer, round(float(correlation), 2))
        for (label, _), answer, correlation in zip(cases, read, correlations, strict=True)
        if int(label) != answer or correlation < SIMILARITY.get(kind, 0.9)
    ]
    assert differ == []


@settings(
    max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(batch=BATCHES)
def test_any_batch_gives_probabilities_or_a_clear_error(released, batch):
    survive(released.predict_proba, batch)


def test_equivalent_images_get_the_same_answer(released):
    differ = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        image = drawing(rng)
        others = [rule(image, rng) for rule in RULES.values()]
        before, *after = released.predict([image, *others])
        names = [name for name, one in zip(RULES, after, strict=True) if one != before]
        differ += [(seed, name) for name in names]
    # The target is 99.9 %, which `make reliability` measures on more images.
    assert len(differ) <= 1, differ


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("contrast", [4, 60])
@pytest.mark.parametrize("pen", [2, 9])
def test_no_visible_digit_is_blank(released, label, contrast, pen):
    digit = draw(write(label, 1), (300, 300), 190, pen) / 255
    for image in (255 - contrast * digit, contrast * digit):
        assert released[0].transform([np.rint(image).astype(np.uint8)]).any()


@pytest.mark.parametrize("shape", [(8000, 8000), (1, 10**7), (10**7, 1), (6000, 6000, 4)])
def test_the_largest_images_are_read(released, shape):
    image = np.full(shape, 255, dtype=np.uint8)
    image[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 3 : shape[1] // 2 + 1] //= 2
    try:
        assert released.predict_proba([image]).shape == (1, 10)
    except BlankImageError:
        assert min(shape[:2]) == 1
