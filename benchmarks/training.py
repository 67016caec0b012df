"""What the training of the released model took, as the run itself wrote it down."""

import json
from pathlib import Path

from .measuring import Table


def tables() -> list[Table]:
    """Read the cost from the released metrics."""
    metrics = json.loads(Path("model/metrics.json").read_text(encoding="utf-8"))
    cost = metrics["cost"]
    rows = [(title, f"{seconds:.0f} s") for title, seconds in cost["seconds"].items()]
    return [
        Table(
            "Training",
            f"The run that made the released model; the search tried "
            f"{len(metrics['search']['results'])} points on one set of features. Peak memory: "
            f"{cost['peak_memory_mb'] / 1024:.1f} GB.",
            ("step", "took"),
            rows,
        )
    ]
