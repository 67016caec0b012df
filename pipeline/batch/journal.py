"""The table of answers: written row by row, in one piece when it is complete."""

import csv
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Self

from filelock import FileLock, Timeout

from ..exceptions import OutputError
from .sources import TABLE, import_pyarrow

CSV: Final = ".csv"
ROWS: Final = "rows.csv"
RUN: Final = "run.json"
_BLOCK: Final = 2**24  # bytes of CSV, turned into Parquet at once


class Journal:
    """Rows on disk beside the file that they become: a run that stops goes on from there.

    Parameters
    ----------
    output : pathlib.Path
        Its suffix says what it becomes: .csv or .parquet. It must not exist.
    run : dict
        What makes a run this one and no other.
    columns : sequence of str

    Attributes
    ----------
    done : int
        Rows that were written before.

    Raises
    ------
    OutputError
        If `output` exists, has another suffix, rows of another run are there, or another process
        is writing them.
    """

    def __init__(self, output: Path, run: dict[str, Any], columns: Sequence[str]) -> None:
        self.output = output
        self.columns = list(columns)
        self._folder = output.absolute().parent / f".{output.name}.partial"
        check_output(output)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._take()
        self._check_run(run)
        self.done = self._mend()
        self._file = (self._folder / ROWS).open("a", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        if self.done == 0:
            self._file.truncate(0)
            self._writer.writerow(self.columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._lock.release()

    def append(self, rows: Iterable[Sequence[object]]) -> None:
        """Write rows; what has been written is not lost."""
        self._writer.writerows(rows)
        self._file.flush()

    def finish(self) -> None:
        """Turn the rows into the file that was asked for."""
        self._file.close()
        rows = self._folder / ROWS
        if self.output.suffix == TABLE:
            table = self._folder / "table.parquet"
            _to_parquet(rows, table, self.columns)
            rows = table
        os.replace(rows, self.output)
        shutil.rmtree(self._folder)

    def _take(self) -> FileLock:
        """Keep others from writing there; a killed run's lock is gone with it."""
        lock = FileLock(self._folder / "lock")
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise OutputError(
                f"Another run is writing {self.output}. Wait until it has ended, or name another."
            ) from error
        return lock

    def _check_run(self, run: dict[str, Any]) -> None:
        path = self._folder / RUN
        text = json.dumps(run, indent=1) + "\n"
        if not path.exists():
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            raise OutputError(
                f"{self._folder} holds the beginning of another run: of another model, or of "
                f"other images ({RUN} there says which). Finish that one, or remove the folder."
            )

    def _mend(self) -> int:
        """Cut off a row that was only half written; return how many whole ones there are."""
        path = self._folder / ROWS
        if not path.exists():
            return 0
        n, end = 0, 0
        with path.open("r+b") as file:
            for line in file:
                if line.endswith(b"\r\n"):
                    n, end = n + 1, end + len(line)
            file.truncate(end)
        return max(0, n - 1)


def check_output(output: Path) -> None:
    """Make sure that a table can be written, before anything is read.

    Parameters
    ----------
    output : pathlib.Path

    Raises
    ------
    OutputError
        See `Journal`.
    """
    if output.suffix not in (CSV, TABLE):
        raise OutputError(f"Got --output {output}, but expected a name in {CSV} or {TABLE}.")
    if output.exists():
        raise OutputError(f"Got --output {output}, which is there. Remove it, or name another.")
    if output.suffix == TABLE:
        import_pyarrow("parquet")


def _to_parquet(rows: Path, table: Path, columns: Sequence[str]) -> None:
    arrow_csv, parquet = import_pyarrow("csv"), import_pyarrow("parquet")
    import pyarrow

    kinds = {name: pyarrow.float64() for name in columns if name.startswith("p")}
    kinds |= {"image": pyarrow.string(), "label": pyarrow.int64(), "error": pyarrow.string()}
    kinds |= {"unsure": pyarrow.bool_()}
    reader = arrow_csv.open_csv(
        rows,
        read_options=arrow_csv.ReadOptions(block_size=_BLOCK),
        convert_options=arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=True),
    )
    with reader, parquet.ParquetWriter(table, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
