"""The steps of the reader, in JavaScript and in Python.

A step returns, for an image, further arguments of the function and the expected result.
"""

import cv2
import numpy as np
from inputs_of_steps import (
    blobs,
    colors,
    cropped_numbers,
    drawings_on_paper,
    drawn_masks,
    edge_traces,
    even_blobs,
    faint_strokes,
    floats,
    forms,
    framed,
    largest_components,
    mask_of,
    masks,
    padded_masks,
    photos,
    rgba_blobs,
    tiny_drawings,
    vectors,
)
from kinds_of_numbers import cropped, form, price, ruled, squares, words

from siffra.numbers import boxes, components, cuts, ruling, signals
from siffra.numbers import foreground as numbers_foreground
from siffra.preprocessing import clutter, foreground, grayscale, illumination, normalization


def plain(function):
    """Return a step without further arguments."""
    return lambda image, _: ([], function(image))


def windowed(function, *window_sizes):
    def step(image, rng):
        size = int(rng.choice(window_sizes))
        return [size], function(image, size)

    return step


def scaled(function, low, high):
    """Return a step whose further argument is any number from `low` to `high`."""

    def step(image, rng):
        number = float(rng.uniform(low, high))
        return [number], function(image, number)

    return step


def resized(interpolation, low, high):
    """Return a step that resizes both sides by shares from `low` to `high`, which are alike."""

    def step(image, rng):
        share = rng.uniform(low, high)
        size = [max(1, round(side * share)) for side in image.shape[::-1]]
        return size, cv2.resize(image, size, interpolation=interpolation)

    return step


def morphology(operation):
    return windowed(
        lambda image, size: cv2.morphologyEx(image, operation, np.ones((size, size), np.uint8)),
        *(3, 5, 7, 37),
    )


def connected(mask, _):
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    keys = ("left", "top", "width", "height", "area")
    found = [dict(zip(keys, map(int, row), strict=True)) for row in stats[1:]]
    return [], {"labels": labels, "stats": [{"label": i + 1, **b} for i, b in enumerate(found)]}


def moments(image, _):
    m = cv2.moments(image)
    x, y = m["m10"] / m["m00"], m["m01"] / m["m00"]
    return [], {"x": x, "y": y, "mu11": m["mu11"], "mu02": m["mu02"]}


def warped(image, rng):
    a, e = rng.uniform(0.5, 2, 2)
    b, c, f = a * rng.uniform(-0.8, 0.8), *rng.uniform(-9, 9, 2)
    matrix = np.array([[a, b, c], [0, e, f]])
    return [[a, b, c, e, f], 84], cv2.warpAffine(image, matrix, (84, 84), flags=cv2.INTER_LINEAR)


def bounding_rect(mask, _):
    return [], dict(zip(("left", "top", "width", "height"), cv2.boundingRect(mask), strict=True))


def percentile(values, rng):
    percent = int(rng.integers(0, 101))
    return [percent], float(np.percentile(values, percent))


def stroke_width(binary, _):
    return [6.72, 0.4], normalization.normalize_stroke_width(binary, 6.72, 0.4)


def binarized(image, rng):
    intensities = foreground.otsu_intensities(image)
    return [intensities], normalization.resize_and_binarize(image, *intensities)


def centered(strokes, _):
    parameters = {"digit_size": 22, "deskew": 0.8, "aspect_ratio_normalization": 0.7}
    shear = 0.8 * normalization.estimate_skew(strokes)
    return [parameters], normalization.center_by_mass(strokes, shear, 22, 0.7)


def intensities(function):
    """Return a step whose result is a pair of numbers, or None."""

    def step(image, _):
        found = function(image)
        return [], None if found is None else list(found)

    return step


def background(image, rng):
    share = float(rng.uniform(0.5, 1))
    return [share], foreground.find_background(image, share)


def extracted(image, _):
    """Return the bright digits of all alternatives, and which are the same object."""
    found = list(foreground.extract_foregrounds(image))
    return [], [
        one._asdict() | {"intensities": one.intensities and list(one.intensities)} for one in found
    ]


def proposed(mask, _):
    return [], list(clutter.without_clutter(mask))


def strong(difference, rng):
    low, high = np.sort(rng.uniform(0, 255, 2)).tolist()
    return [low, high], illumination.with_strong_pixels(difference, low, high)


def found_cuts(mask, rng):
    height = int(len(mask) * rng.uniform(1, 1.3))
    return [height], [cut._asdict() for cut in cuts.find_cuts(mask, height)]


def lines_of_text(mask, _):
    def as_dict(value, *names):
        return {name: getattr(value, name) for name in names}

    names = ("mask", "left", "top", "right", "bottom", "width", "height", "area")
    return [], [
        {
            **as_dict(line, "top", "bottom", "height"),
            "isLow": line.is_low,
            "components": [as_dict(one, *names) for one in line.components],
        }
        for line in components.find_lines_of_text(components.find_components(mask))
    ]


def separated(image, _):
    found = numbers_foreground.find_foreground(image)
    if found is None:
        return [], None
    values = found._asdict() | {"intensities": list(found.intensities)}
    return [], values | {"strokeWidth": values.pop("stroke_width")}


halved = plain(lambda one: cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
shrunk = resized(cv2.INTER_AREA, 0.2, 0.99)
gaussian = scaled(lambda one, sigma: cv2.GaussianBlur(one, (0, 0), sigma), 0.6, 5)
blurred = windowed(lambda one, size: cv2.blur(one, (size, size)), 3, 31)
distance = plain(lambda one: cv2.distanceTransform(one, cv2.DIST_L2, 5))
downsampled = windowed(grayscale.downsample, 8, 16, 64)
unruled = plain(ruling.remove_ruling)

# Module, function, images, (further arguments and expected result) of an image, tolerance.
STEPS = [
    ("cv/resize", "halve", even_blobs, halved, 0),
    ("cv/resize", "halve", rgba_blobs, halved, 0),
    ("cv/resize", "resizeArea", blobs, shrunk, 0),
    ("cv/resize", "resizeArea", floats, shrunk, 1e-3),
    ("cv/resize", "resizeArea", blobs, resized(cv2.INTER_AREA, 1.01, 3), 0),
    # OpenCV's order of additions depends on the processor.
    ("cv/resize", "resizeCubic", blobs, resized(cv2.INTER_CUBIC, 1.01, 20), 1),
    ("cv/resize", "resizeLinear", floats, resized(cv2.INTER_LINEAR, 1.01, 6), 1e-3),
    ("cv/morphology", "dilate", blobs, morphology(cv2.MORPH_DILATE), 0),
    ("cv/morphology", "erode", floats, morphology(cv2.MORPH_ERODE), 0),
    ("cv/morphology", "open", masks, morphology(cv2.MORPH_OPEN), 0),
    ("cv/morphology", "close", floats, morphology(cv2.MORPH_CLOSE), 0),
    ("cv/filters", "blurGaussian", blobs, gaussian, 0),
    ("cv/filters", "blurBox", floats, blurred, 1e-3),
    ("cv/filters", "medianOfFew", floats, windowed(cv2.medianBlur, 5), 0),
    ("cv/filters", "medianOfBytes", blobs, windowed(cv2.medianBlur, 31, 61), 0),
    ("cv/components", "connectedComponents", masks, connected, 0),
    ("cv/distance", "distanceTransform", masks, distance, 1e-4),
    ("cv/warp", "computeMoments", floats, moments, 1e-9),
    ("cv/warp", "warpAffine", floats, warped, 1e-2),
    ("cv/image", "boundingRect", masks, bounding_rect, 0),
    ("statistics", "percentile", vectors, percentile, 1e-3),
    ("statistics", "pairwiseSum", vectors, plain(lambda values: float(values.sum())), 0),
    ("preprocessing/grayscale", "toGrayscale", colors, plain(grayscale.to_grayscale), 0),
    ("preprocessing/grayscale", "downsample", blobs, downsampled, 0),
    (
        *("preprocessing/grayscale", "estimateBackground", blobs),
        *(plain(grayscale.estimate_background), 0),
    ),
    (
        *("preprocessing/foreground", "otsuIntensities", blobs),
        *(intensities(foreground.otsu_intensities), 1e-9),
    ),
    (
        *("preprocessing/foreground", "inkIntensities", faint_strokes),
        *(intensities(foreground.ink_intensities), 1e-9),
    ),
    ("preprocessing/foreground", "findBackground", framed, background, 0),
    ("preprocessing/foreground", "extractForegrounds", drawings_on_paper, extracted, 1),
    ("preprocessing/foreground", "extractForegrounds", tiny_drawings, extracted, 1),
    ("preprocessing/foreground", "extractForegrounds", edge_traces, extracted, 1),
    ("preprocessing/clutter", "withoutClutter", drawn_masks, proposed, 0),
    ("preprocessing/clutter", "removeLines", drawn_masks, plain(clutter.remove_lines), 0),
    (
        *("preprocessing/clutter", "selectComponents", drawn_masks),
        *(plain(clutter.select_components), 0),
    ),
    ("preprocessing/illumination", "withStrongPixels", floats, strong, 0),
    ("preprocessing/illumination", "fitPlane", floats, plain(illumination.fit_plane), 1e-2),
    (
        *("preprocessing/illumination", "correctIllumination", photos),
        *(scaled(illumination.correct_illumination, 0.4, 2), 4),
    ),
    ("preprocessing/normalization", "resizeAndBinarize", blobs, binarized, 0),
    ("preprocessing/normalization", "normalizeStrokeWidth", padded_masks, stroke_width, 1e-2),
    ("preprocessing/normalization", "centerByMass", floats, centered, 0),
    ("numbers/foreground", "findForeground", forms, separated, 1),
    ("numbers/foreground", "findForeground", cropped_numbers, separated, 1),
    ("numbers/boxes", "removeBoxes", mask_of(form), plain(boxes.remove_boxes), 0),
    ("numbers/ruling", "removeRuling", mask_of(ruled), unruled, 0),
    ("numbers/ruling", "removeRuling", mask_of(squares), unruled, 0),
    ("numbers/ruling", "removeRuling", drawn_masks, unruled, 0),
    ("numbers/ruling", "removeEdgeLines", mask_of(cropped), plain(ruling.remove_edge_lines), 0),
    ("numbers/components", "findLinesOfText", mask_of(words), lines_of_text, 0),
    ("numbers/components", "findLinesOfText", mask_of(price), lines_of_text, 0),
    ("numbers/signals", "countStrokes", largest_components, plain(signals.count_strokes), 1e-12),
    ("numbers/cuts", "findCuts", largest_components, found_cuts, 0),
]
