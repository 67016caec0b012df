"""Features of a segment, from which the judge decides what kind of a character it is."""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..adaptation import Adaptation
from ..preprocessing import ImageArray
from ..preprocessing.normalization import normalize_shape
from .components import Component, Line, main_axis, median_of_ink, slant_of
from .cuts import find_holes
from .foreground import Foreground
from .segments import Boundary, Segment, binarize

SIGNALS: Final = (
    # Of the model: two best probabilities, digit at all, scores, similarity to training images.
    "best_probability",
    "second_probability",
    "is_digit",
    "second_score",
    "not_a_digit_score",
    "similarity",
    "mean_similarity",
    "guess",
    # Of the shape, relative to the line's height.
    "aspect_ratio",
    "height",
    "top",
    "bottom",
    "area",
    "n_components",
    "inner_gap",
    # Of its strokes: how long they are, and how many cross a row or a column, on average.
    "stroke_length",
    "strokes_per_row",
    "strokes_per_column",
    "strokes_per_top_row",
    "strokes_per_middle_row",
    "strokes_per_bottom_row",
    # Of the ends: ink that the cuts cross, the cheapest cut inside, distances to other ink.
    "left_cut",
    "right_cut",
    "inner_cut",
    "left_gap",
    "right_gap",
    "overlap",
    # Of the whole line.
    "share_of_components",
    "share_of_line",
    "line_width",
    "stroke_width",
    # Of signs: holes, how long and thick the ink is along its main axis, which way it leans.
    "hole_share",
    "length",
    "thickness",
    "angle",
    # Compared with the other components of the line: their usual height, top and bottom; slants.
    "relative_height",
    "relative_top",
    "relative_bottom",
    "slant",
    "relative_slant",
    # Compared with the whole image.
    "share_of_width",
    "share_of_height",
)
IS_DIGIT: Final = SIGNALS.index("is_digit")
N_SIGNALS: Final = len(SIGNALS)
_N_NEAREST: Final = 5


# What was read of the ink in a place.
Known: TypeAlias = dict[tuple[Any, ...], tuple[NDArray[Any], ...]]


class Readings(NamedTuple):
    """Segments read as digits (n, 28, 28): probabilities (n, 10), and the first signals (n, 8)."""

    digits: ImageArray
    probabilities: NDArray[np.float64]
    signals: NDArray[np.float32]


def read_segments(
    pipeline: Pipeline,
    segments: list[Segment],
    foreground: Foreground,
    adaptation: Adaptation | None = None,
    known: Known | None = None,
) -> Readings:
    """Read each segment as if it were one digit, unless it is known; remember it."""
    known = {} if known is None else known
    keys = [(one.left, one.top, one.mask.shape, one.mask.tobytes()) for one in segments]
    fresh = {key: one for key, one in zip(keys, segments, strict=True) if key not in known}
    if fresh:
        read = _read(pipeline, list(fresh.values()), foreground, adaptation)
        known |= zip(fresh, zip(*read, strict=True), strict=True)
    return Readings(*map(np.stack, zip(*(known[key] for key in keys), strict=True)))


def _read(
    pipeline: Pipeline,
    segments: list[Segment],
    foreground: Foreground,
    adaptation: Adaptation | None,
) -> Readings:
    preprocessor, features, components, kernel, forest = (step for _, step in pipeline.steps)
    parameters: dict[str, Any] = preprocessor.get_params()
    digits = np.stack(
        [normalize_shape(binarize(segment, foreground), **parameters)[1] for segment in segments]
    )
    pixels = digits.reshape(len(digits), -1).astype(np.float32) / np.float32(255)
    rows = components.transform(features.transform(pixels))
    similarity = kernel.similarity(rows)
    scores = kernel.score_similarity(similarity)
    if adaptation is not None:
        to_examples = adaptation.similarity(rows)
        scores = adaptation.adapt(scores, to_examples)
        # An example is one more landmark.
        similarity = np.concatenate([similarity, to_examples.astype(np.float32)], axis=1)
    probabilities = forest.predict_proba(scores)
    best = np.sort(probabilities, axis=1)
    nearest = np.partition(similarity, -_N_NEAREST, axis=1)[:, -_N_NEAREST:]
    signals = [
        best[:, -1],
        best[:, -2],
        kernel.is_digit(scores),
        np.partition(scores[:, 1:], -2, axis=1)[:, -2],
        scores[:, 0],
        nearest.max(axis=1),
        nearest.mean(axis=1),
        probabilities.argmax(axis=1),
    ]
    return Readings(digits, probabilities, np.stack(signals, axis=1).astype(np.float32))


def measure(
    line: Line, boundaries: list[Boundary], segment: Segment, foreground: Foreground
) -> list[float]:
    """Return the signals of a segment that do not come from the model."""
    unit, stroke_width = line.height, foreground.stroke_width
    used = line.components[segment.components.start : segment.components.stop]
    rest = [one for k, one in enumerate(line.components) if k not in segment.components]
    right = segment.left + segment.width
    inside = boundaries[segment.first + 1 : segment.last]
    area = int(np.count_nonzero(segment.mask))
    is_cut = boundaries[segment.first].cut or boundaries[segment.last].cut
    lefts = [segment.left - one.right for one in rest if one.left + one.right < 2 * segment.left]
    rights = [one.left - right for one in rest if one.left + one.right > 2 * right]
    shared = [min(one.right, right) - max(one.left, segment.left) for one in rest]
    length, thickness, angle = main_axis(segment.mask)
    return [
        segment.width / segment.height,
        segment.height / unit,
        (segment.top - line.top) / unit,
        (segment.top + segment.height - line.top) / unit,
        area / unit**2,
        len({one.label for one in used}),
        _inner_gap(used) / unit,
        area / (stroke_width * unit),
        *count_strokes(segment.mask),
        _crossed(boundaries[segment.first]),
        _crossed(boundaries[segment.last]),
        min((_crossed(one) for one in inside), default=1.0),
        min([1.0, *(gap / unit for gap in lefts)]),
        min([1.0, *(gap / unit for gap in rights)]),
        min(sum(max(one, 0) for one in shared) / unit, 2.0),
        area / sum(one.area for one in used) if is_cut else 1.0,
        area / sum(one.area for one in line.components),
        line.width / unit,
        stroke_width / unit,
        float(find_holes(segment.mask).mean()),
        length / unit,
        thickness / stroke_width,
        angle,
        *_compare(line, segment, rest),
        segment.width / foreground.mask.shape[1],
        segment.height / foreground.mask.shape[0],
    ]


def _compare(line: Line, segment: Segment, rest: list[Component]) -> list[float]:
    """Compare a segment with the other components; the slants are columns per row."""
    own = slant_of(segment.mask)
    if not rest:
        return [1.0, 0.0, 0.0, own, 0.0]
    height, top, bottom, slant = (
        median_of_ink(rest, values)
        for values in (
            [one.height for one in rest],
            [one.top for one in rest],
            [one.bottom for one in rest],
            [one.slant for one in rest],
        )
    )
    return [
        segment.height / height,
        (segment.top - top) / line.height,
        (segment.top + segment.height - bottom) / line.height,
        own,
        own - slant,
    ]


def count_strokes(mask: ImageArray) -> list[float]:
    """Return how many runs of ink rows and columns have, and the rows of each third; means."""
    per_row, per_column = _count_runs(mask), _count_runs(mask.T)
    n = len(per_row)
    thirds = [per_row[k * n // 3 : max((k + 1) * n // 3, k * n // 3 + 1)] for k in range(3)]
    return [float(counts.mean()) for counts in (per_row, per_column, *thirds)]


def _count_runs(mask: ImageArray) -> NDArray[np.intp]:
    """Return the number of runs of ink in each row."""
    counts: NDArray[np.intp] = mask[:, 0] + (mask[:, 1:] > mask[:, :-1]).sum(axis=1)
    return counts


def _crossed(boundary: Boundary) -> float:
    return boundary.cut.crossed if boundary.cut else 0.0


def _inner_gap(components: list[Component]) -> int:
    """Return the widest gap between the columns of components; 0 if there is none."""
    gap, end = 0, components[0].right
    for one in sorted(components, key=lambda one: one.left):
        gap, end = max(gap, one.left - end), max(end, one.right)
    return gap
