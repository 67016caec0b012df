"""Functions of OpenCV and NumPy, and their counterparts in JavaScript.

A step returns, for an image, further arguments of the function and the expected result.
"""

import cv2
import numpy as np


def blobs(rng, shape=None):
    """Smooth random grays of any shape, from 0 to 255."""
    height, width = rng.integers(3, 90, 2) if shape is None else shape
    noise = rng.integers(0, 256, (height, width), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.0), None, 0, 255, cv2.NORM_MINMAX)


def even_blobs(rng):
    return blobs(rng, 2 * rng.integers(2, 40, 2))


def rgba_blobs(rng):
    return np.dstack([blobs(rng, (40, 30)) for _ in range(4)])


def masks(rng):
    return (blobs(rng) > rng.integers(60, 200)).astype(np.uint8)


def floats(rng):
    return blobs(rng).astype(np.float32) + rng.random(dtype=np.float32)


def vectors(rng):
    return floats(rng).ravel()[: rng.integers(1, 4000)]


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


halved = plain(lambda one: cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
shrunk = resized(cv2.INTER_AREA, 0.2, 0.99)
gaussian = scaled(lambda one, sigma: cv2.GaussianBlur(one, (0, 0), sigma), 0.6, 5)
blurred = windowed(lambda one, size: cv2.blur(one, (size, size)), 3, 31)
distance = plain(lambda one: cv2.distanceTransform(one, cv2.DIST_L2, 5))

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
]
