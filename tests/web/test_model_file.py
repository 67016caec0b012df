"""A model file that is not whole, not ours or hostile is an error, and never a wrong answer."""

import gzip
import json
import zlib

import numpy as np
import pytest
from node import JavaScriptError

from siffra import DigitReader
from siffra.export import pack_model

START = 12  # of the header, after the magic and its length
# What only Python needs.
IN_PYTHON_ONLY = {
    "adaptation": {"MAX_FILE_SIZE"},
    "foreground": {"MIN_DRAWING_SIDE"},
    "grayscale": {"CHANNELS", "OPAQUE"},
    "normalization": {"N_PIXELS"},
    "numbers.lattice": {"DIGIT", "PART"},
    "numbers.number": {"CLEAR", "DIGIT", "IS_DIGIT", "SLASH"},
}


@pytest.fixture(scope="module")
def packed(model, judge):
    """The file of a small model."""
    return pack_model(DigitReader(model, judge=judge))


@pytest.fixture
def parts(packed):
    """The header, and the arrays by name."""
    content = gzip.decompress(packed)
    start = START + int.from_bytes(content[8:START], "little")
    header = json.loads(content[START:start])
    arrays = {
        name: np.frombuffer(content, place["type"], place["length"], start + place["offset"]).copy()
        for name, place in header.pop("arrays").items()
    }
    return header, arrays


def pack(header, arrays):
    """Write a file as `pack_model` does."""
    places, blocks, offset = {}, [], 0
    for name, array in arrays.items():
        places[name] = {"type": array.dtype.name, "length": array.size, "offset": offset}
        blocks.append(array.tobytes() + bytes(-array.nbytes % 8))
        offset += len(blocks[-1])
    text = json.dumps(header | {"arrays": places}).encode()
    text += b" " * (-(START + len(text)) % 8)
    content = b"SIFFRA\r\n" + len(text).to_bytes(4, "little") + text + b"".join(blocks)
    return gzip.compress(content, 1)


def test_a_file_that_was_not_changed_is_loaded(node, packed, parts):
    assert gzip.decompress(pack(*parts)) == gzip.decompress(packed)
    assert node.load(pack(*parts), keep=False) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a model file"),
        (b"SIFFRA1\n" + bytes(100), "not a model file"),
        (b"SIFFRA\r\n\xff\xff\xff\xff{}", "no valid header|format undefined"),
        (b"SIFFRA\r\n\x04\0\0\0null", "no valid header"),
        (b"SIFFRA\r\n\x0c\0\0\0" + b'{"format":1}', "format 1, but .* needs format 4"),
    ],
)
def test_another_file_is_an_error(node, content, message):
    with pytest.raises(JavaScriptError, match=f"ModelError: .*({message})"):
        node.load(gzip.compress(content), keep=False)


def test_a_page_instead_of_a_file_is_an_error(node):
    with pytest.raises(JavaScriptError, match=r"ModelError: .*not a model file"):
        node.load(b"<!doctype html>", keep=False)


def test_half_a_file_is_an_error(node, packed):
    content = gzip.decompress(packed)
    for part in (packed[: len(packed) // 2], gzip.compress(content[: len(content) // 2])):
        with pytest.raises(JavaScriptError, match="ModelError"):
            node.load(part, keep=False)


def test_each_constant_is_needed(node, parts):
    """A constant that is only in Python would be a literal in JavaScript, or forgotten."""
    constants = parts[0]["constants"]
    for module, group in constants.items():
        unneeded = IN_PYTHON_ONLY.get(module, set())
        for name in group:
            rest = {key: value for key, value in group.items() if key != name}
            call = "constants.js", "checkConstants", [constants | {module: rest}]
            if name in unneeded:
                node.call(*call)
                continue
            with pytest.raises(JavaScriptError, match=f"no valid constant {name} of {module}"):
                node.call(*call)


@pytest.mark.parametrize("value", [None, "1", -1, 1e9, [1], {}])
def test_a_constant_is_a_number(node, parts, value):
    parts[0]["constants"]["lines"]["MAX_SLOPE"] = value
    with pytest.raises(JavaScriptError, match="no valid constant MAX_SLOPE of lines"):
        node.load(pack(*parts), keep=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MIN_LEVEL", 0.5), ("MIN_LEVEL", ["0.5"]), ("SMOOTHING", 1), ("EDGE_SIZE", 4096)],
)
def test_a_constant_is_a_list_or_within_limits(node, parts, name, value):
    """To smooth a photograph with a hostile file would take hours."""
    parts[0]["constants"]["illumination"][name] = value
    with pytest.raises(JavaScriptError, match=f"no valid constant {name} of illumination"):
        node.load(pack(*parts), keep=False)


@pytest.mark.parametrize("group", ["classes", "thresholds", "preprocessing", "features", "scores"])
def test_each_group_of_the_header_is_needed(node, parts, group):
    header, arrays = parts
    del header[group]
    with pytest.raises(JavaScriptError, match="ModelError"):
        node.load(pack(header, arrays), keep=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda array: None,
        lambda array: array[:0],
        lambda array: array[:-1],
        lambda array: array.astype(np.uint8 if array.dtype.kind == "f" else np.float32),
    ],
    ids=["missing", "empty", "short", "of another type"],
)
def test_each_array_is_needed_whole(node, parts, change):
    header, arrays = parts
    for name, array in arrays.items():
        changed = change(array)
        is_shorter_forest = name.endswith("roots") and changed is not None and len(changed)
        is_single_only = name == "judge_roots" and changed is None
        if (is_shorter_forest and changed.dtype == array.dtype) or is_single_only:
            continue
        rest = {key: value for key, value in arrays.items() if key != name}
        others = rest if changed is None else rest | {name: changed}
        with pytest.raises(JavaScriptError, match="ModelError"):
            node.load(pack(header, others), keep=False)


@pytest.mark.parametrize("prefix", ["", "judge_"])
@pytest.mark.parametrize(
    ("name", "is_leaf", "value"),
    [
        ("jump", False, 0),
        ("jump", False, 2**16 - 1),
        ("jump", True, 2**16 - 1),
        ("feature", False, 200),
        ("feature", True, 0),
        ("roots", None, 2**32 - 1),
    ],
)
def test_a_tree_that_leads_nowhere_is_an_error(node, parts, prefix, name, is_leaf, value):
    """It could keep the reader busy for ever."""
    header, arrays = parts
    leaves = np.flatnonzero(arrays[f"{prefix}feature"] == header["leaf_feature"])
    inner = np.flatnonzero(arrays[f"{prefix}feature"] != header["leaf_feature"])
    place = {None: 0, True: leaves[-1], False: inner[-1]}[is_leaf]
    arrays[prefix + name][place] = value
    with pytest.raises(
        JavaScriptError, match="ModelError: The model file has a tree that leads nowhere"
    ):
        node.load(pack(header, arrays), keep=False)


def test_trees_that_take_for_ever_are_an_error(node, parts):
    """A row would go through a chain of 300,000 nodes, a million times."""
    header, arrays = parts
    n_nodes = 300_000
    arrays["feature"] = np.zeros(n_nodes, np.uint8)
    arrays["feature"][-1] = header["leaf_feature"]
    arrays["threshold"] = np.zeros(n_nodes, np.float32)
    arrays["jump"] = np.ones(n_nodes, np.uint16)
    arrays["jump"][-1] = 0
    for n_roots in (1, 1_000_000):
        arrays["roots"] = np.zeros(n_roots, np.uint32)
        with pytest.raises(JavaScriptError, match="ModelError"):
            node.load(pack(header, arrays), keep=False)


def test_a_file_that_unpacks_to_too_much_is_an_error(node, packed):
    content = gzip.compress(gzip.decompress(packed) + bytes(2**26), 1)
    with pytest.raises(JavaScriptError, match=r"ModelError: .* has more than 67108864 bytes"):
        node.load(content, keep=False)


def test_digits_are_read_before_all_has_arrived(node, packed, parts):
    """The first part alone makes a reader of digits, which says what the whole one says."""
    digit_end = parts[0]["digit_end"]
    content = gzip.decompress(packed)
    size = START + int.from_bytes(content[8:START], "little") + digit_end
    assert size < len(content)
    seven = np.full((60, 60), 255, np.uint8)
    seven[10:16, 15:45] = seven[10:50, 39:45] = 0
    # Compressed so that the first part has to be unpacked before the rest has come.
    compressor = zlib.compressobj(wbits=31)
    first = compressor.compress(content[:size]) + compressor.flush(zlib.Z_SYNC_FLUSH)
    rest = compressor.compress(content[size:]) + compressor.flush()
    early, whole = node.load_in_parts(first, rest, seven)
    with node.loaded(packed):
        (expected,) = node.read([seven])
    assert (early["hasJudge"], whole["hasJudge"]) == (False, True)
    for found in (early, whole):
        np.testing.assert_array_equal(found["probabilities"], expected["probabilities"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_an_error(node, parts, value):
    header, arrays = parts
    # JavaScript reads those of 16 bits as large numbers.
    for name in [name for name, one in arrays.items() if one.dtype in (np.float32, np.float64)]:
        changed = arrays[name].copy()
        changed[-1] = value
        with pytest.raises(JavaScriptError, match="not finite"):
            node.load(pack(header, arrays | {name: changed}), keep=False)


@pytest.mark.parametrize(
    ("group", "name"),
    [("preprocessing", "digit_size"), ("preprocessing", "stroke_width"), ("features", "n_cells")],
)
@pytest.mark.parametrize("value", [-1, 1e9])
def test_a_parameter_out_of_its_range_is_an_error(node, parts, group, name, value):
    parts[0][group][name] = value
    with pytest.raises(JavaScriptError, match="ModelError"):
        node.load(pack(*parts), keep=False)


def test_a_reader_keeps_its_constants_when_another_is_loaded(node, parts):
    header, arrays = parts
    seven = np.full((60, 60), 255, np.uint8)
    seven[10:16, 15:45] = seven[10:50, 39:45] = 0
    (before,) = node.read([seven])
    header["constants"]["normalization"]["WORKING_SIZE"] = 16
    node.load(pack(header, arrays), keep=False)
    (after,) = node.read([seven])
    np.testing.assert_array_equal(after["digit"], before["digit"])
    with node.loaded(pack(header, arrays)):
        assert not np.array_equal(node.read([seven])[0]["digit"], before["digit"])
