"""The table of results: kept row by row, so that an interrupted run can be resumed."""

import csv
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from filelock import FileLock, Timeout

from ..escaping import escape_bytes, printable
from ..exceptions import OutputError
from ..model_folder.limits import N_CLASSES
from .files import TABLE, Item, import_pyarrow

CSV: Final = ".csv"
# An unsure image has a guess, but no label.
_SAID: Final = ("image", "label", "unsure", "guess")
COLUMNS: Final = (*_SAID, *(f"p{k}" for k in range(N_CLASSES)), "error")
NUMBER_COLUMNS: Final = (*_SAID, "confidence", "error")
Result: TypeAlias = Sequence[Any]  # the values of all columns but the first
_ROW_GROUP: Final = 50_000  # rows of a Parquet file
# How a formula begins in a spreadsheet, also where semicolons separate cells. The last four are
# the full-width forms.
_FORMULA: Final = re.compile(r"(?:^|(?<=;))(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_CREATE: Final = """
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS rows (
        position INTEGER PRIMARY KEY, name BLOB UNIQUE, version TEXT, result TEXT, error TEXT
    );
"""


class PartialTable:
    """Rows in a database beside the output, until all are there.

    A run takes over the rows of earlier runs by the name of the image, the size and time of its
    file, and the model. Rows of other files stay behind: files may be added, removed or renamed.
    """

    def __init__(
        self,
        output: Path,
        model: str,
        columns: Sequence[str] = COLUMNS,
        decimal_comma: bool = False,
    ) -> None:
        self._output, self._model, self._columns = output, model, columns
        self._decimal_comma = decimal_comma
        self._folder = output.absolute().parent / f".{output.name}.partial"
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._acquire_lock()
            check_output(output)  # another run may have completed it
            # joblib finds rows in one thread while another appends rows.
            self._rows = sqlite3.connect(self._folder / "rows.sqlite", check_same_thread=False)
            self._rows.executescript(_CREATE)
            (last,) = self._rows.execute("SELECT max(position) FROM rows").fetchone()
        self._start = self._end = (last or 0) + 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._lock.release()

    def find(self, items: Sequence[Item]) -> list[Result | None]:
        """Return the results of earlier runs; None where there is none, or an error."""
        query = "SELECT result FROM rows WHERE name = ? AND version = ? AND error IS NULL"
        found = [self._rows.execute(query, self._key(item)).fetchone() for item in items]
        return [json.loads(row[0]) if row else None for row in found]

    def append(self, items: Sequence[Item], results: Sequence[Result]) -> None:
        """Add the next rows; those that have been added survive any interruption."""
        rows = [
            (self._end + index, *self._key(item), json.dumps(result), result[-1])
            for index, (item, result) in enumerate(zip(items, results, strict=True))
        ]
        self._end += len(rows)
        with self._writing(), self._rows:
            self._rows.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)", rows)

    def complete(self) -> tuple[int, int]:
        """Write the table and remove the rest; return the numbers of rows and of errors."""
        write_csv = partial(_write_csv, decimal_comma=self._decimal_comma)
        write = _write_parquet if self._output.suffix == TABLE else write_csv
        path = self._folder / "table"
        with self._writing():
            query = "SELECT count(*), count(error) FROM rows WHERE position >= ?"
            n_rows, n_errors = self._rows.execute(query, (self._start,)).fetchone()
            query = "SELECT name, result FROM rows WHERE position >= ? ORDER BY position"
            rows = self._rows.execute(query, (self._start,))
            values = ((escape_bytes(os.fsdecode(name)), *json.loads(row)) for name, row in rows)
            write(path, self._columns, values)
            os.replace(path, self._output)
        self._rows.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        return n_rows, n_errors

    def _acquire_lock(self) -> FileLock:
        """Keep other runs from writing the same table; the lock of a killed run is free."""
        try:
            lock = FileLock(self._folder / "lock")
            lock.acquire(blocking=False)
            return lock
        except Timeout as error:
            raise OutputError(
                f"Another run is writing {self._output}. Wait for it, or choose another output."
            ) from error

    def _key(self, item: Item) -> tuple[bytes, str]:
        return os.fsencode(item.name), f"{self._model} {item.version}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn the errors of a disk and of a database into one."""
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OutputError(
                f"{self._output} cannot be written: {reason}. Free space on the disk, or make the "
                "folder writable. Then rerun the command to resume."
            ) from error
        except sqlite3.DatabaseError as error:
            raise OutputError(
                f"The rows of earlier runs are damaged. Delete {self._folder} to start over."
            ) from error


def check_output(output: Path) -> None:
    """Make sure that a table can be written, before anything is read."""
    if output.suffix not in (CSV, TABLE):
        raise OutputError(f"Got {output} as output, but expected a name in {CSV} or {TABLE}.")
    if output.exists():
        raise OutputError(f"Got {output} as output, which exists. Remove it or choose another.")
    if output.suffix == TABLE:
        import_pyarrow("pyarrow.parquet")


class _CommaFloat(float):
    """A number as Swedish, German or French spreadsheets write it: 0,5."""

    def __str__(self) -> str:
        return repr(float(self)).replace(".", ",")


def _write_csv(
    path: Path, columns: Sequence[str], rows: Iterator[Result], decimal_comma: bool
) -> None:
    """Write a CSV file that spreadsheets open: UTF-8 with a BOM, without formulas."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        # A quoted cell stays one cell, whichever separator a spreadsheet assumes.
        delimiter = ";" if decimal_comma else ","
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(columns)
        for image, *answer, error in rows:
            cells = [printable(image), *answer, error and printable(error)]
            if decimal_comma:
                cells = [_CommaFloat(cell) if type(cell) is float else cell for cell in cells]
            writer.writerow([_guard(cell) for cell in cells])


def _guard(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula."""
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def _write_parquet(path: Path, names: Sequence[str], rows: Iterator[Result]) -> None:
    """Write a Parquet file, one row group after the other."""
    arrow, parquet = import_pyarrow("pyarrow"), import_pyarrow("pyarrow.parquet")
    answer = arrow.int64() if names == COLUMNS else arrow.string()
    types = dict.fromkeys(("image", "error"), arrow.string())
    types |= {"label": answer, "unsure": arrow.bool_(), "guess": answer}
    schema = arrow.schema({name: types.get(name, arrow.float64()) for name in names})
    with parquet.ParquetWriter(path, schema) as writer:
        while group := list(islice(rows, _ROW_GROUP)):
            columns = dict(zip(names, zip(*group, strict=True), strict=True))
            writer.write_table(arrow.table(columns, schema=schema))
