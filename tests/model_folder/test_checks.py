import copy
import io
import json
import shutil
import time
import zipfile

import numpy as np
import pytest
from model_files import (
    attributes,
    change_archive,
    change_pipeline,
    nodes,
    npy,
    read_archive,
    replace_pipeline,
    share_child,
    swap_children,
    vouch,
    write_archive,
)
from numpy.lib.recfunctions import repack_fields
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from sklearn.tree._tree import Tree

from pipeline.model import assemble_pipeline, build_extractor, build_forest, build_scorer
from siffra import ModelError
from siffra.model_folder.checks import check_pipeline
from siffra.model_folder.loading import load_pipeline
from siffra.model_folder.saving import save_model
from siffra.scores import NOT_A_DIGIT
from siffra.sklearn_internals import FOREST_SCALARS, PCA_SCALARS

MB = 2**20


def build_pipeline():
    """Return a tiny Pipeline, fitted on bars of random sizes."""
    extractor, scorer = build_extractor(), build_scorer(55)
    images = np.zeros((55, 20, 20), np.uint8)
    for image, (left, width) in zip(
        images, np.random.default_rng(0).integers(2, 9, (55, 2)), strict=True
    ):
        image[3:17, left : left + width] = 255
    labels = np.arange(55) % 11 + NOT_A_DIGIT
    scores = scorer.fit_transform(extractor.transform(images), labels)
    is_digit = labels != NOT_A_DIGIT
    forest = build_forest(n_estimators=2, min_samples_leaf=1).fit(
        scores[is_digit], labels[is_digit]
    )
    return assemble_pipeline(extractor, scorer, forest)


PIPELINE = build_pipeline()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    save_model(PIPELINE, path)
    load_pipeline(path)
    return path


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "model")


def refuse(folder, match=None):
    """Check that the model is refused at once."""
    start = time.process_time()
    with pytest.raises(ModelError, match=match):
        load_pipeline(folder)
    assert time.process_time() - start < 2


def attack(match):
    """Register a change to the schema and the entries, and what the error says."""

    def register(change):
        ATTACKS[change.__name__] = change, match
        return change

    return register


ATTACKS = {}


def scalar(value):
    """A value that replaces one in a node; skops would read a known id again."""
    return {"content": value, "__id__": 1}


def tree_state(schema):
    return nodes(schema, "TreeNode")[0]["content"]["content"]


def tree_arguments(schema):
    return nodes(schema, "TreeNode")[0]["__reduce__"]["args"]["content"]


@attack("used more than once")
def an_array_is_named_a_thousand_times(schema, entries):
    entries["large.npy"] = npy(np.zeros(2 * MB // 4, dtype=np.float32))
    node = nodes(schema, "NdArrayNode")[0]
    node["file"] = "large.npy"
    attributes(schema, "PCA")["mean_"] = {
        **{"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "__id__": 1},
        "content": [node | {"__id__": number} for number in range(2, 1000)],
    }


@attack("unpacks to 1")
def an_array_unpacks_to_150_mb(schema, entries):
    array = npy(np.zeros((100_000, 393), dtype=np.float32))
    entries[attributes(schema, "KernelScores")["landmarks_"]["file"]] = array


@attack("10,000 entries")
def there_are_too_many_entries(schema, entries):
    entries |= {str(number): b"" for number in range(10_000)}


@attack("unused entries")
def an_entry_is_unused(schema, entries):
    entries["unused.npy"] = b""


@attack("invalid id")
def ids_have_one_hash(schema, entries):
    """Each look-up of an id would compare it with all others."""
    steps, value = attributes(schema, "Pipeline")["steps"], nodes(schema, "JsonNode")[0]
    steps["content"] = [{**value, "__id__": n * (2**61 - 1)} for n in range(1, 15_000)]


@attack("nested")
def nodes_are_in_nodes(schema, entries):
    steps = attributes(schema, "Pipeline")
    for number in range(1, 40):
        inner = steps["steps"]
        steps["steps"] = {**inner, "__id__": number, "content": [inner]}


@attack("20,000 nodes|nested")
def repetitions_are_in_repetitions(schema, entries):
    """Thirty lists, each of which contains the one before twice."""
    pipeline = attributes(schema, "Pipeline")
    node = pipeline["memory"] | {"__id__": 1}
    for number in range(2, 32):
        children = [node, {"__id__": number - 1}]
        node = pipeline["steps"] | {"__id__": number, "content": children}
    pipeline["memory"] = node


@attack("one output")
def an_earlier_node_of_its_id_replaces_a_node(schema, entries):
    """skops gives the tree a billion outputs, the forest's seed, whatever is written there."""
    attributes(schema, "LowLatencyRandomForest")["random_state"] |= scalar("1000000000")
    tree_arguments(schema)[2]["__id__"] = 1


@attack("not stored as an array")
def an_array_is_of_objects(schema, entries):
    node = attributes(schema, "KernelScores")["intercept_"]
    entries.pop(node["file"])
    node |= {"type": "json", "content": [], "shape": {}}


@attack("key")
def a_key_is_a_number(schema, entries):
    del nodes(schema, "DictNode")[0]["key_types"]["content"][0]


@attack("skops")
def the_protocol_is_another_one(schema, entries):
    schema["protocol"] = True


@attack("tree")
def a_tree_has_more_features(schema, entries):
    tree_arguments(schema)[0] |= scalar("12")


@attack("damaged")
def a_tree_has_a_billion_classes(schema, entries):
    entries[tree_arguments(schema)[1]["file"]] = npy(np.array([10**9]))


@attack("nodes and values")
def a_tree_has_more_nodes_than_it_has(schema, entries):
    tree_state(schema)["node_count"] |= scalar("100000")


@pytest.mark.parametrize("name", ATTACKS)
def test_an_archive_that_was_changed(folder, name):
    change, match = ATTACKS[name]
    change_archive(folder, change)
    refuse(folder, match)


def test_files_and_schemas_that_are_too_large(folder):
    _, entries = read_archive(folder)
    write_archive(folder, b" " * 40 * MB, entries)
    refuse(folder, "schema has 41,")
    (folder / "model.skops").write_bytes(bytes(10 * MB + 1))
    vouch(folder)
    refuse(folder, "10,485,760 bytes")


def test_a_repeated_entry(folder):
    with (
        zipfile.ZipFile(folder / "model.skops", "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("schema.json", b"{}")
    vouch(folder)
    refuse(folder, "the same name")


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_compression_without_a_limit_while_unpacking(folder, compression):
    write_archive(folder, *read_archive(folder), compression)
    refuse(folder, "compression")


def test_two_entries_of_the_same_bytes(folder):
    """Many of them would be copied many times."""
    with zipfile.ZipFile(folder / "model.skops", "a") as archive:
        first, second = archive.infolist()[:2]
        second.header_offset, second.compress_size = 0, first.compress_size + second.compress_size
        archive.writestr("unused", b"")  # so that the directory is written again
    vouch(folder)
    refuse(folder, "overlap")


@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_size_that_is_not_the_stated_one(folder, change, compression):
    write_archive(folder, *read_archive(folder), compression)
    with zipfile.ZipFile(folder / "model.skops", "a") as archive:
        archive.getinfo("schema.json").file_size += change
        archive.comment = b"so that the directory is written again"
    vouch(folder)
    refuse(folder, "stated size")


@pytest.mark.parametrize("text", ["[" * 10**6, "{}", "\xff"])
def test_a_schema_that_is_something_else(folder, text):
    write_archive(folder, text.encode("latin-1"), {})
    refuse(folder, "damaged or not a model")


@pytest.mark.parametrize(
    "header",
    [
        {"shape": (10**9,)},
        {"shape": (-5, -2)},
        {"descr": "|O"},
        {"descr": [("a", "<f4", (10**6, 10**6))]},
        None,
    ],
)
def test_a_header_that_lies(folder, header):
    def change(schema, entries):
        file = io.BytesIO(b"\x93NUMPY\2\0")
        if header:
            true = {"descr": "<f4", "fortran_order": False, "shape": (10,)}
            np.lib.format.write_array_header_1_0(file, true | header)
        name = attributes(schema, "KernelScores")["intercept_"]["file"]
        entries[name] = file.getvalue() + bytes(40)

    change_archive(folder, change)
    refuse(folder, "array|damaged")


@pytest.mark.parametrize(
    ("loader", "module", "name"),
    [
        ("TypeNode", "os", "system"),
        ("FunctionNode", "numpy", "load"),
        ("ConstructorFromReduceNode", "pathlib", "Path"),
        ("ObjectNode", "sklearn.tree._tree", "Tree"),
        ("TreeNode", "sklearn.neighbors._kd_tree", "KDTree"),
        ("NdArrayNode", "numpy", "matrix"),
        (None, None, None),
    ],
)
def test_types_that_are_not_trusted(folder, loader, module, name):
    def change(schema, entries):
        node = attributes(schema, "Pipeline")["memory"]
        node |= {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 1}

    change_archive(folder, change)
    refuse(folder, f"{module}.{name}.*not a trusted type")


@pytest.mark.parametrize("text", ["[]", "NaN", "9" * 400])
def test_values_that_are_not_scalars(folder, text):
    def change(schema, entries):
        attributes(schema, "KernelScores")["gamma_"] |= scalar(text)

    change_archive(folder, change)
    refuse(folder, "value")


def test_nodes_of_an_older_scikit_learn(folder):
    def change(schema, entries):
        node = tree_state(schema)["nodes"]
        array = np.load(io.BytesIO(entries[node["file"]]))
        names = [name for name in array.dtype.names if name != "missing_go_to_left"]
        entries[node["file"]] = npy(repack_fields(array[names]))

    change_archive(folder, change)
    config = json.loads((folder / "config.json").read_text())
    config["versions"]["scikit-learn"] = "1.2.0"
    (folder / "config.json").write_text(json.dumps(config))
    refuse(folder, r"array.*pip install scikit-learn==1\.2\.0")


# The Pipeline


@pytest.mark.parametrize(
    "pipeline",
    [
        Pipeline([("run", FunctionTransformer(shutil.rmtree))]),
        Pipeline([]),
        DecisionTreeClassifier(),
        None,
    ],
)
def test_another_object(folder, pipeline):
    replace_pipeline(folder, pipeline)
    refuse(folder, "it contains")


def rename(pipeline):
    pipeline.steps[0] = ("preprocess", pipeline[0])


@pytest.mark.parametrize("change", [rename, lambda pipeline: pipeline.steps.pop()])
def test_other_steps(folder, change):
    change_pipeline(folder, change)
    refuse(folder, "but expected MnistPreprocessor")


@pytest.mark.parametrize("step", [*range(5), "tree"])
def test_unknown_attributes(folder, step):
    """A forest once kept its trees joined into one, in an attribute that nobody checked."""

    def change(pipeline):
        owner = pipeline[-1].estimators_[0] if step == "tree" else pipeline[step]
        owner.predict_proba = 1

    change_pipeline(folder, change)
    refuse(folder, "predict_proba")


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("change", ["missing", "array"])
def test_every_attribute_must_be_there_and_of_its_type(step, change):
    optional = PCA_SCALARS | FOREST_SCALARS if change == "missing" else frozenset()
    for name in vars(PIPELINE[step]).keys() - optional:
        changed = copy.copy(PIPELINE[step])
        vars(changed).pop(name)
        if change == "array":
            vars(changed)[name] = np.eye(3)
        steps = list(PIPELINE.steps)
        steps[step] = (steps[step][0], changed)
        # `load_pipeline` makes a ModelError of every other error.
        with pytest.raises((ModelError, AttributeError, TypeError, ValueError, IndexError)):
            check_pipeline(Pipeline(steps))


@pytest.mark.parametrize(
    ("step", "name", "value"),
    [
        ("preprocessing", "digit_size", 10**6),
        ("features", "cell_radius", 5e-324),
        ("components", "whiten", True),
        ("scores", "gamma_", -1.0),
        ("scores", "classes_", np.arange(1, 11)),
        ("scores", "n_features_in_", 7),
        ("forest", "n_outputs_", 2),
        ("forest", "estimators_", [ExtraTreeClassifier()]),
        ("forest", "n_estimators", 3),
        ("forest", "n_jobs", 1000),
    ],
)
def test_values_out_of_range(folder, step, name, value):
    change_pipeline(folder, lambda pipeline: vars(pipeline.named_steps[step]).update({name: value}))
    refuse(folder)


def test_a_pipeline_that_would_write_to_disk(folder):
    change_pipeline(folder, lambda pipeline: pipeline.set_params(memory="somewhere"))
    refuse(folder, "cache")


ARRAYS = [
    (2, "mean_"),
    (2, "components_"),
    (3, "landmarks_"),
    (3, "landmark_norms_"),
    (3, "coef_"),
    (3, "intercept_"),
]


@pytest.mark.parametrize(("step", "name"), ARRAYS)
def test_values_and_shapes_of_arrays(step, name):
    array = vars(PIPELINE[step])[name]
    changed = [np.where(array == array.flat[-1], bad, array) for bad in (np.nan, np.inf, -1e30)]
    changed += [array[:-1], array[..., None], array.astype(np.float64), array[:0]]
    for replacement in changed:
        pipeline = copy.deepcopy(PIPELINE)
        vars(pipeline[step])[name] = replacement.astype(replacement.dtype)
        with pytest.raises(ModelError):
            check_pipeline(pipeline)


# The trees


def replace_nodes(pipeline, change):
    estimator = pipeline[-1].estimators_[0]
    state = estimator.tree_.__getstate__()
    change(state)
    tree = Tree(11, np.array([10]), 1)
    tree.__setstate__(state)
    estimator.tree_ = tree


@pytest.mark.parametrize(
    ("field", "value"),
    [("left_child", 10**6), ("left_child", 0), ("feature", 11), ("threshold", np.nan)],
)
def test_nodes_that_point_outside_the_tree_or_back(folder, field, value):
    def change(state):
        state["nodes"][field][0] = value

    change_pipeline(folder, lambda pipeline: replace_nodes(pipeline, change))
    refuse(folder, "node of a tree|leaf of a tree has a child")


@pytest.mark.parametrize("change", [swap_children, share_child])
def test_trees_that_javascript_would_read_differently(folder, change):
    change_pipeline(
        folder, lambda pipeline: replace_nodes(pipeline, lambda state: change(state["nodes"]))
    )
    refuse(folder, "order")


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_leaves_without_probabilities(folder, value):
    def change(state):
        state["values"][-1] = value

    change_pipeline(folder, lambda pipeline: replace_nodes(pipeline, change))
    refuse(folder, "leaf")


def test_a_tree_that_is_counted_several_times(folder):
    """A large one, counted a thousand times, would cost seconds for each image."""

    def change(pipeline):
        pipeline[-1].estimators_[1] = pipeline[-1].estimators_[0]

    change_pipeline(folder, change)
    refuse(folder, "used more than once")
