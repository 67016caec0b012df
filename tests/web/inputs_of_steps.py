"""Random images for the steps of the reader."""

import cv2
import numpy as np
from kinds_of_numbers import cropped, form, overlapping


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


def padded_masks(rng):
    return np.pad(masks(rng), 10)


def floats(rng):
    return blobs(rng).astype(np.float32) + rng.random(dtype=np.float32)


def vectors(rng):
    return floats(rng).ravel()[: rng.integers(1, 4000)]


def drawings(rng):
    """Bright strokes on black, some of them with lines and specks."""
    image = np.zeros(rng.integers(100, 300, 2), np.uint8)
    for _ in range(rng.integers(2, 6)):
        points = (rng.random((2, 2)) * image.shape[::-1]).astype(np.int32)
        cv2.polylines(image, [points], False, 255, int(rng.integers(1, 20)), cv2.LINE_AA)
    for row in rng.integers(0, len(image), rng.integers(3)).tolist():
        cv2.line(image, (0, row), (image.shape[1], row + int(rng.integers(3))), 255, 2)
    return image


def drawn_masks(rng):
    return (drawings(rng) > 127).astype(np.uint8)


def on_paper(strokes, rng):
    """Convert bright strokes to dark ones, RGBA, on paper of any color."""
    paper = rng.integers(100, 256, 3)
    return cv2.cvtColor(
        (paper * (1 - strokes[:, :, None] / 300.0)).astype(np.uint8), cv2.COLOR_RGB2RGBA
    )


def drawings_on_paper(rng):
    return on_paper(drawings(rng), rng)


def tiny_drawings(rng):
    size = rng.integers(28, 64, 2).tolist()
    return on_paper(cv2.resize(drawings(rng), size, interpolation=cv2.INTER_AREA), rng)


def edge_traces(rng):
    """Lines at the edge, and perhaps a mark inside."""
    image = np.zeros(rng.integers(40, 200, 2), np.uint8)
    size = min(image.shape)
    thickness = int(rng.integers(1, 2 + size // 20))
    image[-thickness:] = rng.choice([0, 255])
    image[:, :thickness] = 255
    if rng.random() < 0.5:
        center = (rng.uniform(0.2, 0.8, 2) * image.shape[::-1]).astype(int).tolist()
        cv2.circle(image, center, int(rng.integers(1, 2 + size // 20)), 255, -1)
    return on_paper(image, rng)


def faint_strokes(rng):
    """Strokes of different intensities, with soft edges."""
    image = drawings(rng)
    faint = np.roll(image, image.shape[0] // 2, axis=0) * rng.uniform(0.1, 0.6)
    return cv2.GaussianBlur(np.maximum(image, faint.astype(np.uint8)), (0, 0), 1)


def framed(rng):
    """Blobs with a margin of one color, at least on some sides."""
    margins = rng.integers(0, 9, 4).tolist()
    return cv2.copyMakeBorder(blobs(rng), *margins, cv2.BORDER_CONSTANT, value=30)


def photos(rng):
    scene = 200.0 - drawings(rng) * 0.5
    scene += np.linspace(0, 40, scene.shape[1])
    return np.clip(scene + rng.normal(0, 4, scene.shape), 0, 255).astype(np.uint8)


def colors(rng):
    """RGBA images: opaque or not, on a uniform background or not."""
    channels = [blobs(rng, (60, 70)) for _ in range(4)]
    if rng.random() < 0.5:
        channels[3][:] = 255
    image = np.dstack(channels)
    if rng.random() < 0.7:
        image[blobs(rng, (60, 70)) < 150] = rng.integers(0, 256, 4)
        image = cv2.copyMakeBorder(image, 9, 9, 9, 9, cv2.BORDER_REPLICATE)
        image[:9], image[:, :9] = image[0, 0], image[0, 0]
    return np.ascontiguousarray(image)


def mask_of(kind):
    """Return a function that draws an image of a kind and separates its ink."""

    def make_mask(rng):
        return (kind(rng) < 128).astype(np.uint8)

    make_mask.__name__ = f"mask of {kind.__name__}"
    return make_mask


def largest_components(rng):
    mask = mask_of(overlapping)(rng)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    label = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, width, height = stats[label, :4]
    part = labels[top : top + height, left : left + width] == label
    return part.astype(np.uint8)


def forms(rng):
    return cv2.cvtColor(form(rng), cv2.COLOR_GRAY2RGBA)


def cropped_numbers(rng):
    return cv2.cvtColor(cropped(rng), cv2.COLOR_GRAY2RGBA)
