"""Read an image as it is, and without clutter if that is not clearly a digit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Final

from .predictions import Prediction, certainty
from .preprocessing import PreprocessingSteps

# With less confidence than this, an image is read without clutter as well.
_CLEAR: Final = 0.97
# A reading with more confidence than this is a rival of the best reading.
_LIKELY: Final = 0.88
# So is a reading whose chance to be wrong is less than this many times that of the best reading.
_DOUBT: Final = 3


def read_clearest(
    images: Iterable[Iterable[PreprocessingSteps]],
    read: Callable[[Sequence[PreprocessingSteps]], list[Prediction]],
) -> list[Prediction]:
    """Read the first alternative of each image, the others if it is not clear, and choose.

    The alternatives are those of `siffra.preprocessing.MnistPreprocessor.alternatives`, and `read`
    reads one alternative of each of several images.
    """
    alternatives = [iter(steps) for steps in images]
    readings = [[one] for one in read([next(steps) for steps in alternatives])]
    cleaned = {
        k: _different(whole.steps, alternatives[k])
        for k, (whole,) in enumerate(readings)
        if certainty(whole) < _CLEAR
    }
    others = iter(read([steps for rest in cleaned.values() for steps in rest]))
    for k, rest in cleaned.items():
        readings[k] += islice(others, len(rest))
    return [choose(one) for one in readings]


def _different(
    whole: PreprocessingSteps, alternatives: Iterator[PreprocessingSteps]
) -> list[PreprocessingSteps]:
    """Return the alternatives that are not the same as the one before."""
    steps = [whole, *alternatives]
    return [later for earlier, later in pairwise(steps) if later is not earlier]


def choose(readings: Sequence[Prediction]) -> Prediction:
    """Choose between readings of an image as it is, and with less and less clutter.

    It is the one that looks most like a digit. If another one looks like a digit too, or nearly as
    much, and like another digit, that is doubt.
    """
    best = max(readings, key=certainty)  # the first of several
    limit = min(1 - _DOUBT * (1 - certainty(best)), _LIKELY)
    rivals = (one for one in readings if not one.unsure and certainty(one) > limit)
    if any(one.guess != best.guess for one in rivals):
        return replace(best, label=None, unsure=True)
    return best
