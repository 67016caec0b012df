import os

import pytest

from pipeline.parallel import CHUNK, in_chunks


def double_here(items):
    return [(2 * item, os.getpid()) for item in items]


@pytest.mark.parametrize("n", [0, 1, CHUNK - 1])
def test_few_items_are_done_in_this_process(n):
    assert in_chunks(double_here, range(n)) == [(2 * k, os.getpid()) for k in range(n)]


def test_many_items_are_done_in_other_processes_and_returned_in_order():
    results = in_chunks(double_here, range(3 * CHUNK + 1))
    assert [result for result, _ in results] == [2 * k for k in range(3 * CHUNK + 1)]
    assert os.getpid() not in {process for _, process in results}
