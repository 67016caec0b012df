import numpy as np
import pytest

from pipeline import kinds
from pipeline.kinds import KINDS, evaluate_kinds
from pipeline.strokes import Trajectory
from siffra.exceptions import BlankImageError

TIME = np.linspace(0, 1, 30)[:, None]
SEVEN = Trajectory("7", 1, [np.concatenate([TIME * (6, 0), TIME * (-2, 10) + (6, 0)]) * 20])


class Reader:
    """Says 7 of every picture, surely or not, or that it is blank."""

    def __init__(self, label=7, is_blank=False):
        self.label, self.is_blank, self.guess = label, is_blank, 7

    def read(self, image):
        assert image.dtype == np.uint8
        if self.is_blank:
            raise BlankImageError(0)
        return self


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(kinds, "N_IMAGES", 5)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("reader", "digits", "empty"),
    [
        (Reader(), (1, 0), (0, 1)),
        (Reader(None), (1, 0), (1, 0)),
        (Reader(3), (1, 1), (0, 1)),
        (Reader(is_blank=True), (0, 0), (1, 0)),
    ],
)
def test_pictures_are_right_or_surely_wrong(reader, digits, empty):
    found = {one.kind: one for one in evaluate_kinds(reader, [SEVEN], 0)}
    forms = {kind for kind, (_, labels) in KINDS.items() if labels and "7" not in labels}
    assert found.keys() == KINDS.keys() - forms
    for kind, one in found.items():
        expected = digits if KINDS[kind][1] else empty
        assert (one.right, one.sure_and_wrong, one.n_images) == (*expected, 5)
        assert one.right_interval[0] <= one.right <= one.right_interval[1]


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_a_kind_differ(kind):
    draw, _ = KINDS[kind]
    first, second = (draw(SEVEN, np.random.default_rng(seed)) for seed in (0, 1))
    assert first.shape != second.shape or (first != second).any()
    assert first.ndim == 2
