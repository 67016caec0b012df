import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

from siffra import OutputError
from siffra.batch.files import Item
from siffra.batch.table import COLUMNS, PartialTable

SEVEN = (7, False, 7, *[0.0] * 7, 1 / 3, 0.0, 2 / 3, None)
UNSURE = (None, True, 3, *[0.1] * 10, None)
ERROR = (*[None] * 13, 'no "image"')


def item(name, version="1"):
    return Item(name, version, b"")


def write(output, rows, model="a", complete=True):
    """Write what is not there yet; return which names those are."""
    items = [item(name, version) for name, version, _ in rows]
    with PartialTable(output, model) as table:
        found = table.find(items)
        results = [old or new for old, (*_, new) in zip(found, rows, strict=True)]
        table.append(items, results)
        if complete:
            table.complete()
    return [i.name for i, old in zip(items, found, strict=True) if old is None]


ROWS = [("a.png", "1", SEVEN), ("b,\nc.png", "1", ERROR), ("d.png", "1", UNSURE)]


def read(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_table_appears_when_it_is_complete(tmp_path):
    output = tmp_path / "table.csv"
    write(output, ROWS, complete=False)
    assert not output.exists()
    write(output, ROWS)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    header, *rows = read(output)
    assert header == list(COLUMNS)
    assert [row[0] for row in rows] == ["a.png", r"b,\nc.png", "d.png"]
    assert [float(p) for p in rows[0][3:13]] == list(SEVEN[2:12])
    assert rows[1][-1] == 'no "image"'


def test_results_are_found_by_name_version_and_model(tmp_path):
    output = tmp_path / "table.csv"
    assert len(write(output, ROWS, complete=False)) == 3
    rows = [("0.png", "1", UNSURE), ("a.png", "2", UNSURE), *ROWS[1:]]
    assert write(output, rows, complete=False) == ["0.png", "a.png", "b,\nc.png"]
    assert len(write(output, rows, model="b")) == 4
    assert [row[0] for row in read(output)[1:]] == ["0.png", "a.png", r"b,\nc.png", "d.png"]
    assert read(output)[2][3] == "3"


def test_parquet_has_types(tmp_path):
    output = tmp_path / "table.parquet"
    write(output, ROWS)
    rows = pq.read_table(output).to_pylist()
    expected = [(name, *result) for name, _, result in ROWS]
    assert [tuple(row[column] for column in COLUMNS) for row in rows] == expected


@pytest.mark.parametrize(
    ("before", "first"), [("", "="), ("", " ="), ('a";', "@"), ("a,1;", "\uff1d")]
)
@pytest.mark.parametrize("delimiter", ",;")
def test_spreadsheets_find_no_formulas(tmp_path, before, first, delimiter):
    output = tmp_path / "table.csv"
    text = f"{before}{first}1+1.png"
    write(output, [(text, "1", SEVEN), ("b.png", "1", (*ERROR[:-1], text))])
    assert output.read_bytes().startswith(b'\xef\xbb\xbf"image",')
    assert read(output)[1][0] == read(output)[2][-1] == f"{before}'{first}1+1.png"
    with output.open(newline="", encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
    assert not [cell for cell in cells if cell.lstrip()[:1] in set("=+-@\uff1d")]


def test_names_need_not_be_utf_8(tmp_path):
    output = tmp_path / "table.csv"
    write(output, [("caf\udce9.png", "1", SEVEN), ("café.png", "1", UNSURE)])
    assert [row[0] for row in read(output)[1:]] == [r"caf\xe9.png", "café.png"]


def test_two_runs_do_not_write_the_same_table(tmp_path):
    output = tmp_path / "table.csv"
    with PartialTable(output, "a"), pytest.raises(OutputError, match="Another run"):
        write(output, ROWS)
    write(output, ROWS)
    with pytest.raises(OutputError, match="exists"):
        write(output, ROWS)


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_full_disk_is_one_error_and_loses_nothing(small_disk, name):
    output = small_disk / name
    write(output, ROWS, complete=False)
    rng = np.random.default_rng(0)
    more = [(f"{i}.png", "1", (1, False, *rng.random(10).tolist(), None)) for i in range(5000)]
    with pytest.raises(OutputError, match=r"cannot be written: .*(full|space)"):
        write(output, more)
    assert write(output, ROWS, complete=False) == ["b,\nc.png"]


@pytest.mark.parametrize("content", [b"no database" * 1000, b""])
def test_damaged_results_are_an_error_or_read_again(tmp_path, content):
    output = tmp_path / "table.csv"
    write(output, ROWS, complete=False)
    (tmp_path / ".table.csv.partial" / "rows.sqlite").write_bytes(content)
    if content:
        with pytest.raises(OutputError, match=r"Delete .*\.table\.csv\.partial"):
            write(output, ROWS)
    else:
        assert len(write(output, ROWS)) == 3
