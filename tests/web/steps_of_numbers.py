"""The steps of reading a number, in JavaScript and in Python: see `steps`."""

import cv2
import numpy as np
from inputs_of_steps import drawn_masks, floats
from kinds_of_numbers import cropped, form, overlapping, price, ruled, squares, words
from steps import without_arguments

from siffra.numbers import boxes, components, cuts, foreground, ruling, signals

COMPONENT = ("mask", "left", "top", "right", "bottom", "width", "height", "area")


def mask_of(kind):
    """Return a function that draws an image of a kind and separates its ink."""
    return lambda rng: (kind(rng) < 128).astype(np.uint8)


def largest_component(rng):
    mask = mask_of(overlapping)(rng)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    label = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, width, height = stats[label, :4]
    part = labels[top : top + height, left : left + width] == label
    return part.astype(np.uint8)


def found_cuts(mask, rng):
    height = int(len(mask) * rng.uniform(1, 1.3))
    found = [
        {"columns": cut.columns, "crossed": cut.crossed} for cut in cuts.find_cuts(mask, height)
    ]
    return [height], found


def lines_of_text(mask):
    return [
        {
            **{name: getattr(line, name) for name in ("top", "bottom", "height")},
            "isLow": line.is_low,
            "components": [
                {name: getattr(one, name) for name in COMPONENT} for one in line.components
            ],
        }
        for line in components.find_lines_of_text(mask)
    ]


def to_color(gray):
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2RGBA)


def separated(image):
    found = foreground.find_foreground(image)
    if found is None:
        return None
    values = found._asdict() | {"intensities": list(found.intensities)}
    return values | {"strokeWidth": values.pop("stroke_width")}


NUMBERS = "./numbers/"
STEPS_OF_NUMBERS = {
    "sum": (
        "./statistics.js",
        "pairwiseSum",
        lambda rng: floats(rng).ravel()[: rng.integers(1, 4000)],
        without_arguments(lambda values: float(values.sum())),
        0,
    ),
    "foreground of a form": (
        NUMBERS + "foreground.js",
        "findForeground",
        lambda rng: to_color(form(rng)),
        without_arguments(separated),
        1,
    ),
    "foreground of a cropped number": (
        NUMBERS + "foreground.js",
        "findForeground",
        lambda rng: to_color(cropped(rng)),
        without_arguments(separated),
        1,
    ),
    "ruled lines": (
        NUMBERS + "ruling.js",
        "removeRuling",
        mask_of(ruled),
        without_arguments(ruling.remove_ruling),
        0,
    ),
    "boxes and other lines": (
        NUMBERS + "ruling.js",
        "removeRuling",
        drawn_masks,
        without_arguments(ruling.remove_ruling),
        0,
    ),
    "boxes of a form": (
        NUMBERS + "boxes.js",
        "removeBoxes",
        mask_of(form),
        without_arguments(boxes.remove_boxes),
        0,
    ),
    "squares": (
        NUMBERS + "ruling.js",
        "removeRuling",
        mask_of(squares),
        without_arguments(ruling.remove_ruling),
        0,
    ),
    "lines at the edges": (
        NUMBERS + "ruling.js",
        "removeEdgeLines",
        mask_of(cropped),
        without_arguments(ruling.remove_edge_lines),
        0,
    ),
    "lines of text": (
        NUMBERS + "components.js",
        "findLinesOfText",
        mask_of(words),
        without_arguments(lines_of_text),
        0,
    ),
    "points, signs and specks": (
        NUMBERS + "components.js",
        "findLinesOfText",
        mask_of(price),
        without_arguments(lines_of_text),
        0,
    ),
    "strokes that rows and columns cross": (
        NUMBERS + "signals.js",
        "countStrokes",
        largest_component,
        without_arguments(signals.count_strokes),
        1e-12,
    ),
    "cuts": (NUMBERS + "cuts.js", "findCuts", largest_component, found_cuts, 0),
}
