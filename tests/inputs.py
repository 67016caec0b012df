"""What a model should survive: bad inputs in endless variety."""

import io
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from uploads import check_clear, encode

from pipeline import SiffraError

SIDES = st.one_of(st.integers(1, 4), st.integers(1, 80), st.sampled_from([1, 200, 500]))
CHANNELS = st.sampled_from([(), (), (1,), (3,), (4,)])
MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK"]
MODES += ["YCbCr", "LAB", "HSV", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"]
DTYPES = ["?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8", "O", "U3", "S4", "M8[s]", "V8"]


# Inputs to the Pipeline


@st.composite
def pictures(draw):
    """An array that is an image: noise, one shade, one pixel, a block or a line of ink."""
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
def odd_shapes(draw):
    """Bytes in a shape that no image has."""
    shape = draw(npst.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6))
    return np.full(shape, draw(st.integers(0, 255)), dtype=np.uint8)


@st.composite
def pillow_images(draw):
    """A PIL image of any mode."""
    mode = draw(st.sampled_from(MODES))
    size = (draw(SIDES), draw(SIDES))
    image = Image.new(mode, size)
    # Half of it random bytes: what they mean is the mode's business.
    data = np.random.default_rng(draw(st.integers(0, 1000))).bytes(len(image.tobytes()))
    if draw(st.booleans()):
        image.frombytes(data)
    return image


@st.composite
def damaged_images(draw):
    """A PIL image whose file is cut off or has wrong bytes in it; it opens, and then fails."""
    content = bytearray(draw(st.sampled_from(FILES)))
    if draw(st.booleans()):
        del content[draw(st.integers(40, len(content))) :]
    for place in draw(st.lists(st.integers(8, len(content) - 1), max_size=5)):
        content[place] ^= draw(st.integers(1, 255))
    try:
        return Image.open(io.BytesIO(content))
    except Exception:  # no image even to Pillow: the caller never had one
        return Image.new("L", (5, 5))


FILES = [
    encode("PNG"),
    encode("JPEG"),
    encode("JPEG", "CMYK"),
    encode("WEBP"),
    encode("GIF"),
    encode("BMP"),
    encode("TIFF"),
    encode("PPM"),
    encode("ICO"),
    encode("TGA"),
    encode("PCX"),
    encode("JPEG", progressive=True),
]

OTHERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.just(Fraction(1, 3)),
    st.just(SimpleNamespace(shape=(3, 3), dtype=np.uint8)),
    st.just(np.ma.masked_array(np.zeros((5, 5), np.uint8), mask=True)),
    st.just(range(3)),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.lists(st.lists(st.integers(0, 255), max_size=3), max_size=3),
)
THINGS = st.one_of(
    pictures(), pictures(), odd_arrays(), odd_shapes(), pillow_images(), damaged_images(), OTHERS
)
BATCHES = st.one_of(
    pictures().map(lambda image: [image]),
    st.lists(THINGS, max_size=3),
    st.lists(THINGS, max_size=3).map(tuple),
    st.lists(THINGS, max_size=3).map(iter),
    npst.arrays(np.uint8, npst.array_shapes(min_dims=3, max_dims=4, min_side=0, max_side=8)),
    THINGS,
)


def survive(predict, batch):
    """Predict, and make sure that the outcome is clear; return what it was."""
    try:
        probabilities = predict(batch)
    except SiffraError as error:
        check_clear(str(error))
        return type(error).__name__
    assert probabilities.ndim == 2
    assert probabilities.shape[1] == 10
    assert np.all(np.abs(probabilities.sum(axis=1) - 1) < 1e-9)
    assert np.all(probabilities >= 0)
    return "probabilities" if len(probabilities) else "no rows"
