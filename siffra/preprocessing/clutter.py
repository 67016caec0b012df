"""Remove clutter from a binary image: lines, frames, specks, marks at the border."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from .grayscale import ImageArray, border_pixels
from .lines import RuledLine, add_fragments, find_columns, find_lines, without_lines

# Lines are searched at this longest side, or more than half of it (pixels).
_LINE_SIDE = 256
# With this many times as many pixels as remain without its lines, a foreground is made of lines.
_MAX_LINES_RATIO = 20
# A frame has at least this many sides that are lines.
_MIN_SIDES = 3
# A side of a frame is longer than this share of the bounding box's side.
_MIN_SIDE_LENGTH = 0.85
# Both ends of a frame or an underline stick out by more than this share of their length.
_MIN_OVERHANG = 0.04
# Both ends of a line from edge to edge stick out by more than this share of its length.
_MIN_RULED_OVERHANG = 0.1
# The same for a thin line.
_MIN_THIN_OVERHANG = 0.02
# A thin line has at most this share of the strokes' width.
_THIN = 0.7
# One end of an underline that touches nothing sticks out by more than this share of its length.
_MIN_SEPARATE_OVERHANG = 0.12
# Distance of a line to the edge of the image or of the digit that counts as none, as a share of
# the image's side.
_TOLERANCE = 0.02
# Distance of a frame's side to the bounding box's, as a share of the image's longest side.
_NEAR = 1 / 32
# A mark at the border has more of its area than this in the image's outer part.
_MAX_OUTER_SHARE = 0.6
# Width of the outer part, as a share of the shorter side.
_OUTER = 0.08
# A thicker component at the border is no digit: half its width, as a share of the shorter side.
_MAX_HALF_WIDTH = 0.13
# The largest component has at most this many times the area of another part of the digit.
_MAX_AREA_RATIO = 10
# A speck has less than this share of the largest component's area.
_SPECK_AREA = 0.08
# A speck has less than this share of the largest component's length.
_SPECK_LENGTH = 0.2
# No digit is shorter than this share of the image's shorter side.
_MIN_DIGIT_LENGTH = 0.05


def without_clutter(mask: ImageArray, is_one: bool = False) -> Iterator[ImageArray]:
    """Propose masks with less clutter: whether it is clutter, the model decides.

    The first is without lines, specks and marks at the border that touch nothing else; the second
    also without lines that touch the digit, and without all that touches the border. If the mask
    `is_one` component, there is no first. None of them is empty.
    """
    without = remove_lines(mask)
    if is_one and without is mask:
        yield mask
        return
    if not is_one:
        yield select_components(_whole_components(mask, without))
    yield select_components(without if without.any() else mask, keep_border=False)


def _whole_components(mask: ImageArray, rest: ImageArray) -> ImageArray:
    """Return the components of a mask of which something is in another one; all if none is."""
    _, labels = cv2.connectedComponents(mask)
    is_kept = np.bincount(labels.ravel(), rest.ravel()) > 0
    is_kept[0] = False
    return is_kept[labels].astype(np.uint8) if is_kept.any() else mask


def remove_lines(mask: ImageArray) -> ImageArray:
    """Remove frames, underlines and ruled lines, but not the digit's own straight strokes.

    As in staff removal for sheet music [1]_, a line's pixels are removed where the foreground is
    no thicker than the line, so that crossing strokes stay whole. The mask itself is returned if
    there is nothing to remove.

    References
    ----------
    .. [1] C. Dalitz, M. Droettboom, B. Pranzas, I. Fujinaga, "A comparative study of staff
       removal algorithms", IEEE Transactions on Pattern Analysis and Machine Intelligence 30
       (2008), 753-766.
    """
    scale = _LINE_SIDE / max(mask.shape)
    scale = scale if scale < 1 else int(scale)
    small = resize_mask(mask, scale)
    rows, columns = find_lines(small), find_columns(small)
    if not rows and not columns:
        return mask
    frame = _frame_lines(rows, columns, small)
    rest = without_lines(small, frame)
    if frame and rest.any():
        # Where they meet the frame, the digit's own strokes were longer.
        rows, columns = find_lines(rest), find_columns(rest)
    # In a drawing whose margin is cropped, the digit's own strokes nearly reach the edges.
    reaches = bool(mask[:, [0, -1]].any(axis=0).all()), bool(mask[[0, -1]].any(axis=1).all())
    rest = without_lines(rest, _ruled_lines(rows, rest, bool(frame), True, reaches[0]))
    columns = _ruled_lines(columns, rest, bool(frame), False, reaches[1])
    lines = small - without_lines(rest, columns)
    if not lines.any():
        return mask
    y, x = ((np.arange(side) * scale).astype(np.intp) for side in mask.shape)
    return mask & ~add_fragments(lines, small)[y[:, None], x]


def _frame_lines(
    rows: list[RuledLine], columns: list[RuledLine], mask: ImageArray
) -> list[RuledLine]:
    """Return the sides of the foreground's bounding box if at least three of them are lines."""
    left, top, right, bottom = _main_box(mask)
    sides, accepted, distance = 0, [], _NEAR * max(mask.shape)
    for lines, low, high, length in (
        (rows, top, bottom, right - left),
        (columns, left, right, bottom - top),
    ):
        for place in (low, high):
            near = [
                line for line in lines if abs(line.position - place) < distance + line.thickness
            ]
            sides += any(line.end - line.start > _MIN_SIDE_LENGTH * length for line in near)
            accepted += near
    return accepted if sides >= _MIN_SIDES else []


def _ruled_lines(
    lines: list[RuledLine], mask: ImageArray, is_framed: bool, is_row: bool, reaches_edges: bool
) -> list[RuledLine]:
    """Return the lines of one direction that are ruled, an underline, or part of a frame."""
    if not lines:
        return []
    rest = without_lines(mask, lines)
    if _MAX_LINES_RATIO * cv2.countNonZero(rest) <= cv2.countNonZero(mask):
        return []  # nothing but lines: they are the digit
    left, top, right, bottom = _main_box(rest)
    along, across = ((left, right), (top, bottom)) if is_row else ((top, bottom), (left, right))
    length = mask.shape[is_row]
    tolerance = _TOLERANCE * length
    thickness = _THIN * stroke_width(rest)
    grown = cv2.dilate(rest, np.ones((3, 3), np.uint8))
    overhang = [_overhang(line, *along) for line in lines]
    crossing = [line.start <= tolerance and line.end >= length - 1 - tolerance for line in lines]
    before = [line.position <= across[0] + tolerance for line in lines]
    after = [line.position >= across[1] - tolerance for line in lines]
    sticks_out = [min(share) > _MIN_OVERHANG for share in overhang]
    encloses = all(
        any(s and o for s, o in zip(side, sticks_out, strict=True)) for side in (before, after)
    )
    accepted = []
    for i, line in enumerate(lines):
        min_overhang = _MIN_RULED_OVERHANG
        if line.thickness <= thickness:
            min_overhang = -1 if reaches_edges else _MIN_THIN_OVERHANG
        is_ruled = crossing[i] and (sum(crossing) > 2 or min(overhang[i]) > min_overhang)
        is_side = encloses and sticks_out[i] and (before[i] or after[i])
        is_separate = max(overhang[i]) > _MIN_SEPARATE_OVERHANG and not grown[line.pixels].any()
        is_underline = is_row and after[i] and (sticks_out[i] or is_separate)
        if is_ruled or (not is_framed and (is_side or is_underline)):
            accepted.append(line)
    return accepted


def _overhang(line: RuledLine, low: int, high: int) -> tuple[float, float]:
    """Return how far both ends stick out beyond the digit, as shares of the line's length."""
    length = line.end - line.start + 1
    return (low - line.start) / length, (line.end - high) / length


def select_components(mask: ImageArray, keep_border: bool = True) -> ImageArray:
    """Remove specks, and marks at the border that are not the digit; never all of a mask.

    With `keep_border`, components that touch the border stay if they are neither thick nor nearly
    all in the margin. They always stay if the largest component touches the border too: one line
    of many is no digit.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    area = stats[:, cv2.CC_STAT_AREA].astype(float)
    area[0] = 0
    length = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    is_inside = ~_is_border_clutter(mask, labels, area)
    if not (is_inside & (length >= _MIN_DIGIT_LENGTH * min(mask.shape)))[1:].any():
        is_inside[:] = True
    digit = np.where(is_inside, area, 0)
    main = int(digit.argmax())
    touching = border_pixels(labels)
    if not keep_border and main not in touching:
        is_inside[touching] = False
    is_speck = (area < _SPECK_AREA * area[main]) & (length < _SPECK_LENGTH * length[main])
    return (is_inside & (area > 0) & ~is_speck).astype(np.uint8)[labels]


def _is_border_clutter(
    mask: ImageArray, labels: NDArray[np.int32], area: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which components are shadows, table edges or fingers at the border."""
    touching = np.unique(border_pixels(labels))
    result = np.zeros(len(area), bool)
    if touching.max() == 0:
        return result
    margin = max(1, round(_OUTER * min(mask.shape)))
    inner_area = np.bincount(labels[margin:-margin, margin:-margin].ravel(), minlength=len(area))
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    half_widths = np.zeros(len(area), np.float32)
    inside = mask > 0
    np.maximum.at(half_widths, labels[inside], depth[inside])
    main = int(area.argmax())
    max_half_width = _MAX_HALF_WIDTH * min(mask.shape)
    if main not in touching:
        max_half_width = min(max_half_width, 2 * float(half_widths[main]))
    touching = touching[touching > 0]
    outer_share = 1 - inner_area[touching] / area[touching]
    result[touching] = (outer_share > _MAX_OUTER_SHARE) | (half_widths[touching] > max_half_width)
    return result


def resize_mask(mask: ImageArray, scale: float) -> ImageArray:
    """Shrink a mask so that no line breaks, or repeat each pixel a whole number of times."""
    if scale < 1:
        return shrink_mask(mask, scale)
    return mask.repeat(int(scale), axis=0).repeat(int(scale), axis=1)


def shrink_mask(mask: ImageArray, scale: float) -> ImageArray:
    """Shrink a mask so that no line breaks: each pixel marks the one that it falls on."""
    if scale >= 1:
        return mask
    height, width = (max(1, int(np.ceil(side * scale))) for side in mask.shape)
    y, x = np.nonzero(mask)
    small = np.zeros((height, width), np.uint8)
    small[(y * scale).astype(np.intp), (x * scale).astype(np.intp)] = 1
    return small


def stroke_width(mask: ImageArray) -> float:
    """Estimate the mean stroke width of a mask, in pixels."""
    return estimate_stroke_width(mask, cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5))


def estimate_stroke_width(mask: ImageArray, depth: NDArray[np.float32]) -> float:
    """Estimate the mean stroke width (pixels, at least 1) from the distance transform.

    Across a line w pixels wide the distance to the background rises 1, 2, ... w / 2 and falls
    again: its mean is (w + 2) / 4.
    """
    return max(4 * cv2.sumElems(depth)[0] / max(cv2.countNonZero(mask), 1) - 2, 1.0)


def _main_box(mask: ImageArray) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the components that are not specks."""
    stats = cv2.connectedComponentsWithStats(mask)[2][1:]
    area = stats[:, cv2.CC_STAT_AREA]
    x, y, width, height = stats[_MAX_AREA_RATIO * area >= area.max(), :4].T
    return int(x.min()), int(y.min()), int((x + width).max()) - 1, int((y + height).max()) - 1
