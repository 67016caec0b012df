"""What the scoreboard says of the answers of readers."""

import pytest
from apps import ROOT

from benchmarks.readers import Answer, read_tsv
from benchmarks.scoreboard import INTRODUCTION, check_model, score
from siffra import DataError

TABLE = """\
level\tpage_num\tblock\tpar\tline\tword\tleft\ttop\twidth\theight\tconf\ttext
1\t1\t0\t0\t0\t0\t0\t0\t28\t28\t-1\t
5\t1\t1\t1\t1\t1\t4\t4\t20\t20\t96.5\t7
1\t2\t0\t0\t0\t0\t0\t0\t28\t28\t-1\t
1\t3\t0\t0\t0\t0\t0\t0\t99\t28\t-1\t
5\t3\t1\t1\t1\t1\t4\t4\t20\t20\t91.0\t24
5\t3\t1\t1\t1\t2\t50\t4\t20\t20\t31.0\t12
"""


def test_tesseracts_words_are_joined_by_page():
    assert read_tsv(TABLE, 3) == [Answer("7", True), Answer("", False), Answer("24 12", False)]


def test_the_shares_of_right_and_of_sure_answers():
    answers = [Answer("7", True), Answer("7", False), Answer("1", True), Answer("", False)]
    right, sure_and_right, sure_and_wrong = score(answers, ["7", "7", "7", "7"])
    assert right.startswith("50.0 % (15.0 to 85.0)")  # Wilson, 2 of 4
    assert sure_and_right == sure_and_wrong == "25.0 % (4.6 to 69.9)"  # 1 of 4


def test_a_model_that_was_trained_on_the_pictures_is_refused():
    with pytest.raises(DataError, match="--hold-out-test"):
        check_model(ROOT / "model", [])


def test_the_page_is_that_of_the_code():
    assert INTRODUCTION in (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf-8")
