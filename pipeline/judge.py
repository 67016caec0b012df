"""Fit the judge of numbers, which tells what kind of a character a segment is."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from siffra.forest import LowLatencyRandomForest
from siffra.numbers.components import Line, TooManyError, find_components, find_lines_of_text
from siffra.numbers.foreground import Foreground, find_foreground
from siffra.numbers.kinds import CLUTTER, DIGIT, N_KINDS, OTHER, PART
from siffra.numbers.lattice import build_lattice
from siffra.numbers.segments import Budget, Segment
from siffra.numbers.strokes import find_drawn_components

from .data import SUBSAMPLING
from .number_kinds import draw_row
from .parallel import in_chunks
from .rows import Row, RowSampler

N_ROWS: Final = 2500
# A segment that shares less than the first with a character is none, more than the second is one.
_SHARES: Final = (0.6, 0.9)
_MIN_WIDE: Final = 0.8  # width of a component that may be several digits, in heights of the line
_CUT_EVERY: Final = 6  # of the rows with signs
_N_COPIES: Final = 3  # of signs and clutter, of which there are few
_FOREST_PARAMS: Final = {
    "n_estimators": 40,
    "min_samples_leaf": 15,
    "max_features": 8,
    "max_samples": 60_000,
}


def number_of_rows(fast: bool) -> int:
    """Return how many rows to draw; a tenth if it has to be fast."""
    return N_ROWS // SUBSAMPLING if fast else N_ROWS


def fit_judge(
    pipeline: Pipeline, sampler: RowSampler, seed: int, n_rows: int
) -> LowLatencyRandomForest:
    """Fit the judge on rows of writers and images that the Pipeline was not fitted on.

    Its classes are `siffra.numbers.kinds`, and its features `siffra.numbers.signals.SIGNALS`.
    """
    rng = np.random.default_rng(seed)
    rows = (draw_row(sampler, rng) for _ in range(n_rows))
    measured = in_chunks(partial(_measure, pipeline=pipeline), rows)
    signals, shares, kinds = map(np.concatenate, zip(*measured, strict=True))
    low, high = _SHARES
    # In between, some are called a character: the mean of the trees is then a matter of degree.
    is_whole = rng.random(len(shares)) < (shares - low) / (high - low)
    labels = np.where(is_whole, kinds, PART)
    copies = np.where((labels > DIGIT) & (labels != OTHER), _N_COPIES, 1)
    signals, labels = np.repeat(signals, copies, axis=0), np.repeat(labels, copies)
    # Every judge knows all kinds, also one that has seen few rows.
    signals = np.concatenate([signals, np.zeros((N_KINDS, signals.shape[1]), np.float32)])
    labels = np.concatenate([labels, np.arange(N_KINDS)])
    params = _FOREST_PARAMS | {"max_samples": min(_FOREST_PARAMS["max_samples"], len(labels))}
    return LowLatencyRandomForest(**params, random_state=seed).fit(signals, labels)


def _measure(
    rows: Sequence[Row], pipeline: Pipeline
) -> list[tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]]]:
    """Return the signals of all segments of rows, what each shares with a character, and which."""
    measured = []
    for index, row in enumerate(rows):
        foreground = find_foreground(row.image)
        if foreground is None:
            continue
        for line in _find_lines(row, foreground, has_strokes=index % 2 > 0):
            # As the components are judged first, and then with cuts: of those that may be several
            # digits, and of every other one. All of them would take long, as would every row with
            # signs.
            may_cut = np.arange(index, index + len(line.components)) % 2 > 0
            may_cut |= np.array([one.width > _MIN_WIDE * line.height for one in line.components])
            passes = [np.zeros_like(may_cut), may_cut]
            if set(row.kinds) != {DIGIT} and index % _CUT_EVERY:
                passes.pop()
            for is_cut in passes:
                try:
                    lattice = build_lattice(pipeline, line, foreground, is_cut, Budget())
                except TooManyError:
                    continue  # a long row may be cut in more places than a reader looks at
                matches = match_characters(row, foreground, lattice.segments)
                measured.append((lattice.signals, *matches))
    return measured


def _find_lines(row: Row, foreground: Foreground, has_strokes: bool) -> list[Line]:
    """Return the lines of a row as a reader finds them, also those of its strokes if they count."""
    lines = find_lines_of_text(find_components(foreground.mask))
    if has_strokes and row.strokes is not None:
        with suppress(TooManyError):
            drawn = find_drawn_components(foreground, row.strokes, Budget())
            lines += [line.orders[-1] for line in find_lines_of_text(drawn)]
    return lines


def match_characters(
    row: Row, foreground: Foreground, segments: list[Segment]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return how well (n,) each segment matches a character of a row, and the kind (n,) of that.

    How well is from 0 to 1, the lower of two shares: of the character's ink that is in the segment,
    and of the segment's ink that is the character's.
    """
    rows, columns = (
        np.clip((start + foreground.scale * (np.arange(n) + 0.5)).astype(np.intp), 0, limit - 1)
        for start, n, limit in zip(
            (foreground.top, foreground.left), foreground.mask.shape, row.image.shape, strict=True
        )
    )
    masks = row.masks[:, rows[:, None], columns] & (foreground.mask > 0)
    boxes = [cv2.boundingRect(mask.view(np.uint8)) for mask in masks]
    sizes = [int(np.count_nonzero(mask)) for mask in masks]
    shares, kinds = [], []
    for one in segments:
        shared = _count_shared(one, masks, boxes)
        matches = shared / np.maximum(sizes, np.count_nonzero(one.mask))
        best = int(matches.argmax())
        # A digit with a sign is no character, however small the sign is.
        has_other = any(
            2 * count > sizes[k] and k != best and row.kinds[k] != CLUTTER
            for k, count in enumerate(shared)
        )
        shares.append(0.0 if has_other else float(matches[best]))
        kinds.append(row.kinds[best])
    return np.array(shares), np.array(kinds, np.int64)


def _count_shared(
    segment: Segment, masks: NDArray[np.bool_], boxes: Sequence[Sequence[int]]
) -> NDArray[np.int64]:
    """Return how many pixels a segment shares with each character, (n_characters,)."""
    shared = np.zeros(len(masks), np.int64)
    bottom, right = segment.top + segment.height, segment.left + segment.width
    for k, (x, y, width, height) in enumerate(boxes):
        if x < right and segment.left < x + width and y < bottom and segment.top < y + height:
            part = masks[k, segment.top : bottom, segment.left : right]
            shared[k] = np.count_nonzero(part & segment.mask.view(bool))
    return shared
