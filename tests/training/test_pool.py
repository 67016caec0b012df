import numpy as np
import pytest

from pipeline.classifier import make_extractor
from pipeline.training.data import Mnist
from pipeline.training.pool import Kind, Part, build_pool, split_writers
from pipeline.training.strokes import Trajectory


@pytest.fixture(scope="session")
def drawings(small):
    """120 digits of ten writers: a 1 or a 7, drawn with straight lines."""
    rng = np.random.default_rng(0)
    one = [np.array([[0.0, 0.0], [0.0, 10.0]])]
    seven = [np.array([[0.0, 0.0], [6.0, 0.0], [2.0, 10.0]])]
    shapes = {1: one, 7: seven}
    return [
        Trajectory(label, writer, [s + rng.normal(0, 0.3, s.shape) for s in shapes[label]])
        for writer in range(10)
        for label in (1, 7) * 6
    ]


@pytest.fixture(scope="session")
def pool(small, drawings):
    mnist = Mnist(small[:100], small[100:130], small[130:160], {})
    return build_pool(make_extractor(), mnist, drawings, seed=0)


def test_every_kind_is_there_as_often_as_it_should(pool):
    counts = np.bincount(pool.kinds, minlength=4)
    assert counts.tolist() == [160, 2 * 160, 2 * 120, 3 * 120]
    assert np.isfinite(pool.features).all()


def test_no_group_of_drawings_is_in_two_parts(pool):
    drawn = pool.kinds >= Kind.DRAWING
    for group in set(pool.groups[drawn]):
        assert len(set(pool.parts[pool.groups == group])) == 1
    assert {len(set(pool.groups[drawn & (pool.parts == part)])) for part in (1, 2)} == {2}
    assert not set(pool.groups[drawn]) & set(pool.groups[~drawn])


def test_copies_of_an_image_share_its_part_and_label(pool):
    for values in (pool.parts, pool.labels, pool.groups):
        np.testing.assert_array_equal(values[:160], values[160:320])
        np.testing.assert_array_equal(values[:160], values[320:480])


def test_originals_are_no_copies(pool):
    test = pool.originals(Part.TEST)
    assert set(test.kinds) == {Kind.MNIST, Kind.DRAWING}
    assert (test.parts == Part.TEST).all()
    assert len(pool.originals(Part.VALIDATION, Kind.MNIST)) == 30


def test_earlier_parts_hold_nothing_of_later_ones(pool):
    assert set(pool.up_to(Part.TRAIN).parts) == {Part.TRAIN}
    assert set(pool.up_to(Part.VALIDATION).parts) == {Part.TRAIN, Part.VALIDATION}


def test_drawings_weigh_more_and_distorted_images_are_marked(pool):
    assert set(pool.weights[pool.kinds <= Kind.MNIST_COPY]) == {1.0}
    assert set(pool.weights[pool.kinds >= Kind.DRAWING]) == {1.5}
    np.testing.assert_array_equal(pool.plain, pool.kinds != Kind.MNIST_COPY)


def test_one_seed_one_pool(small, drawings, pool):
    mnist = Mnist(small[:100], small[100:130], small[130:160], {})
    again = build_pool(make_extractor(), mnist, drawings, seed=0)
    np.testing.assert_array_equal(again.features, pool.features)


def test_writers_are_split_three_to_one_to_one():
    writers = np.repeat(np.arange(30), 5)
    parts = split_writers(writers, np.random.default_rng(1))
    assert np.bincount(parts).tolist() == [90, 30, 30]
