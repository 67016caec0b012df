from pipeline.feature_set import Split
from pipeline.judge import fit_judge
from pipeline.rows import RowSampler
from siffra.numbers.kinds import N_KINDS


def test_rows_that_a_reader_would_not_divide_are_left_out(model, small, monkeypatch):
    monkeypatch.setattr("siffra.numbers.segments._MAX_SEGMENTS", 10)  # one or two digits
    judge = fit_judge(model, RowSampler({}, {}, Split.TEST, small), seed=0, n_rows=20)
    assert judge.classes_.tolist() == list(range(N_KINDS))
