"""Images of digits that are hard to read, one kind a function.

Each kind returns the image and the digit alone, bright on black, without what makes it hard.
"""

import cv2
import numpy as np
from polylines import blend, draw, lit_paper, photo_of, photograph, to_uint8


def somewhere(strokes, rng, size=300, share=(0.45, 0.65), pen=(0.03, 0.06)):
    """Draw a digit at a random place in a square, at least 25 pixels away from its edges."""
    side, pen = size * rng.uniform(*share), max(1, round(size * rng.uniform(*pen)))
    room = side / 2 + 25
    return draw(strokes, (size, size), side, pen, rng.uniform(room, size - room, 2))


def crop(image, digit, margins):
    """Cut an image to a digit plus margins: left, top, right, bottom."""
    x, y, width, height = cv2.boundingRect(digit)
    left, top, right, bottom = margins
    rows = slice(max(0, y - top), y + height + bottom)
    return np.ascontiguousarray(image[rows, max(0, x - left) : x + width + right])


# Marks at the border of the image


def edge_of_a_photo(strokes, rng):
    """The digit touches one to four sides of the photograph."""
    digit = draw(strokes, (440, 440), 250, 16)
    margins = rng.choice([0, 0, 30], 4)
    margins[rng.integers(4)] = 0
    # Narrow crops are not treated as photographs.
    margins[[0, 2]] += 40 * (cv2.boundingRect(digit)[2] < 70)
    return crop(photo_of(digit, rng), digit, margins), digit


def edge_of_a_scan(strokes, rng):
    digit = draw(strokes, (200, 200), 110, 9)
    return crop(255 - digit, digit, rng.integers(-1, 4, 4).clip(0)), digit


def table_at_the_border(strokes, rng):
    """A dark table or shadow along one side."""
    digit = draw(strokes, (400, 400), 200, 16)
    paper = lit_paper(digit.shape, rng)
    paper[:, : rng.integers(8, 60)] = rng.uniform(50, 120)
    turned = int(rng.integers(4))
    scene = blend(digit, np.rot90(paper, turned), 55.0)
    return photograph(scene, rng), digit


def finger_at_the_border(strokes, rng):
    digit = draw(strokes, (400, 400), 200, 16)
    paper = lit_paper(digit.shape, rng)
    finger = np.zeros_like(digit)
    place = (int(rng.choice([0, 399])), int(rng.integers(100, 300)))
    cv2.ellipse(finger, place, (75, 32), 0, 0, 360, 255, -1)
    paper = blend(cv2.GaussianBlur(finger, (0, 0), 2), paper, 120.0)
    return photograph(blend(digit, paper, 55.0), rng), digit


# Lines


def frame(strokes, rng):
    digit = draw(strokes, (260, 260), 120, 9)
    image, places = digit.copy(), rng.integers(4, 24, 4).tolist()
    corners = (places[0], places[1]), (259 - places[2], 259 - places[3])
    cv2.rectangle(image, *corners, 255, int(rng.integers(1, 7)), cv2.LINE_AA)
    return 255 - image, digit


def frame_in_a_photo(strokes, rng):
    image, digit = frame(strokes, rng)
    return photo_of(255 - image, rng), digit


def rests_of_a_frame(strokes, rng):
    """A cell cut from a form, with its frame on some of the sides."""
    digit = draw(strokes, (170, 130), 90, 8)
    image, width = digit.copy(), int(rng.integers(2, 5))
    sides = rng.permutation(4)[: rng.integers(1, 5)]
    for side in sides:
        turned = np.rot90(image, side)
        turned[:width] = 255
    return 255 - image, digit


def underline(strokes, rng):
    digit = draw(strokes, (300, 300), 150, 11)
    image, row = digit.copy(), int(rng.integers(240, 285))
    ends = (int(rng.integers(0, 60)), row), (int(rng.integers(240, 300)), row + 3)
    cv2.line(image, *ends, 255, int(rng.integers(2, 6)), cv2.LINE_AA)
    return 255 - image, digit


def _rule(image, rng, spacing, width, is_squared):
    for start in range(int(rng.integers(3, spacing)), image.shape[0], spacing):
        image[start : start + width] = np.minimum(image[start : start + width], 130)
        if is_squared:
            image[:, start : start + width] = np.minimum(image[:, start : start + width], 130)
    return image


def ruled_paper(strokes, rng):
    digit = draw(strokes, (320, 320), 180, 12)
    paper = _rule(lit_paper(digit.shape, rng), rng, 41, 1, is_squared=False)
    return photograph(blend(digit, paper, 55.0), rng), digit


def squared_paper(strokes, rng):
    digit = draw(strokes, (320, 320), 180, 12)
    paper = _rule(lit_paper(digit.shape, rng), rng, 29, 1, is_squared=True)
    return photograph(blend(digit, paper, 55.0), rng), digit


def squared_screen(strokes, rng):
    """Light gray squares behind a drawing: no noise."""
    digit = draw(strokes, (400, 400), 220, 16)
    paper = np.full(digit.shape, 255.0)
    paper[rng.integers(1, 40) :: 40] = 200
    paper[:, rng.integers(1, 40) :: 40] = 200
    return to_uint8(blend(digit, paper, 0.0)), digit


# Thin and faint strokes


def _hairline(strokes, rng, size):
    side, pen = rng.uniform(0.35, 0.7) * size, int(rng.integers(1, 4))
    room = side / 2 + 5
    place = rng.uniform(room, size - room, 2)
    line = cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8
    thick = draw(strokes, (400, 400), 280, 12)
    return 255 - draw(strokes, (size, size), side, pen, place, line), thick


def hairline_280(strokes, rng):
    return _hairline(strokes, rng, 280)


def hairline_800(strokes, rng):
    return _hairline(strokes, rng, 800)


def hairline_2000(strokes, rng):
    return _hairline(strokes, rng, 2000)


def faint(strokes, rng):
    digit = somewhere(strokes, rng)
    return to_uint8(255 - digit / 255 * rng.integers(4, 40)), digit


def faint_hairline(strokes, rng):
    digit = draw(strokes, (400, 400), 280, 12)
    image = draw(strokes, (400, 400), 240, int(rng.integers(1, 4)))
    return to_uint8(240 - image / 255 * rng.integers(10, 40)), digit


def pencil(strokes, rng):
    digit = draw(strokes, (400, 400), 220, 7)
    paper = lit_paper(digit.shape, rng)
    return photograph(blend(digit, paper, paper - 30), rng, noise=1.5), digit


# Shadows


def shadow_edge(strokes, rng):
    """The edge of a shadow crosses the digit."""
    digit = draw(strokes, (400, 400), 220, int(rng.integers(6, 18)))
    y, x = np.mgrid[:400, :400] - 200
    angle = rng.uniform(0, 2 * np.pi)
    distance = x * np.cos(angle) + y * np.sin(angle) + rng.uniform(-40, 40)
    light = 1 - 0.5 / (1 + np.exp(-np.clip(distance / rng.uniform(1, 12), -50, 50)))
    return photograph(blend(digit, lit_paper(digit.shape, rng), 55.0) * light, rng), digit


# Colors and transparency

COLORS = [
    ((200, 30, 30), (40, 60, 220)),
    ((210, 40, 40), (20, 120, 40)),
    ((250, 240, 120), (255, 255, 255)),
    ((0, 160, 60), (200, 60, 60)),
    ((90, 90, 90), (0, 0, 160)),
    ((0, 0, 255), (0, 0, 0)),
    ((255, 140, 0), (0, 170, 170)),
]


def color_pair(strokes, rng):
    digit = somewhere(strokes, rng)
    ink, paper = COLORS[rng.integers(len(COLORS))]
    return to_uint8(blend(digit, np.array(paper), np.array(ink))), digit


def color_pair_in_a_photo(strokes, rng):
    digit = draw(strokes, (300, 300), 170, 13)
    ink, paper = COLORS[rng.integers(4)]
    scene = blend(digit, np.array(paper), np.array(ink))
    scene = scene * lit_paper(digit.shape, rng, 255, 200)[:, :, None] / 255
    return np.dstack([photograph(np.ascontiguousarray(one), rng) for one in scene.T]).swapaxes(
        0, 1
    ), digit


def transparent_rim(strokes, rng):
    """Half-transparent rims, darker than the middle of the strokes, on nothing."""
    digit, wide = draw(strokes, (300, 300), 180, 14), draw(strokes, (300, 300), 180, 22)
    alpha = np.maximum(digit, wide * rng.uniform(0.2, 0.5))
    color = blend(digit, np.array([20, 20, 20]), rng.uniform(80, 220, 3))
    return to_uint8(np.dstack([color, alpha])), wide


def border_of_another_color(strokes, rng):
    digit = draw(strokes, (300, 300), 170, 13)
    image = to_uint8(blend(digit, np.array([250, 250, 240]), np.array([10, 10, 30])))
    color = [(0, 0, 0), (60, 100, 180), (128, 128, 128)][rng.integers(3)]
    widths = rng.integers(1, 40, 4).tolist()
    return cv2.copyMakeBorder(image, *widths, cv2.BORDER_CONSTANT, value=color), digit


# Specks and scans


def specks(strokes, rng):
    digit = draw(strokes, (400, 400), 200, 18)
    image = digit.copy()
    for _ in range(rng.integers(1, 4)):
        place = rng.integers(10, 390), rng.choice([20, 50, 350, 380])
        cv2.circle(image, [int(c) for c in place], int(rng.integers(1, 6)), 255, -1, cv2.LINE_AA)
    return 255 - image, digit


def scan_16(strokes, rng):
    digit = draw(strokes, (160, 160), 140, int(rng.integers(12, 18)))
    return 255 - cv2.resize(digit, (16, 16), interpolation=cv2.INTER_AREA), digit


KINDS = {
    kind.__name__: kind
    for kind in (
        edge_of_a_photo,
        edge_of_a_scan,
        table_at_the_border,
        finger_at_the_border,
        frame,
        frame_in_a_photo,
        rests_of_a_frame,
        underline,
        ruled_paper,
        squared_paper,
        squared_screen,
        hairline_280,
        hairline_800,
        hairline_2000,
        faint,
        faint_hairline,
        pencil,
        shadow_edge,
        color_pair,
        color_pair_in_a_photo,
        transparent_rim,
        border_of_another_color,
        specks,
        scan_16,
    )
}
