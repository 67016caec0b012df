"""The archive of a model file: written reproducibly, checked before anything is loaded."""

import io
import itertools
import json
import math
import re
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import skops.io
from numpy.lib import format as npy
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import NODE_DTYPE, Tree

from ..forest import LowLatencyRandomForest
from .checks import N_SIGNALS, is_scalar, require
from .limits import MAX_FILE_SIZE, N_CLASSES, N_SCORES, N_VERDICTS
from .trusted_types import STEPS, full_name

_PROTOCOL: Final = 2  # of skops 0.16
_MAX_UNPACKED_SIZE: Final = 64 * 2**20
_MAX_SCHEMA_SIZE: Final = 4 * 2**20
_MAX_ENTRIES: Final = 10_000
_MAX_NODES: Final = 20_000  # the released model has 3,101
_MAX_DEPTH: Final = 32  # of nodes; the released model has 16
_MAX_SCALAR_LENGTH: Final = 100  # characters of JSON

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
    node_ids, files, target = itertools.count(1), dict[str, str](), io.BytesIO()
    with (
        ZipFile(io.BytesIO(skops.io.dumps(model))) as source,
        ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        schema = source.read("schema.json").decode()
        schema = re.sub(r'(?<="__id__": )\d+', lambda _: str(next(node_ids)), schema)
        schema = re.sub(
            r'(?<="file": ")\d+', lambda match: files.setdefault(match[0], str(len(files))), schema
        )
        archive.writestr(ZipInfo("schema.json"), schema, ZIP_DEFLATED)
        for name in source.namelist():
            if name != "schema.json":
                new_name = f"{files[name.removesuffix('.npy')]}.npy"
                content = _clear_padding(source.read(name))
                archive.writestr(ZipInfo(new_name), content, ZIP_DEFLATED)
    return target.getvalue()


def _clear_padding(content: bytes) -> bytes:
    """Clear the bytes between the fields of a structured array: they are random."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    cleared, target = np.zeros(array.shape, array.dtype), io.BytesIO()
    for field in array.dtype.names or [...]:
        cleared[field] = array[field]
    np.save(target, cleared, allow_pickle=False)
    return target.getvalue()


def check_archive(content: bytes, n_features: int = N_SCORES, n_classes: int = N_CLASSES) -> None:
    """Check a skops file before anything is loaded from it; raise ModelError or any other error.

    n_features, n_classes: expected by every tree.
    """
    require(len(content) <= MAX_FILE_SIZE, f"it has more than {MAX_FILE_SIZE:,} bytes")
    # Counts the entries by their signature before they are parsed.
    require(content.count(b"PK\1\2") <= _MAX_ENTRIES, f"it has more than {_MAX_ENTRIES:,} entries")
    with ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        require(unpacked <= _MAX_UNPACKED_SIZE, f"it unpacks to {unpacked:,} bytes")
        require(
            {entry.compress_type for entry in entries} <= {ZIP_STORED, ZIP_DEFLATED},
            "its compression method is not supported",
        )
        schema_size = archive.getinfo("schema.json").file_size
        require(schema_size <= _MAX_SCHEMA_SIZE, f"its schema has {schema_size:,} bytes")
        root, schema = (
            json.loads(archive.read("schema.json")),
            _Schema(archive, n_features, n_classes),
        )
        require(root["protocol"] == _PROTOCOL, "it is from an unsupported version of skops")
        schema.check(root)
        require(
            sorted(archive.namelist()) == sorted(["schema.json", *schema.arrays]),
            "it has unused entries, or several with the same name",
        )


def check_judge_archive(content: bytes) -> None:
    """Check the skops file of the judge of numbers."""
    check_archive(content, N_SIGNALS, N_VERDICTS)


class _Schema:
    """The nodes of a schema, in the order in which skops reads them."""

    def __init__(self, archive: ZipFile, n_features: int, n_classes: int) -> None:
        self.archive = archive
        self.n_features, self.n_classes = n_features, n_classes
        self.arrays: set[str] = set()
        self.checked: dict[int, tuple[Any, int, int]] = {}
        self.n_nodes = 0

    def check(self, node: dict[str, Any], depth: int = 0) -> Any:
        """Check a node and its children; return scalars, containers, and dtype and shape."""
        node_id, n_nodes, n_arrays = node["__id__"], self.n_nodes, len(self.arrays)
        require(type(node_id) is int and node_id > 0, "it contains an invalid id")
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
        with self.archive.open(file_name) as file:
            require(npy.read_magic(file) == (1, 0), "the format of an array is not supported")
            shape, _, dtype = npy.read_array_header_1_0(file)
            size = file.tell() + math.prod(shape) * dtype.itemsize
        require(dtype in {*_NUMBERS, NODE_DTYPE}, f"it contains an array of {dtype!s:.80}")
        require(
            min(shape, default=0) >= 0 and size == self.archive.getinfo(file_name).file_size,
            "the size of an array differs from its header",
        )
        return dtype, shape

    def _check_tree_state(self, arguments: Any, state: dict[str, Any]) -> None:
        """Check what the compiled class of a tree uses while it is being constructed."""
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
