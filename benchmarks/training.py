"""The time and memory that the training of the released model took, from its metrics.json."""

import json
from pathlib import Path

from .measuring import Table


def tables() -> list[Table]:
    """Return the cost of each step."""
    metrics = json.loads(Path("model/metrics.json").read_text(encoding="utf-8"))
    cost, search = metrics["cost"], metrics["search"]
    rows = [(step, f"{seconds:.0f} s") for step, seconds in cost["seconds"].items()]
    memory = cost["peak_memory_mb"]
    text = ["The run that trained the released model."]
    if search:
        text.append(f"The search tried {len(search['results'])} points.")
    if memory:
        text.append(f"Peak memory: {memory / 1024:.1f} GB.")
    return [Table("Training", " ".join(text), ("step", "time"), rows)]
