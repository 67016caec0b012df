"""The judge's features about the strokes of a segment."""

import cv2
import numpy as np
import pytest

from siffra.numbers.components import find_components, find_lines_of_text
from siffra.numbers.foreground import find_foreground
from siffra.numbers.segments import Budget, find_boundaries, find_segments
from siffra.numbers.signals import SIGNALS, measure

HEIGHT = 400
# Two uprights, and a bar between them in the lower half.
STROKES = [[(0.2, 0.0), (0.2, 1.0)], [(0.6, 0.0), (0.6, 1.0)], [(0.2, 0.8), (0.6, 0.8)]]


def signals(pen):
    """The signals of the shape of STROKES, drawn with a pen of a width in pixels."""
    image = np.full((HEIGHT + 200, 600), 255, np.uint8)
    for stroke in STROKES:
        points = np.rint(100 + HEIGHT * np.array(stroke)).astype(np.int32)
        cv2.polylines(image, [points], False, 0, pen, cv2.LINE_AA)
    foreground = find_foreground(image)
    (line,) = find_lines_of_text(find_components(foreground.mask))
    boundaries = find_boundaries(line, np.zeros(1, bool), Budget())
    (segment,) = find_segments(line, boundaries, Budget())
    values = measure(line, boundaries, segment, foreground)
    return dict(zip(SIGNALS[-len(values) :], values, strict=True))


@pytest.mark.parametrize("pen", [12, 24, 40])
def test_the_length_of_the_strokes_does_not_depend_on_the_pen(pen):
    length = sum(np.hypot(*np.subtract(*stroke)) for stroke in STROKES)
    found = signals(pen)
    assert found["stroke_width"] == pytest.approx(pen / HEIGHT, rel=0.15)
    assert found["stroke_length"] == pytest.approx(length, rel=0.15)


def test_strokes_are_counted_along_rows_and_columns():
    found = signals(24)
    bar = 24 / (HEIGHT + 24)  # the share of rows with one stroke: the uprights and the bar are one
    assert found["strokes_per_row"] == pytest.approx(2 - bar, abs=0.02)
    assert found["strokes_per_top_row"] == 2
    assert found["strokes_per_middle_row"] == 2
    assert found["strokes_per_bottom_row"] == pytest.approx(2 - 3 * bar, abs=0.05)
    assert found["strokes_per_column"] == pytest.approx(1, abs=0.02)
