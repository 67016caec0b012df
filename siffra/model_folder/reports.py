"""The results of the tests in metrics.json of a model folder."""

from dataclasses import dataclass
from pathlib import Path

from .config import METRICS_FILE
from .files import invalid, is_share, read_json
from .limits import N_CLASSES


@dataclass(frozen=True)
class TestReport:
    """The result of a test: share of correct predictions, and counts by digit and prediction."""

    __test__ = False  # not a class of tests, although its name looks like one

    accuracy: float
    confusion_matrix: list[list[int]]


def read_test_reports(folder: Path) -> dict[str, TestReport]:
    """Read the results on MNIST ("test") and on drawings ("strokes", if any) from metrics.json.

    A folder without that file can be used: there are no results then.
    """
    path = folder / METRICS_FILE
    if not path.exists():
        return {}
    metrics = read_json(path)
    reports = {}
    for key in ("test", "strokes") if metrics.get("strokes") is not None else ("test",):
        try:
            report = TestReport(metrics[key]["accuracy"], metrics[key]["confusion_matrix"])
            matrix = report.confusion_matrix
            counts = [count for row in matrix for count in row]
            is_valid = is_share(report.accuracy) and {len(matrix), *map(len, matrix)} == {N_CLASSES}
            is_valid = is_valid and all(type(count) is int and count >= 0 for count in counts)
        except (KeyError, TypeError) as error:
            raise invalid(path, f"the result {key!r} is missing or incomplete") from error
        if not is_valid:
            raise invalid(path, f"{key!r} has no accuracy from 0 to 1 or no 10 x 10 counts")
        reports[key] = report
    return reports
