from itertools import pairwise

import numpy as np
import pytest

from pipeline.data import Digits
from pipeline.feature_set import Source, Split
from pipeline.rows import RowSampler, join_images, render_digits
from pipeline.strokes import Trajectory

SQUARE = np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 10.0], [0.0, 10.0], [0.0, 0.0]])
ONE = np.array([[0.0, 0.0], [0.0, 10.0]])


def trajectory(label="0", stroke=SQUARE, writer=1):
    return Trajectory(label, writer, [stroke])


def write(digits, gap, seed):
    return render_digits(digits, gap, np.random.default_rng(seed))


def extents(row):
    """Return the first and the last column of each digit's ink."""
    columns = [np.flatnonzero(mask.any(axis=0)) for mask in row.masks]
    return [(found[0], found[-1]) for found in columns]


def test_the_gap_is_a_share_of_the_height():
    for gap in (0.3, 0.1, 0.0, -0.1):
        row = write([trajectory()] * 4, gap, seed=0)
        height = np.mean([np.ptp(np.flatnonzero(mask.any(axis=1))) for mask in row.masks])
        ends = extents(row)
        found = [after[0] - before[1] for before, after in pairwise(ends)]
        # Antialiased edges, and a height that differs from digit to digit.
        assert np.abs(np.array(found) / height - gap).max() < 0.05


def test_the_ink_of_a_row_is_that_of_its_digits():
    row = write([trajectory(), trajectory("1", ONE)], 0.2, seed=1)
    assert row.text == "01"
    np.testing.assert_array_equal(row.image < 128, row.masks.any(axis=0))
    assert row.masks[1].any(axis=0).sum() < row.masks[0].any(axis=0).sum()


def test_images_side_by_side_are_as_far_apart_as_asked():
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 5:20, 10:14] = images[1, 5:20, 3:8] = 200
    row = join_images(images, [1, 7], 2)
    (_, end), (start, _) = extents(row)
    assert start - end - 1 == 2
    assert (row.text, row.image.min()) == ("17", 55)


@pytest.fixture
def sampler():
    strokes = {Source.UNIPEN: [trajectory(str(w), writer=w) for w in range(6) for _ in range(3)]}
    splits = dict.fromkeys(range(6), Split.TRAIN) | {4: Split.TEST, 5: Split.TEST}
    images = np.full((2, 28, 28), 255, np.uint8)
    return RowSampler(strokes, splits, Split.TEST, Digits(images, np.array([3, 3])))


def test_rows_are_of_one_writer_of_the_split(sampler):
    rng = np.random.default_rng(0)
    rows = [sampler.draw_strokes(Source.UNIPEN, 3, 0.2, rng).text for _ in range(20)]
    assert set(rows) == {"444", "555"}
    assert sampler.draw_mnist(2, 1, rng).text == "33"
    assert sampler.sources == [Source.UNIPEN]
