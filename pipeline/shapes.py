"""Change the shapes of drawn digits as people do: flags, slashes, loops, corners, faint ink."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siffra.exceptions import BlankImageError
from siffra.preprocessing import ImageArray, MnistPreprocessor

from .strokes import Stroke, render

BEND: Final = 0.025  # standard deviation of each wave, relative to the size
# Shares of the copies: scanned at 16 x 16 pixels, drawn with a hairline, photographed on paper,
# scanned small with a faint part.
SCAN_SHARE, HAIRLINE_SHARE, PHOTO_SHARE, FAINT_SHARE = 0.07, 0.12, 0.08, 0.05
HAIRLINES: Final = (1 / 300, 1 / 60)
_SCAN_SIDE: Final = 16
# Shares of the slashes from the upper left, and of the sixes with a straight top whose bowl is
# angular.
_MIRRORED: Final = 0.2
_ANGULAR: Final = 0.4
PHOTO_SIDES: Final = (48, 400)  # pixels
FAINT_SIDES: Final = (24, 65)


def vary_shape(strokes: Sequence[Stroke], label: str, rng: np.random.Generator) -> list[Stroke]:
    """Bend a digit, and now and then give it another form that people write."""
    strokes, chance = bend(strokes, rng), rng.random()
    for share, form in FORMS.get(label, ()):
        if chance < share:
            return form(strokes, rng)
        chance -= share
    return strokes


def render_copy(strokes: Sequence[Stroke], rng: np.random.Generator) -> ImageArray:
    """Draw a copy with a common brush, a hairline, as a small scan, as a photograph, or faint."""
    chance = rng.random()
    if chance < SCAN_SHARE:
        return scan(render(strokes, rng, size=160, brushes=(1 / 18, 1 / 9)), rng)
    chance -= SCAN_SHARE
    if chance < HAIRLINE_SHARE:
        return render(strokes, rng, brushes=HAIRLINES)
    canvas = render(strokes, rng)
    if chance < HAIRLINE_SHARE + PHOTO_SHARE:
        photo = photograph(canvas, rng)
        return photo if _is_legible(photo) else canvas
    return fade(canvas, rng) if chance > 1 - SCAN_SHARE - FAINT_SHARE else canvas


def scan(canvas: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Crop a drawing to a square and shrink it to 16 x 16 pixels, half of them in two levels."""
    left, top, width, height = cv2.boundingRect((canvas > 100).astype(np.uint8))
    side = max(width, height)
    square = np.zeros((side, side), dtype=np.uint8)
    y, x = (side - height) // 2, (side - width) // 2
    square[y : y + height, x : x + width] = canvas[top : top + height, left : left + width]
    small = cv2.resize(square, (_SCAN_SIDE, _SCAN_SIDE), interpolation=cv2.INTER_AREA)
    return small if rng.random() < 0.5 else (255 * (small > 110)).astype(np.uint8)


def photograph(canvas: ImageArray, rng: np.random.Generator, side: int | None = None) -> ImageArray:
    """Photograph a drawing on plain paper: uneven light, faint parts, noise, JPEG.

    Without a shorter side, in pixels, it is random.
    """
    side = side or int(np.exp(rng.uniform(*np.log(PHOTO_SIDES))))
    height, width = (round(side * one / min(canvas.shape)) for one in canvas.shape)
    ink = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA) / 255.0
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    slopes = rng.normal(0, 0.12, (2, 2))
    light, pressure = (1 + slope[0] * x + slope[1] * y for slope in slopes)
    paper = rng.uniform(150, 235) * light
    scene = paper * (1 - rng.uniform(0.35, 0.85) * np.clip(pressure, 0.4, 1) * ink)
    scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.4, 1.2))
    scene = np.clip(scene + rng.normal(0, rng.uniform(1, 5), scene.shape), 0, 255)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))]
    photo: Any = cv2.imdecode(
        cv2.imencode(".jpg", scene.astype(np.uint8), quality)[1], cv2.IMREAD_GRAYSCALE
    )
    return photo


def fade(canvas: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Scan a drawing small, with less ink on one side."""
    side = int(rng.integers(*FAINT_SIDES))
    angle, (y, x) = rng.uniform(0, 2 * np.pi), np.indices(canvas.shape)
    distance = (x * np.cos(angle) + y * np.sin(angle)) / len(canvas)
    middle = np.quantile(distance[canvas > 0], rng.uniform(0.3, 0.7))
    change = np.clip((distance - middle) / rng.uniform(0.02, 0.2) + 0.5, 0, 1)
    ink = canvas * (1 - rng.uniform(0.4, 0.7) * change)
    return cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _is_legible(image: ImageArray) -> bool:
    """Return whether anything stands out from the background."""
    try:
        MnistPreprocessor().preprocess_steps(image)
    except BlankImageError:
        return False
    return True


def bend(
    strokes: Sequence[Stroke], rng: np.random.Generator, strength: float = BEND
) -> list[Stroke]:
    """Shift the points by two waves in each direction."""
    low, size = np.concatenate(strokes).min(axis=0), _size(strokes)
    frequencies = rng.uniform(0.4, 1.2, (2, 2, 2))
    phases = rng.uniform(0, 2 * np.pi, (2, 2))
    amplitudes = rng.normal(0, strength, (2, 2))
    bent = []
    for stroke in strokes:
        angles = 2 * np.pi * (frequencies @ ((stroke - low) / size).T) + phases[:, :, None]
        bent.append(stroke + size * (amplitudes[:, :, None] * np.sin(angles)).sum(axis=1).T)
    return bent


def add_hook(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Start the first stroke with an arc: a hook or a curl."""
    first = strokes[0]
    if len(first) < 4:
        return list(strokes)
    direction = first[0] - first[max(2, len(first) // 10)]
    angles = np.arctan2(direction[1], direction[0])
    angles = angles + np.linspace(0, rng.choice([-1, 1]) * rng.uniform(0.5, 3.6), 12)
    step = _size(strokes) * rng.uniform(0.08, 0.3) / len(angles)
    arc = first[0] + np.cumsum(step * np.stack([np.cos(angles), np.sin(angles)], axis=1), axis=0)
    return [np.concatenate([arc[::-1], first]), *strokes[1:]]


def add_flag(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Give a 1 of one narrow stroke a flag, up to its own height, to the lower left."""
    stem = strokes[0]
    width, height = np.ptp(stem, axis=0)
    if len(strokes) > 1 or len(stem) < 3 or width > 0.35 * height:
        return list(strokes)
    top = int(stem[:, 1].argmin())
    stem = stem[top:] if 2 * top < len(stem) else stem[: top + 1][::-1]
    angle, length = np.radians(rng.uniform(25, 65)), height * rng.uniform(0.25, 1.0)
    tip = stem[0] + length * np.array([-np.cos(angle), np.sin(angle)])
    return [np.concatenate([np.linspace(tip, stem[0], 10), stem])]


def close_four(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Move the top of the left stroke of a 4 to the top of its stem."""
    if len(strokes) != 2 or min(map(len, strokes)) < 3:
        return list(strokes)
    left, stem = strokes
    shift = stem[int(stem[:, 1].argmin())] - left[0]
    weight = np.linspace(1, 0, len(left))[:, None] ** rng.uniform(0.7, 1.5)
    return [left + weight * shift * rng.uniform(0.8, 1.05), stem]


def add_loop(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw a small loop at the sharpest corner of the longest stroke."""
    longest = int(np.argmax([len(stroke) for stroke in strokes]))
    stroke = strokes[longest]
    if len(stroke) < 12:
        return list(strokes)
    reach = max(2, len(stroke) // 12)
    before = stroke[reach:-reach] - stroke[: -2 * reach]
    after = stroke[2 * reach :] - stroke[reach:-reach]
    lengths = np.hypot(*before.T) * np.hypot(*after.T)
    corner = int(((before * after).sum(axis=1) / np.maximum(lengths, 1e-9)).argmin())
    (ux, uy), (vx, vy) = before[corner], after[corner]
    along = before[corner] / max(float(np.hypot(ux, uy)), 1e-9)
    outwards = np.array([-along[1], along[0]]) * (-1 if ux * vy - uy * vx > 0 else 1)
    radius, time = _size(strokes) * rng.uniform(0.03, 0.09), np.linspace(0, 2 * np.pi, 14)[:, None]
    place = stroke[corner + reach]
    loop = place + radius * (outwards * (1 - np.cos(time)) + along * np.sin(time))
    changed = np.concatenate([stroke[: corner + reach], loop, stroke[corner + reach :]])
    return [*strokes[:longest], changed, *strokes[longest + 1 :]]


def slash(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Strike a 0 through from the upper right to the lower left, now and then the other way."""
    low, extent = _box(strokes)
    beyond = rng.uniform(-0.2, 0.3, (2, 2))
    ends = np.array([[1, 0], [0, 1]]) + beyond * [[1, -1], [-1, 1]]
    if rng.random() < _MIRRORED:
        ends[:, 0] = 1 - ends[:, 0]
    return [*strokes, low + extent * np.linspace(ends[0], ends[1], 10)]


def cross_stem(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Cross the stem of a 7 of one stroke with a bar, now and then a low one."""
    if len(strokes) > 1:
        return list(strokes)
    low, extent = _box(strokes)
    stem = max(strokes, key=lambda stroke: float(np.ptp(stroke[:, 1])))
    y = low[1] + extent[1] * rng.uniform(0.35, 0.72)
    x = float(stem[np.abs(stem[:, 1] - y).argmin(), 0])
    reach = extent[1] * rng.uniform(0.15, 0.4, 2)
    tilt = extent[1] * rng.normal(0, 0.05, 2)
    ends = np.array([[x - reach[0], y + tilt[0]], [x + reach[1], y + tilt[1]]])
    return [*strokes, np.linspace(ends[0], ends[1], 10)]


def move_bar(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Move the bar of a 5 of two strokes away from its body."""
    if len(strokes) != 2:
        return list(strokes)
    bar = int(np.argmin([np.ptp(stroke[:, 1]) for stroke in strokes]))
    shift = _size(strokes) * rng.uniform((0.03, -0.15), (0.3, 0.03))
    return [stroke + shift * (k == bar) for k, stroke in enumerate(strokes)]


def add_arc(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Let the tail of a 9 turn to the left and up as it goes on, now and then to a loop."""
    last = strokes[-1]
    way = last[-1] - last[-max(2, len(last) // 10) :][0]
    if way[1] <= 0:  # it does not end on the way down
        return list(strokes)
    angles = np.arctan2(way[1], way[0]) + np.linspace(0, rng.uniform(1.2, 5.6), 24)
    step = _size(strokes) * rng.uniform(0.25, 0.9) / len(angles)
    arc = step * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [*strokes[:-1], np.concatenate([last, last[-1] + np.cumsum(arc, axis=0)])]


def curl_tail(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """End a 9 in a curl to the left and up, now and then in a whole loop."""
    last = strokes[-1]
    width, height = _size(strokes) * rng.uniform((0.1, 0.08), (0.28, 0.2))
    angles = np.radians(np.linspace(0, rng.uniform(100, 400), 24))
    curl = np.stack([width * (np.cos(angles) - 1), height * np.sin(angles)], axis=1)
    return [*strokes[:-1], np.concatenate([last, last[-1] + curl[1:]])]


def straighten_top(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Begin a 6 with a flat top and a corner, or a slope; its bowl may be angular."""
    first, (low, extent) = strokes[0], _box(strokes)
    is_below = first[:, 1] > low[1] + extent[1] * rng.uniform(0.35, 0.6)
    join = int(is_below.argmax())
    if not 2 <= join < len(first) - 2:
        return list(strokes)
    corner = np.array([first[join, 0] + extent[0] * rng.uniform(-0.1, 0.1), low[1]])
    start = low + extent * rng.uniform((0.6, -0.02), (1.0, 0.08))
    corners = [start, corner] if rng.random() < 0.6 else [start]
    points = np.array([*corners, first[join]])
    steps = np.linspace(0, len(points) - 1, 16)
    top = np.stack([np.interp(steps, range(len(points)), axis) for axis in points.T], axis=1)
    bowl = first[join + 1 :]
    if rng.random() < _ANGULAR:
        n_corners = int(rng.integers(4, 8))
        bowl = bowl[np.linspace(0, len(bowl) - 1, n_corners).round().astype(int)]
    return [np.concatenate([top, bowl]), *strokes[1:]]


def _box(strokes: Sequence[Stroke]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the top left corner of a character, and its width and height."""
    points = np.concatenate(strokes)
    return points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)


def _size(strokes: Sequence[Stroke]) -> float:
    """Return the longer side of a character."""
    return max(float(np.ptp(np.concatenate(strokes), axis=0).max()), 1e-9)


Form: TypeAlias = Callable[[Sequence[Stroke], np.random.Generator], list[Stroke]]

# Forms that people write, by digit, each with its share of the copies.
FORMS: Final[dict[str, tuple[tuple[float, Form], ...]]] = {
    "0": ((0.3, slash),),
    "1": ((0.3, add_flag),),
    "2": ((0.25, add_loop), (0.2, add_hook)),
    "3": ((0.25, add_loop), (0.2, add_hook)),
    "4": ((0.35, close_four),),
    "5": ((0.15, move_bar),),
    "6": ((0.3, add_hook), (0.25, straighten_top)),
    "7": ((0.2, add_loop), (0.2, cross_stem)),
    "9": ((0.2, add_hook), (0.15, curl_tail), (0.25, add_arc)),
}
