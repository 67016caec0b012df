import numpy as np
import pytest

from pipeline import InvalidImageError
from pipeline.canvas import drawing

A, B, C = (np.full((4, 4, 4), shade, dtype=np.uint8) for shade in (1, 2, 3))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({"background": None, "layers": [], "composite": None}, None),
        ({"background": None, "layers": None, "composite": None}, None),
        ({"background": A, "layers": [B], "composite": C}, C),
        ({"background": A, "layers": [A, B], "composite": None}, B),
        ({"background": A, "layers": [], "composite": None}, A),
        ({"composite": C}, C),
    ],
)
def test_the_composite_goes_first_then_the_topmost_layer(value, expected):
    assert drawing(value) is expected


@pytest.mark.parametrize("value", ["a.png", 3, {"image": A}, [A]])
def test_what_is_no_sketch_is_named(value):
    with pytest.raises(InvalidImageError, match="expected the value of an image editor"):
        drawing(value)
