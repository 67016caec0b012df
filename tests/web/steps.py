"""The steps of the preprocessing, in JavaScript and in Python.

A step returns, for an image, further arguments of the function and the expected result.
"""

import cv2
import numpy as np
from inputs_of_steps import blobs, colors, drawn_masks, floats, masks, padded_masks, photos

from siffra.preprocessing import clutter, foreground, grayscale, illumination, normalization


def sizes(image, rng, low, high):
    """Return a width and a height: shares of the image's, both smaller or both larger."""
    share = rng.uniform(low, high)
    return [max(1, round(side * share)) for side in image.shape[::-1]]


def shrunk(image, rng):
    width, height = sizes(image, rng, 0.2, 0.99)
    return (width, height), cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def resized(interpolation, low, high):
    def step(image, rng):
        size = sizes(image, rng, low, high)
        return size, cv2.resize(image, size, interpolation=interpolation)

    return step


def windowed(function, *window_sizes):
    def step(image, rng):
        size = int(rng.choice(window_sizes))
        return [size], function(image, size)

    return step


def without_arguments(function):
    return lambda image, _: ([], function(image))


def morphology(operation):
    return windowed(
        lambda image, size: cv2.morphologyEx(image, operation, np.ones((size, size), np.uint8)),
        *(3, 5, 7, 37),
    )


def components(mask, _):
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    keys = ("left", "top", "width", "height", "area")
    boxes = [dict(zip(keys, map(int, row), strict=True)) for row in stats[1:]]
    return [], {"labels": labels, "stats": [{"label": i + 1, **b} for i, b in enumerate(boxes)]}


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


def percentile(image, rng):
    percent = int(rng.integers(0, 101))
    return [percent], float(np.percentile(image, percent))


def stroke_width(binary, _):
    return [6.72, 0.4], normalization.normalize_stroke_width(binary, 6.72, 0.4)


def binarized(image, rng):
    dark, bright = foreground.otsu_intensities(image)
    return [dark, bright], normalization.resize_and_binarize(image, dark, bright)


def centered(strokes, _):
    names = "digit_size", "deskew", "aspect_ratio_normalization"
    parameters = dict(zip(names, (22, 0.8, 0.7), strict=True))
    shear = 0.8 * normalization.estimate_skew(strokes)
    return [parameters], normalization.center_by_mass(strokes, shear, 22, 0.7)


def otsu(image, _):
    intensities = foreground.otsu_intensities(image)
    return [], None if intensities is None else list(intensities)


CV = "./cv/"
PREPROCESSING = "./preprocessing/"
# Name, module, function, images, (arguments and expected result) of an image, tolerance.
STEPS = {
    "halve": (
        CV + "resize.js",
        "halve",
        lambda rng: blobs(rng, 2 * rng.integers(2, 40, 2)),
        without_arguments(
            lambda one: cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        ),
        0,
    ),
    "halve colors": (
        CV + "resize.js",
        "halve",
        lambda rng: np.dstack([blobs(rng, (40, 30)) for _ in range(4)]),
        without_arguments(
            lambda one: cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        ),
        0,
    ),
    "resize bytes, area": (CV + "resize.js", "resizeArea", blobs, shrunk, 0),
    "resize floats, area": (CV + "resize.js", "resizeArea", floats, shrunk, 1e-3),
    "enlarge bytes, area": (
        *(CV + "resize.js", "resizeArea", blobs),
        *(resized(cv2.INTER_AREA, 1.01, 3), 0),
    ),
    "resize, cubic": (
        *(CV + "resize.js", "resizeCubic", blobs),
        # OpenCV's order of additions depends on the processor.
        *(resized(cv2.INTER_CUBIC, 1.01, 20), 1),
    ),
    "resize, linear": (
        *(CV + "resize.js", "resizeLinear", floats),
        *(resized(cv2.INTER_LINEAR, 1.01, 6), 1e-3),
    ),
    "dilate": (CV + "morphology.js", "dilate", blobs, morphology(cv2.MORPH_DILATE), 0),
    "erode": (CV + "morphology.js", "erode", floats, morphology(cv2.MORPH_ERODE), 0),
    "open": (CV + "morphology.js", "open", masks, morphology(cv2.MORPH_OPEN), 0),
    "close": (CV + "morphology.js", "close", floats, morphology(cv2.MORPH_CLOSE), 0),
    "blur, Gaussian": (
        *(CV + "filters.js", "blurGaussian", floats),
        windowed(lambda one, sigma: cv2.GaussianBlur(one, (0, 0), sigma), 1, 2, 3),
        1e-3,
    ),
    "blur, box": (
        *(CV + "filters.js", "blurBox", floats),
        windowed(lambda one, size: cv2.blur(one, (size, size)), 3, 31),
        1e-3,
    ),
    "median of few": (CV + "filters.js", "medianOfFew", floats, windowed(cv2.medianBlur, 5), 0),
    "median of bytes": (
        *(CV + "filters.js", "medianOfBytes", blobs),
        *(windowed(cv2.medianBlur, 31, 61), 0),
    ),
    "components": (CV + "components.js", "connectedComponents", masks, components, 0),
    "distance": (
        *(CV + "distance.js", "distanceTransform", masks),
        without_arguments(lambda one: cv2.distanceTransform(one, cv2.DIST_L2, 5)),
        1e-4,
    ),
    "moments": (CV + "warp.js", "computeMoments", floats, moments, 1e-9),
    "warp": (CV + "warp.js", "warpAffine", floats, warped, 1e-2),
    "bounding box": (CV + "image.js", "boundingRect", masks, bounding_rect, 0),
    "percentile": (
        "./statistics.js",
        "percentile",
        lambda rng: floats(rng).ravel(),
        percentile,
        1e-3,
    ),
    "grayscale": (
        *(PREPROCESSING + "grayscale.js", "toGrayscale", colors),
        *(without_arguments(grayscale.to_grayscale), 0),
    ),
    "background": (
        *(PREPROCESSING + "grayscale.js", "estimateBackground", blobs),
        *(without_arguments(grayscale.estimate_background), 0),
    ),
    "downsample": (
        *(PREPROCESSING + "grayscale.js", "downsample", blobs),
        *(windowed(grayscale.downsample, 8, 16, 64), 0),
    ),
    "intensities": (PREPROCESSING + "foreground.js", "otsuIntensities", blobs, otsu, 1e-9),
    "lines": (
        *(PREPROCESSING + "clutter.js", "removeLines", drawn_masks),
        *(without_arguments(clutter.remove_lines), 0),
    ),
    "clutter": (
        *(PREPROCESSING + "clutter.js", "selectComponents", drawn_masks),
        *(without_arguments(clutter.select_components), 0),
    ),
    "plane": (
        *(PREPROCESSING + "illumination.js", "fitPlane", floats),
        *(without_arguments(illumination.fit_plane), 1e-2),
    ),
    "illumination": (
        *(PREPROCESSING + "illumination.js", "correctIllumination", photos),
        *(without_arguments(illumination.correct_illumination), 1),
    ),
    "binarize": (PREPROCESSING + "normalization.js", "resizeAndBinarize", blobs, binarized, 0),
    "stroke width": (
        *(PREPROCESSING + "normalization.js", "normalizeStrokeWidth", padded_masks),
        *(stroke_width, 1e-2),
    ),
    "center": (PREPROCESSING + "normalization.js", "centerByMass", floats, centered, 0),
}
