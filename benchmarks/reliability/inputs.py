"""Generated inputs to the released Pipeline."""

import time
import warnings
from collections import Counter

from hypothesis import HealthCheck, given, settings
from inputs import BATCHES, survive

from pipeline import load_model

from ..measuring import Table

TRIES = 10_000
MEANINGS = {
    "probabilities": "ten probabilities an image, whose sum is 1",
    "no rows": "an empty batch: no rows",
    "BlankImageError": "`BlankImageError`, which names the image",
    "InvalidImageError": "`InvalidImageError`: what was found, what is expected",
}


def tables() -> list[Table]:
    """Hand the Pipeline whatever Hypothesis comes up with."""
    model = load_model("model")
    outcomes: Counter[str] = Counter()
    seconds: list[float] = []

    @settings(
        max_examples=TRIES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(BATCHES)
    def attempt(batch: object) -> None:
        start = time.perf_counter()
        outcomes[survive(model.predict_proba, batch)] += 1
        seconds.append(time.perf_counter() - start)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attempt()
    rows = [(MEANINGS[name], f"{count:,}") for name, count in outcomes.most_common()]
    return [
        Table(
            "Inputs to the Pipeline",
            f"{sum(outcomes.values()):,} batches from Hypothesis (tests/inputs.py): arrays of any "
            "dtype, shape and content, PIL images of every mode, damaged files, things that are "
            "no images. Any other outcome, any warning, would have ended the run. The slowest "
            f"took {1000 * max(seconds):.0f} ms.",
            ("outcome", "batches"),
            rows,
        )
    ]
