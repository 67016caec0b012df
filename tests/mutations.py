"""Random changes to the files of a model folder: bytes, sizes, nodes, arrays, trees and JSON."""

import copy
import hashlib
import io
import json
from functools import lru_cache
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
from model_files import (
    CHECKSUMS,
    inflate_to,
    lie,
    make_chain,
    nodes,
    npy,
    share_child,
    swap_children,
    walk,
)

SCALARS = [
    *(None, True, False, 0, 1, -1, 2, 7, 9, 10, 11, 255, 2**31, 2**63, -(2**63), 10**400),
    *(0.5, -0.0, 1e-320, 1e30, 1e308, float("nan"), float("inf"), float("-inf")),
    *("", "text", "../../x", "<b>", "\x1b[2J", "--pre", "\udcff", [], {}, [[[]]]),
]
TEXTS = [json.dumps(value) for value in SCALARS] + ["[" * 2000, "9" * 5000, "1e999"]
TYPES = [
    *(("builtins", name) for name in ("str", "int", "dict", "list", "tuple", "eval", "type")),
    *(("numpy", name) for name in ("ndarray", "float32", "int64", "object_", "matrix", "load")),
    ("os", "system"),
    ("siffra.features", "GradientHistograms"),
    ("siffra.forest", "LowLatencyRandomForest"),
    ("siffra.preprocessing.transformer", "MnistPreprocessor"),
    ("siffra.scores", "KernelScores"),
    ("sklearn.decomposition._pca", "PCA"),
    ("sklearn.pipeline", "Pipeline"),
    ("sklearn.tree._classes", "DecisionTreeClassifier"),
    ("sklearn.tree._tree", "Tree"),
]
LOADERS = ["JsonNode", "TypeNode", "DictNode", "ListNode", "TupleNode", "NdArrayNode"]
LOADERS += ["ObjectNode", "TreeNode", "FunctionNode", "MethodNode", "SetNode", "SliceNode"]
NUMBERS = [0, 1, -1, 2, 9, 10, 11, 0.5, 1e-30, 1e6, 1e7, 1e30, np.nan, np.inf, -np.inf]
DTYPES = ["<f4", "<f8", "<i8", "<i4", ">f4", "|u1", "<f2", "|b1", "<U3", "<c8"]
OPENINGS = ["[", '{"a":', '[{"a":']


def mutate(files, rng, model="model.skops"):
    """Return a copy of a folder's files (by name) after one to three random changes.

    model : the model file that is changed, if not the JSON
    """
    files = dict(files)
    kinds = ["bytes", "schema", "schema", "arrays", "arrays", "trees", "json"]
    for _ in range(rng.integers(1, 4)):
        kind = rng.choice(kinds)
        if kind == "json":
            name = rng.choice(["config.json", "metrics.json"])
            files[name] = _change_json(files[name], rng)
        elif kind == "bytes":
            files[model] = _change_bytes(files[model], rng)
        else:
            files[model] = _change_archive(files[model], kind, rng)
    if rng.random() < 0.1:
        files[model] = _lie_about_a_size(files[model], rng)
    if rng.random() < 0.9:
        files["config.json"] = _vouch(files)
    return files


def _vouch(files):
    """Return config.json with the checksums of the models, if it can still be changed."""
    try:
        config = json.loads(files["config.json"])
        for name in CHECKSUMS.keys() & files.keys():
            config[CHECKSUMS[name]] = hashlib.sha256(files[name]).hexdigest()
        return json.dumps(config).encode()
    except (ValueError, TypeError, RecursionError):
        return files["config.json"]


def _pick(values, rng):
    return values[rng.integers(len(values))]


def _change_bytes(content, rng):
    changed = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        # Half of the places are in the directory at the end.
        low = 0 if rng.random() < 0.5 else max(0, len(changed) - 3000)
        start = int(rng.integers(low, max(low + 1, len(changed))))
        end = start + int(rng.integers(1, 40))
        match rng.integers(4):
            case 0:
                changed[start : start + 1] = bytes([rng.integers(256)])
            case 1:
                del changed[start:end]
            case 2:
                changed[start:start] = rng.bytes(8)
            case 3:
                changed[start:start] = changed[start:end]
    return bytes(changed)


@lru_cache(maxsize=2)
def _unpack(content):
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _change_archive(content, kind, rng):
    try:
        entries = dict(_unpack(content))
        schema = json.loads(entries.pop("schema.json"))
    except Exception:  # it was damaged by an earlier change
        return _change_bytes(content, rng)
    if kind == "schema":
        _change_node(schema, entries, rng)
    elif kind == "trees":
        _change_tree(schema, entries, rng)
    elif entries:
        name = _pick(list(entries), rng)
        entries[name] = _change_array(entries[name], rng)
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", compresslevel=1) as archive:
        archive.writestr("schema.json", json.dumps(schema))
        for index, (name, entry) in enumerate(entries.items()):
            # To compress all would take longer than to load them; none would be too large.
            archive.writestr(name, entry, ZIP_STORED if index % 3 else ZIP_DEFLATED)
    return buffer.getvalue()


def _change_node(schema, entries, rng):
    """Change one node of the schema in place."""
    found = [node for node in walk(schema) if "__loader__" in node]
    node, other = _pick(found, rng), _pick(found, rng)
    match rng.integers(9):
        case 0:
            node.pop(_pick(list(node), rng))
        case 1:
            node["__module__"], node["__class__"] = _pick(TYPES, rng)
        case 2:
            node["__loader__"] = _pick(LOADERS, rng)
        case 3:
            node["__id__"] = _pick([other.get("__id__"), 0, -1, 1, None, "x", 10**400], rng)
        case 4:
            replacement = copy.deepcopy(other)
            node.clear()
            node |= replacement
        case 5:
            node["content"] = copy.deepcopy(other.get("content"))
        case 6:
            scalars = [node for node in found if node["__loader__"] == "JsonNode"] or found
            _pick(scalars, rng).update(content=_pick(TEXTS, rng), __id__=int(rng.integers(1, 9)))
        case 7:
            arrays = [node for node in found if "file" in node] or found
            _pick(arrays, rng)["file"] = _pick([*entries, "schema.json", "nothing"], rng)
        case 8:
            dicts = [node for node in found if node["__loader__"] == "DictNode"] or found
            content, key = _pick(dicts, rng).get("content"), _pick(["_joined", "x", "coef_"], rng)
            if isinstance(content, dict):
                key = _pick([key, *content], rng)
                content[key] = copy.deepcopy(other)


def _lie_about_a_size(content, rng):
    """Announce an entry as it is, and let it inflate to more."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            name = _pick(archive.namelist(), rng)
            said = archive.read(name)
        return lie(content, name, inflate_to(said, _pick([0, 2**20, 2**26, 2**30], rng)), said)
    except Exception:
        return content


def _change_tree(schema, entries, rng):
    """Change the order of a tree, or replace it by a chain; leave damaged ones as they are."""
    try:
        state = _pick(nodes(schema, "TreeNode"), rng)["content"]["content"]
        names = state["nodes"]["file"], state["values"]["file"]
        tree, values = (np.load(io.BytesIO(entries[name])) for name in names)
        match rng.integers(3):
            case 0:
                swap_children(tree)
            case 1:
                share_child(tree)
            case 2:
                depth = _pick([0, 20, 100, 1000, 200_000], rng)
                chain = make_chain(depth, 1, values.shape[2]).__getstate__()
                tree, values = chain["nodes"], chain["values"]
                for key, value in (("node_count", len(tree)), ("max_depth", depth)):
                    state[key] |= {"content": str(value), "__id__": int(rng.integers(1, 10**9))}
        entries |= zip(names, map(npy, (tree, values)), strict=True)
    except (KeyError, IndexError, TypeError, ValueError):
        return


def _change_array(content, rng):
    try:
        array = np.load(io.BytesIO(content))
    except Exception:
        return _change_bytes(content, rng)
    match rng.integers(6):
        case 0:
            return _change_bytes(content, rng)
        case 1:
            header = content[:128].replace(str(array.shape).encode(), _pick([b"(9,9)", b"()"], rng))
            return header + content[128:]
        case 2:
            return npy(np.resize(array, rng.integers(0, 12, rng.integers(0, 4))))
        case 3 if array.dtype.names is None:
            return npy(array.astype(_pick(DTYPES, rng)))
    if array.size == 0:
        return content
    flat = array.reshape(-1).copy()
    places = rng.integers(flat.size, size=rng.integers(1, 4))
    names = array.dtype.names
    target = flat if names is None else flat[_pick(names, rng)]
    number = _pick(NUMBERS, rng)
    if target.dtype.kind in "iu":
        number = int(np.nan_to_num(number, posinf=2**40, neginf=-(2**40)).clip(-(2**40), 2**40))
        number %= 256 if target.dtype.kind == "u" else 2**41
    with np.errstate(all="ignore"):
        target[places] = number
    return npy(flat.reshape(array.shape))


def _change_json(content, rng):
    try:
        values = json.loads(content)
        containers = [*walk(values)]
        container = _pick(containers, rng)
        key = _pick(list(container), rng)
        match rng.integers(3):
            case 0:
                container.pop(key)
            case 1:
                container[key] = _pick(SCALARS, rng)
            case 2:
                container[key] = copy.deepcopy(_pick(containers, rng))
        text = json.dumps(values)
    except (ValueError, IndexError, RecursionError):
        text = content.decode(errors="replace")
    if rng.random() < 0.3:
        start = int(rng.integers(len(text) + 1))
        inserted = _pick([*TEXTS, _pick(OPENINGS, rng) * 20_000], rng)
        text = text[:start] + inserted + text[start + int(rng.integers(20)) :]
    return text.encode(errors="surrogatepass")
