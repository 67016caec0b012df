"""Inputs to the model: drawings whose answer must not change, and anything but an image."""

import io
from fractions import Fraction
from types import SimpleNamespace

import cv2
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from sketching import DIGITS
from uploads import check_clear, encode

from siffra import SiffraError

# Drawings, and what must not change their answer


def drawing(rng):
    """Return a digit drawn with any pen, size, lean and place: gray, dark on a lighter background.

    Its margin has one intensity, as a sketch pad's has.
    """
    strokes = [np.array(stroke) - 0.5 for stroke in DIGITS[str(rng.integers(10))]]
    side = rng.uniform(60, 300)
    pen = max(2, round(rng.uniform(0.04, 0.12) * side))
    angle, shear, aspect = rng.uniform([-0.15, -0.2, 0.7], [0.15, 0.2, 1.1])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = side * turn @ np.array([[aspect, shear], [0, 1]])
    points = [(stroke + rng.normal(0, 0.01, stroke.shape)) @ matrix.T for stroke in strokes]
    low = np.min([stroke.min(axis=0) for stroke in points], axis=0) - pen
    high = np.max([stroke.max(axis=0) for stroke in points], axis=0) + pen
    height, width = (np.ceil(high - low)[::-1] + rng.integers(1, 300, 2)).astype(int)
    corner = rng.uniform(0, [width, height] - (high - low)) - low
    background = int(rng.integers(180, 256))
    image = np.full((height, width), background, dtype=np.uint8)
    for stroke in points:
        fixed = np.rint((stroke + corner) * 8).astype(np.int32)
        cv2.polylines(image, [fixed], False, int(rng.integers(0, 60)), pen, cv2.LINE_AA, 3)
    return image


def shift(image, rng):
    background = image[0, 0]
    rows, columns = np.nonzero(image != background)
    crop = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = crop.shape + rng.integers(2, 400, 2)
    top, left = (rng.integers(1, [height, width] - np.array(crop.shape))).tolist()
    shifted = np.full((height, width), background, dtype=np.uint8)
    shifted[top : top + crop.shape[0], left : left + crop.shape[1]] = crop
    return shifted


def scale(image, rng):
    factor = rng.uniform(0.7, 2)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=method)


def invert(image, rng):
    return 255 - image


def pad(image, rng):
    widths = rng.integers(0, 200, (2, 2)).tolist()
    return np.pad(image, widths, constant_values=image[0, 0])


def recolor(image, rng):
    """Dark ink of one color on light paper of another, as RGB."""
    dark, light = rng.integers(0, 100, 3), rng.integers(180, 256, 3)
    low, high = int(image.min()), int(image.max())
    share = (image[:, :, None] - low) / (high - low)
    return np.rint(dark + share * (light - dark)).astype(np.uint8)


def convert(image, rng):
    kind, options = FORMATS[rng.integers(len(FORMATS))]
    buffer = io.BytesIO(encode(kind, image=Image.fromarray(image), **options))
    return Image.open(buffer)


FORMATS = [
    ("PNG", {}),
    ("BMP", {}),
    ("GIF", {}),
    ("TIFF", {}),
    ("WEBP", {"lossless": True}),
    ("JPEG", {"quality": 95}),
]
RULES = {
    "shifted": shift,
    "scaled": scale,
    "inverted": invert,
    "padded": pad,
    "recolored": recolor,
    "another format": convert,
}

# Anything that a caller may pass

SIDES = st.one_of(st.integers(1, 4), st.integers(1, 80), st.sampled_from([1, 200, 500]))
CHANNELS = st.sampled_from([(), (), (1,), (3,), (4,)])
MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK"]
MODES += ["YCbCr", "LAB", "HSV", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"]
DTYPES = ["u1", "u1", "?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8"]
DTYPES += ["O", "U3", "S4", "M8[s]", "V8"]


@st.composite
def arrays(draw):
    """An image: noise, one intensity, one pixel, a block or a line."""
    shape = (draw(SIDES), draw(SIDES), *draw(CHANNELS))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["noise", "plain", "pixel", "block", "line", "binary"]))
    if kind == "noise":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if kind == "binary":
        return (rng.random(shape) < 0.5).astype(np.uint8) * 255
    image = np.full(shape, rng.integers(0, 256), dtype=np.uint8)
    top, left = rng.integers(0, shape[0]), rng.integers(0, shape[1])
    if kind == "pixel":
        image[top, left] = rng.integers(0, 256)
    if kind == "block":
        image[top : top + rng.integers(1, 50), left : left + rng.integers(1, 50)] ^= 255
    if kind == "line":
        image[top] = rng.integers(0, 256)
    return image


@st.composite
def odd_arrays(draw):
    """An array of any dtype, any number of axes, any values."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(npst.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6))
    if dtype.kind in "OV":
        return np.zeros(shape, dtype)
    return draw(npst.arrays(dtype, shape))


@st.composite
def pillow_images(draw):
    """A PIL image of any mode."""
    mode = draw(st.sampled_from(MODES))
    size = (draw(SIDES), draw(SIDES))
    image = Image.new(mode, size)
    data = np.random.default_rng(draw(st.integers(0, 1000))).bytes(len(image.tobytes()))
    if draw(st.booleans()):
        image.frombytes(data)
    return image


@st.composite
def damaged_images(draw):
    """A PIL image whose file is truncated or has wrong bytes; some open and then fail."""
    content = bytearray(draw(st.sampled_from(FILES)))
    if draw(st.booleans()):
        del content[draw(st.integers(40, len(content))) :]
    for place in draw(st.lists(st.integers(8, len(content) - 1), max_size=5)):
        content[place] ^= draw(st.integers(1, 255))
    try:
        return Image.open(io.BytesIO(content))
    except Exception:  # Pillow refuses it at once
        return Image.new("L", (5, 5))


KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "ICO", "TGA", "PCX")
FILES = [*map(encode, KINDS), encode("JPEG", "CMYK"), encode("JPEG", progressive=True)]

OTHER_TYPES = st.one_of(
    st.sampled_from([None, True, 7, 0.5, "7", b"7", Fraction(1, 3), range(3)]),
    st.just(SimpleNamespace(shape=(3, 3), dtype=np.uint8)),
    st.just(np.ma.masked_array(np.zeros((5, 5), np.uint8), mask=True)),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.lists(st.lists(st.integers(0, 255), max_size=3), max_size=3),
)
THINGS = st.one_of(arrays(), arrays(), odd_arrays(), pillow_images(), damaged_images(), OTHER_TYPES)
LISTS = st.one_of(st.lists(arrays(), min_size=1, max_size=3), st.lists(THINGS, max_size=3))
BATCHES = st.one_of(LISTS, LISTS.map(tuple), LISTS.map(iter), odd_arrays(), THINGS)


def survive(predict, batch):
    """Predict, check the probabilities or the error, and return which it was."""
    try:
        probabilities = predict(batch)
    except SiffraError as error:
        check_clear(str(error))
        return type(error).__name__
    assert probabilities.ndim == 2
    assert probabilities.shape[1] == 10
    assert np.all(np.abs(probabilities.sum(axis=1) - 1) < 1e-9)
    assert np.all(probabilities >= 0)
    return "probabilities"
