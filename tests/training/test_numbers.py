from pipeline.training import numbers
from pipeline.training.feature_set import Split
from pipeline.training.numbers import fit_judge
from pipeline.training.rows import RowSampler


def test_rows_that_a_reader_would_not_divide_are_left_out(model, small, monkeypatch):
    monkeypatch.setattr(numbers, "N_ROWS", 20)
    monkeypatch.setattr("pipeline.numbers.segments._MAX_SEGMENTS", 10)  # one or two digits
    judge = fit_judge(model, RowSampler({}, {}, Split.TEST, small), seed=0)
    assert judge.classes_.tolist() == [0, 1]
