import pyarrow.parquet as pq
import pytest

from pipeline import OutputError
from pipeline.batch.journal import Journal
from pipeline.batch.predict import COLUMNS

RUN = {"model": "a", "images": 3}
ROWS = [
    ("a.png", 7, False, *[0.0] * 7, 1.0, 0.0, 0.0, ""),
    ("b,\nc.png", "", "", *[""] * 10, 'no "image"'),
    ("d.png", 3, True, *[0.1] * 10, ""),
]


def write(output, rows, run=RUN):
    with Journal(output, run, COLUMNS) as journal:
        journal.append(rows[journal.done :])
        return journal


def test_it_appears_when_it_is_complete(tmp_path):
    output = tmp_path / "table.csv"
    journal = write(output, ROWS)
    assert not output.exists()
    journal.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert output.read_text().startswith("image,label,unsure,p0,")


@pytest.mark.parametrize("cut", [1, 5, 70, 80, 10**6])
def test_it_goes_on_after_the_last_whole_row(tmp_path, cut):
    whole, cut_off = tmp_path / "whole.csv", tmp_path / "cut.csv"
    write(whole, ROWS).finish()
    write(cut_off, ROWS[:2])
    rows = tmp_path / ".cut.csv.partial" / "rows.csv"
    rows.write_bytes(rows.read_bytes()[:-cut])
    write(cut_off, ROWS).finish()
    assert cut_off.read_bytes() == whole.read_bytes()


def test_a_table_has_types(tmp_path):
    output = tmp_path / "table.parquet"
    write(output, ROWS).finish()
    rows = pq.read_table(output).to_pylist()
    assert rows[0] | {"error": None} == dict(zip(COLUMNS, ROWS[0][:-1], strict=False)) | {
        "error": None
    }
    assert (rows[1]["label"], rows[1]["unsure"], rows[1]["p9"]) == (None, None, None)
    assert rows[1]["error"] == 'no "image"'
    assert rows[2]["unsure"] is True


def test_two_runs_do_not_write_the_same_table(tmp_path):
    output = tmp_path / "table.csv"
    with Journal(output, RUN, COLUMNS) as journal:
        journal.append(ROWS[:1])
        with pytest.raises(OutputError, match=r"Another run is writing .*table\.csv"):
            write(output, ROWS)
        journal.append(ROWS[1:])
        journal.finish()
    assert output.read_text().count("\nd.png,") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_another_run_is_not_continued(tmp_path):
    output = tmp_path / "table.csv"
    write(output, ROWS[:1])
    with pytest.raises(OutputError, match="holds the beginning of another run"):
        write(output, ROWS, RUN | {"model": "b"})


@pytest.mark.parametrize(
    ("name", "message"),
    [("table.csv", "which is there"), ("table.txt", r"expected a name in \.csv or \.parquet")],
)
def test_an_output_that_cannot_be_is_refused(tmp_path, name, message):
    output = tmp_path / name
    output.touch()
    with pytest.raises(OutputError, match=message):
        write(output, ROWS)
    assert list(tmp_path.iterdir()) == [output]
