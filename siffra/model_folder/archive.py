"""The archive of a model file: written reproducibly, checked before anything is loaded."""

import io
import itertools
import json
import math
import re
import struct
import zlib
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import skops.io
from numpy.lib import format as npy
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from ..forest import LowLatencyRandomForest
from ..sklearn_internals import NODE_DTYPE, Tree
from .checks import N_SIGNALS, is_scalar, require
from .limits import MAX_FILE_SIZE, N_CLASSES, N_SCORES, N_VERDICTS
from .trusted_types import STEPS, full_name

_PROTOCOL: Final = 2  # of skops 0.16
_MAX_UNPACKED_SIZE: Final = 64 * 2**20
_MAX_SCHEMA_SIZE: Final = 4 * 2**20
_MAX_ENTRIES: Final = 10_000
_MAX_NODES: Final = 20_000  # the released model has 3,101
_MAX_ID: Final = 2**60  # above, different numbers have the same hash, and look-ups are slow
_MAX_DEPTH: Final = 32  # of nodes; the released model has 16
_MAX_SCALAR_LENGTH: Final = 100  # characters of JSON
# The local header of an entry: its size, and where it has the lengths of name and extra field.
_LOCAL_HEADER_SIZE: Final = 30
_LENGTHS_OFFSET: Final = 26

_NUMBERS: Final = {np.dtype(name) for name in ("float32", "float64", "int64")}
# The kinds of nodes that a skops schema of a model has, and the types that they may stand for.
_NODE_TYPES: Final = {
    "JsonNode": {"builtins.str"},  # any scalar
    "TypeNode": {"builtins.str"},  # the type of a key
    "DictNode": {"builtins.dict"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "NdArrayNode": {"numpy.ndarray", *(f"numpy.{dtype.name}" for dtype in _NUMBERS)},
    "ObjectNode": set(map(full_name, (*STEPS.values(), Pipeline, DecisionTreeClassifier))),
    "TreeNode": {full_name(Tree)},
}


def dump_model(model: Pipeline | LowLatencyRandomForest) -> bytes:
    """Return a skops file that is the same for equal models.

    skops names nodes by their addresses in memory and dates its entries; here they are numbered
    and have no date, and the arrays have no random bytes.
    """
    node_ids, files = itertools.count(1), dict[str, str]()
    with ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        schema = source.read("schema.json").decode()
        schema = re.sub(r'(?<="__id__": )\d+', lambda _: str(next(node_ids)), schema)
        schema = re.sub(
            r'(?<="file": ")\d+', lambda match: files.setdefault(match[0], str(len(files))), schema
        )
        entries = {"schema.json": schema.encode()}
        for name in source.namelist():
            if name != "schema.json":
                new_name = f"{files[name.removesuffix('.npy')]}.npy"
                entries[new_name] = _clear_padding(source.read(name))
    return _pack(entries, ZIP_DEFLATED)


def _clear_padding(content: bytes) -> bytes:
    """Clear the bytes between the fields of a structured array: they are random."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    cleared, target = np.zeros(array.shape, array.dtype), io.BytesIO()
    for field in array.dtype.names or [...]:
        cleared[field] = array[field]
    np.save(target, cleared, allow_pickle=False)
    return target.getvalue()


def check_archive(content: bytes, n_features: int = N_SCORES, n_classes: int = N_CLASSES) -> bytes:
    """Check a skops file before anything is loaded from it; raise ModelError or any other error.

    n_features, n_classes: expected by every tree.

    Returns an archive of the entries as they were checked, not compressed, for skops to load.
    """
    entries = _unpack(content)
    root, schema = json.loads(entries["schema.json"]), _Schema(entries, n_features, n_classes)
    require(root["protocol"] == _PROTOCOL, "it is from an unsupported version of skops")
    schema.check(root)
    require(entries.keys() == {"schema.json", *schema.arrays}, "it has unused entries")
    return _pack(entries, ZIP_STORED)


def _unpack(content: bytes) -> dict[str, bytes]:
    """Return the entries of an archive whose sizes, all stated in advance, are within limits."""
    require(len(content) <= MAX_FILE_SIZE, f"it has more than {MAX_FILE_SIZE:,} bytes")
    # Counts the entries by their signature before they are parsed.
    require(content.count(b"PK\1\2") <= _MAX_ENTRIES, f"it has more than {_MAX_ENTRIES:,} entries")
    with ZipFile(io.BytesIO(content)) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        require(len(entries) == len(archive.infolist()), "it has several entries of the same name")
    packed = sum(entry.compress_size for entry in entries.values())
    unpacked = sum(entry.file_size for entry in entries.values())
    schema_size = entries["schema.json"].file_size
    require(packed <= len(content), "its entries overlap")
    require(unpacked <= _MAX_UNPACKED_SIZE, f"it unpacks to {unpacked:,} bytes")
    require(schema_size <= _MAX_SCHEMA_SIZE, f"its schema has {schema_size:,} bytes")
    return {name: _read_entry(content, entry) for name, entry in entries.items()}


def _read_entry(content: bytes, entry: ZipInfo) -> bytes:
    """Return the bytes of an entry, which must have exactly its stated size and checksum.

    `ZipFile.read` inflates an entry to its end, whatever its stated size.
    """
    start = entry.header_offset
    name_length, extra_length = struct.unpack_from("<2H", content, start + _LENGTHS_OFFSET)
    start += _LOCAL_HEADER_SIZE + name_length + extra_length
    data, is_complete = content[start : start + entry.compress_size], True
    if entry.compress_type == ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        data = inflater.decompress(data, entry.file_size + 1)
        is_complete = inflater.eof and not inflater.unused_data
    else:
        require(entry.compress_type == ZIP_STORED, "its compression method is not supported")
    require(
        is_complete and len(data) == entry.file_size and zlib.crc32(data) == entry.CRC,
        "the content of an entry differs from its stated size or checksum",
    )
    return data


def _pack(entries: dict[str, bytes], compression: int) -> bytes:
    """Return an archive of entries without dates."""
    target = io.BytesIO()
    with ZipFile(target, "w", compresslevel=9) as archive:
        for name, content in entries.items():
            archive.writestr(ZipInfo(name), content, compression)
    return target.getvalue()


def check_judge_archive(content: bytes) -> bytes:
    """Check the skops file of the judge of numbers, and return it as `check_archive` does."""
    return check_archive(content, N_SIGNALS, N_VERDICTS)


class _Schema:
    """The nodes of a schema, in the order in which skops reads them."""

    def __init__(self, entries: dict[str, bytes], n_features: int, n_classes: int) -> None:
        self.entries = entries
        self.n_features, self.n_classes = n_features, n_classes
        self.arrays: set[str] = set()
        self.checked: dict[int, tuple[Any, int, int]] = {}
        self.n_nodes = 0

    def check(self, node: dict[str, Any], depth: int = 0) -> Any:
        """Check a node and its children; return scalars, containers, and dtype and shape."""
        node_id, n_nodes, n_arrays = node["__id__"], self.n_nodes, len(self.arrays)
        require(type(node_id) is int and 0 < node_id < _MAX_ID, "it contains an invalid id")
        # skops reads only the first node of each id. Repetitions in repetitions could multiply.
        value, size, has_arrays = self.checked.get(node_id, (None, 1, 0))
        self.n_nodes += size
        require(not has_arrays, "an array is used more than once")
        require(self.n_nodes <= _MAX_NODES, f"it has more than {_MAX_NODES:,} nodes")
        require(depth <= _MAX_DEPTH, f"it is nested more than {_MAX_DEPTH} levels deep")
        if node_id not in self.checked:
            value = self._check_first(node, depth + 1)
            self.checked[node_id] = value, self.n_nodes - n_nodes, len(self.arrays) - n_arrays
        return value

    def _check_first(self, node: dict[str, Any], depth: int) -> Any:
        loader, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
        require(
            name in _NODE_TYPES.get(loader, ()),
            f"it contains {name!r:.80}, which is not a trusted type",
        )
        match loader:
            case "JsonNode":
                require(len(node["content"]) <= _MAX_SCALAR_LENGTH, "a value is too long")
                value = json.loads(node["content"])
                require(is_scalar(value), f"it contains the value {value!r:.80}")
                return value
            case "TypeNode":
                return name
            case "NdArrayNode":
                return self._check_array(node)
            case "ListNode" | "TupleNode":
                return [self.check(item, depth) for item in node["content"]]
            case "DictNode":
                keys = self.check(node["key_types"], depth)
                require(keys == ["builtins.str"] * len(node["content"]), "a key is not text")
                return {key: self.check(item, depth) for key, item in node["content"].items()}
        content = self.check(node["content"], depth)
        if loader == "TreeNode":
            self._check_tree_state(self.check(node["__reduce__"]["args"], depth), content)
        return name

    def _check_array(self, node: dict[str, Any]) -> tuple[np.dtype[Any], tuple[int, ...]]:
        """Return dtype and shape of an array whose size is that of its entry."""
        file_name = node["file"]
        require(node["type"] == "numpy", "an array is not stored as an array")
        require(file_name not in self.arrays, "an array is used more than once")
        self.arrays.add(file_name)
        file = io.BytesIO(self.entries[file_name])
        require(npy.read_magic(file) == (1, 0), "the format of an array is not supported")
        shape, _, dtype = npy.read_array_header_1_0(file)
        size = file.tell() + math.prod(shape) * dtype.itemsize
        require(dtype in {*_NUMBERS, NODE_DTYPE}, f"it contains an array of {dtype!s:.80}")
        require(
            min(shape, default=0) >= 0 and size == len(self.entries[file_name]),
            "the size of an array differs from its header",
        )
        return dtype, shape

    def _check_tree_state(self, arguments: Any, state: dict[str, Any]) -> None:
        """Check the state from which the compiled class of a tree is constructed."""
        int64, float64 = np.dtype(np.int64), np.dtype(np.float64)
        require(
            arguments == [self.n_features, (int64, (1,)), 1],
            f"a tree does not have {self.n_features} features and one output",
        )
        n_nodes, depth = state["node_count"], state["max_depth"]
        require(
            len(state) == 4
            and type(n_nodes) is type(depth) is int
            and 0 <= depth < n_nodes
            and state["nodes"] == (NODE_DTYPE, (n_nodes,))
            and state["values"] == (float64, (n_nodes, 1, self.n_classes)),
            "the nodes and values of a tree do not match",
        )
