import itertools
import math

import numpy as np
import pytest

from siffra.numbers.kinds import CLUTTER, DIGIT, FIRST_SIGN, N_KINDS, PART
from siffra.numbers.lattice import Lattice, best_path, choose_kinds
from siffra.numbers.segments import Segment


def lattice(spans, widths, n_boundaries, best=1.0, ends=None, shared_cost=0.0):
    segments = [
        Segment(first, last, np.ones((10, width), np.uint8), 0, 0, range(1))
        for (first, last), width in zip(spans, widths, strict=True)
    ]
    probabilities = np.zeros((len(segments), 10))
    probabilities[:, 3] = best
    ends = ends or [[] for _ in range(n_boundaries)]
    signals = np.zeros((len(segments), 1))
    digits = np.zeros((len(segments), 28, 28), np.uint8)
    return Lattice(n_boundaries, ends, shared_cost, segments, signals, probabilities, digits)


def paths(spans, end, start=0):
    """Yield all ways from the first boundary to the last."""
    if start == end:
        yield []
    for index, (first, last) in enumerate(spans):
        if first == start:
            yield from ([index, *rest] for rest in paths(spans, end, last))


@pytest.mark.parametrize("seed", range(20))
def test_the_best_path_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    spans = list(itertools.combinations(range(6), 2))
    widths = [10 * (last - first) + int(rng.integers(5)) for first, last in spans]
    one_digit, best = rng.random((2, len(spans)))

    def score(path):
        return sum(
            widths[index] ** 1.5 * (math.log(one_digit[index]) + math.log(best[index]))
            for index in path
        )

    expected = max(paths(spans, 5), key=score)
    assert best_path(lattice(spans, widths, 6), one_digit * best)[0] == expected


def test_a_wide_segment_must_be_likelier_than_two_narrow_ones():
    spans, widths = [(0, 1), (1, 2), (0, 2)], [10, 10, 20]
    one = lattice(spans, widths, 3)
    assert best_path(one, np.array([0.9, 0.9, 0.9]))[0] == [0, 1]
    assert best_path(one, np.array([0.5, 0.9, 0.9]))[0] == [2]


def test_segments_without_any_probability_still_give_a_path():
    assert best_path(lattice([(0, 1), (1, 2)], [5, 5], 3), np.zeros(2))[0] == [0, 1]


def test_two_digits_may_share_the_ink_between_two_cuts():
    spans, widths, one_digit = [(0, 1), (0, 2), (1, 3), (2, 3)], [10, 12, 12, 10], [0.2, 1, 1, 0.2]
    ends = [[], [2], [], []]
    free = lattice(spans, widths, 4, ends=ends)
    assert best_path(free, np.array(one_digit))[0] == [1, 2]
    dear = lattice(spans, widths, 4, ends=ends, shared_cost=1000)
    assert best_path(dear, np.array(one_digit))[0] == [0, 2]
    apart = lattice(spans, widths, 4)
    assert best_path(apart, np.array(one_digit))[0] == [0, 2]


@pytest.mark.parametrize(
    ("with_sign", "expected"),
    [(0.2, [0, 2, 3]), (0.99, [1, 3])],  # probability of a digit together with the sign
)
def test_a_sign_stands_alone_unless_it_belongs_to_a_digit(with_sign, expected):
    spans, widths = [(0, 1), (0, 2), (1, 2), (2, 3)], [10, 12, 3, 10]
    found = lattice(spans, widths, 4)
    assert best_path(found, np.array([0.9, with_sign, 0.8, 0.9]))[0] == expected


def test_ink_that_is_no_segment_is_left_out():
    found = lattice([(1, 2)], [10], 4)
    assert best_path(found, np.array([0.9]))[0] == []


def test_the_likeliest_kind_of_a_character():
    judged = np.zeros((3, N_KINDS))
    judged[0, [PART, DIGIT, CLUTTER]] = [0.6, 0.3, 0.1]
    judged[1, [DIGIT, FIRST_SIGN]] = [0.5, 0.4]
    judged[2, [DIGIT, FIRST_SIGN]] = [0.5, 0.4]
    digits = np.zeros((3, 10))
    digits[:, 7] = [1, 1, 0.5]
    found, likelihoods = choose_kinds(judged, digits)
    assert found.tolist() == [DIGIT, DIGIT, FIRST_SIGN]
    np.testing.assert_allclose(likelihoods, [0.3, 0.5, 0.4])
