"""Changes to a model folder, as somebody with bad intentions would make them."""

import hashlib
import io
import json
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import skops.io
from sklearn.tree._tree import NODE_DTYPE, Tree

from siffra.model_folder.trusted_types import TRUSTED_TYPES

CHECKSUMS = {"model.skops": "sha256", "numbers.skops": "numbers_sha256"}


def vouch(folder, name="model.skops"):
    """Record the checksum of a model file, whatever it is now."""
    config = json.loads((folder / "config.json").read_text())
    config[CHECKSUMS[name]] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "config.json").write_text(json.dumps(config))


def replace_pipeline(folder, pipeline):
    skops.io.dump(pipeline, folder / "model.skops")
    vouch(folder)


def change_pipeline(folder, change):
    """Load the Pipeline without any check, change it, save it."""
    pipeline = skops.io.load(folder / "model.skops", trusted=list(TRUSTED_TYPES))
    change(pipeline)
    replace_pipeline(folder, pipeline)


def read_archive(folder):
    """Return the schema and the entries of a model file."""
    with ZipFile(folder / "model.skops") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(entries.pop("schema.json"))
    for node in walk(schema):
        if "__id__" in node:
            node["__id__"] += 10**6  # the small ones are free for new nodes
    return schema, entries


def write_archive(folder, schema, entries, compression=ZIP_DEFLATED):
    schema = schema if isinstance(schema, bytes) else json.dumps(schema).encode()
    with ZipFile(folder / "model.skops", "w", compression, compresslevel=1) as archive:
        archive.writestr("schema.json", schema)
        for name, content in entries.items():
            archive.writestr(name, content)
    vouch(folder)


def inflate_to(content, n_bytes):
    """Return a deflated stream of a content and of so many zeros after it."""
    packer, n_zeros = zlib.compressobj(9, wbits=-15), 2**20
    start = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush, the next part does not depend on the one before.
    zeros = packer.compress(bytes(n_zeros)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + zeros * (n_bytes // n_zeros) + packer.flush()


def lie(content, name, packed, said):
    """Return an archive in which a deflated stream is announced as the bytes `said`."""
    target = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(target, "w") as archive:
        for entry in source.namelist():
            if entry != name:
                archive.writestr(ZipInfo(entry), source.read(entry), ZIP_DEFLATED)
        entry = ZipInfo(name)
        archive.writestr(entry, packed, ZIP_STORED)
        # The directory is written last, from these.
        entry.compress_type, entry.file_size, entry.CRC = ZIP_DEFLATED, len(said), zlib.crc32(said)
    return target.getvalue()


def change_archive(folder, change):
    """Change the schema and the entries in place."""
    schema, entries = read_archive(folder)
    change(schema, entries)
    write_archive(folder, schema, entries)


def walk(node):
    """Yield every dict in a schema."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from walk(child)


def nodes(schema, loader):
    return [node for node in walk(schema) if node.get("__loader__") == loader]


def attributes(schema, name):
    """Return the attributes of the first object of a class, by name."""
    return next(
        node["content"]["content"]
        for node in nodes(schema, "ObjectNode")
        if node["__class__"] == name
    )


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def make_tree(nodes, values, n_features):
    """Return a tree of nodes and values, built without any check."""
    tree = Tree(n_features, np.array([values.shape[2]]), 1)
    state = {"node_count": len(nodes), "nodes": nodes, "values": values}
    tree.__setstate__(state | {"max_depth": len(nodes) // 2})
    return tree


def make_chain(depth, n_features, n_classes):
    """Return a tree whose left children are leaves, in scikit-learn's order."""
    nodes = np.zeros(2 * depth + 1, dtype=NODE_DTYPE)
    numbers = np.arange(len(nodes))
    nodes["left_child"] = np.where(numbers % 2, -1, numbers + 1)
    nodes["right_child"] = np.where(numbers % 2, -1, numbers + 2)
    nodes["left_child"][-1] = nodes["right_child"][-1] = -1
    nodes["threshold"] = -1
    return make_tree(nodes, np.full((len(nodes), 1, n_classes), 1 / n_classes), n_features)


def change_nodes(tree, change):
    """Return a tree with changed nodes."""
    state = tree.__getstate__()
    change(state["nodes"])
    return make_tree(state["nodes"], state["values"], tree.n_features)


def swap_children(nodes):
    """Exchange the children of the root: what was left is right."""
    left, right = nodes["left_child"][0], nodes["right_child"][0]
    nodes["left_child"][0], nodes["right_child"][0] = right, left


def share_child(nodes):
    """Give the right child of the last inner node to the one before, too."""
    *_, second, last = np.flatnonzero(nodes["left_child"] != -1)
    nodes["right_child"][second] = nodes["right_child"][last]
