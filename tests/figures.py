"""Write the README's figures from model/metrics.json: python tests/figures.py."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
README, METRICS = ROOT / "README.md", ROOT / "model" / "metrics.json"
# The table that starts with this header is generated.
HEADER = "| test digits | accuracy | 95 % interval | calibration error |\n"
TABLE = re.compile(re.escape(HEADER) + r"(\|.*\n)*")


def figures(metrics: dict[str, Any]) -> str:
    """Return the table: one row for each source of test digits."""
    rows = ["| --- | ---: | ---: | ---: |"]
    sources = metrics["strokes"]["sources"] if metrics["strokes"] else {}
    for source, result in ({"MNIST": metrics["test"]} | sources).items():
        writers = f", {result['n_writers']} unseen writers" if result["n_writers"] else ""
        low, high = result["accuracy_interval"]
        rows.append(
            f"| {source}{writers} ({result['n_digits']:,}) | {percent(result['accuracy'])} | "
            f"{percent(low)} to {percent(high)} | {percent(result['expected_calibration_error'])} |"
        )
    return HEADER + "\n".join(rows) + "\n"


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.2f} %"


if __name__ == "__main__":
    table = figures(json.loads(METRICS.read_text(encoding="utf-8")))
    text = TABLE.sub(lambda _: table, README.read_text(encoding="utf-8"))
    README.write_text(text, encoding="utf-8")
