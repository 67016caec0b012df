import contextlib
import copy
import io
import json
import shutil
import time
import warnings
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
from mutations import mutate
from numpy.lib.recfunctions import repack_fields
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
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


@pytest.mark.parametrize("seed", range(40))
def test_random_changes(folder, seed):
    """A mutated model is refused, or gives ten probabilities."""
    (folder / "metrics.json").write_text("{}")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name, content in mutate(files, np.random.default_rng(seed)).items():
        (folder / name).write_bytes(content)
    probe = np.zeros((40, 30), dtype=np.uint8)
    probe[5:30, 12:16] = 255
    with warnings.catch_warnings(), contextlib.suppress(ModelError):
        warnings.filterwarnings("ignore", ".*The model was saved with", UserWarning)
        probabilities = load_pipeline(folder).predict_proba([probe])
        assert probabilities.shape == (1, 10)
        assert abs(probabilities.sum() - 1) < 1e-6


# The archive


def test_an_array_that_is_named_a_thousand_times(folder):
    def change(schema, entries):
        entries["large.npy"] = npy(np.zeros(2 * MB // 4, dtype=np.float32))
        node = nodes(schema, "NdArrayNode")[0]
        node["file"] = "large.npy"
        content = attributes(schema, "PCA")["mean_"] = {"content": []}
        content |= {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode"}
        content |= {"__id__": 1}
        content["content"] = [node | {"__id__": number} for number in range(2, 1000)]

    change_archive(folder, change)
    refuse(folder, "used more than once")


def test_an_array_that_unpacks_to_150_mb(folder):
    def change(schema, entries):
        array = npy(np.zeros((100_000, 393), dtype=np.float32))
        entries[attributes(schema, "KernelScores")["landmarks_"]["file"]] = array

    change_archive(folder, change)
    assert (folder / "model.skops").stat().st_size < 3 * MB
    refuse(folder, "unpacks to 1")


def test_a_schema_of_40_mb(folder):
    _, entries = read_archive(folder)
    write_archive(folder, b" " * 40 * MB, entries)
    refuse(folder, "schema has 41,")


def test_a_file_of_more_than_10_mb(folder):
    (folder / "model.skops").write_bytes(bytes(10 * MB + 1))
    vouch(folder)
    refuse(folder, "10,485,760 bytes")


def test_a_directory_of_too_many_entries(folder):
    schema, entries = read_archive(folder)
    write_archive(folder, schema, entries | {str(number): b"" for number in range(10_000)})
    refuse(folder, "10,000 entries")


def test_unused_and_repeated_entries(folder):
    schema, entries = read_archive(folder)
    write_archive(folder, schema, entries | {"unused.npy": b""})
    refuse(folder, "unused entries")
    write_archive(folder, schema, entries)
    name, content = next(iter(entries.items()))
    with (
        zipfile.ZipFile(folder / "model.skops", "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr(name, content)
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


def test_ids_of_one_hash(folder):
    """Each look-up of an id would compare it with all others."""

    def change(schema, entries):
        steps, scalar = attributes(schema, "Pipeline")["steps"], nodes(schema, "JsonNode")[0]
        steps["content"] = [{**scalar, "__id__": n * (2**61 - 1)} for n in range(1, 15_000)]

    change_archive(folder, change)
    refuse(folder, "invalid id")


@pytest.mark.parametrize("text", ["[" * 10**6, '{"a":' * 10**5, "{}", "[]", "7", "\xff", "{"])
def test_a_schema_that_is_something_else(folder, text):
    write_archive(folder, text.encode("latin-1"), {})
    refuse(folder, "damaged or not a model")


def test_nodes_in_nodes(folder):
    def change(schema, entries):
        steps = attributes(schema, "Pipeline")
        for number in range(1, 40):
            inner = steps["steps"]
            steps["steps"] = {**inner, "__id__": number, "content": [inner]}

    change_archive(folder, change)
    refuse(folder, "nested")


def test_repetitions_in_repetitions(folder):
    """Thirty lists, each of which contains the one before twice."""

    def change(schema, entries):
        pipeline = attributes(schema, "Pipeline")
        node = pipeline["memory"] | {"__id__": 1}
        for number in range(2, 32):
            children = [node, {"__id__": number - 1}]
            node = pipeline["steps"] | {"__id__": number, "content": children}
        pipeline["memory"] = node

    change_archive(folder, change)
    refuse(folder, "20,000 nodes|nested")


def test_a_node_in_itself(folder):
    def change(schema, entries):
        steps = attributes(schema, "Pipeline")["steps"]
        steps["content"][0] = copy.deepcopy(steps)

    change_archive(folder, change)
    refuse(folder)


def test_a_node_that_an_earlier_one_of_its_id_replaces(folder):
    """skops gives the tree a billion outputs, the forest's seed, whatever is written there."""

    def change(schema, entries):
        attributes(schema, "LowLatencyRandomForest")["random_state"] |= {
            "content": "1000000000",
            "__id__": 1,
        }
        arguments = nodes(schema, "TreeNode")[0]["__reduce__"]["args"]["content"]
        arguments[2]["__id__"] = 1

    change_archive(folder, change)
    refuse(folder, "one output")


@pytest.mark.parametrize(
    "header",
    [
        {"shape": (10**9,)},
        {"shape": (2, 2)},
        {"shape": (-5, -2)},
        {"descr": "|O"},
        {"descr": "<f8"},
        {"descr": "|V99999999"},
        {"descr": [("a", "<f4", (10**6, 10**6))]},
        {"fortran_order": 7},
    ],
)
def test_a_header_that_lies(folder, header):
    def change(schema, entries):
        file = io.BytesIO()
        true = {"descr": "<f4", "fortran_order": False, "shape": (10,)}
        np.lib.format.write_array_header_1_0(file, true | header)
        name = attributes(schema, "KernelScores")["intercept_"]["file"]
        entries[name] = file.getvalue() + bytes(40)

    change_archive(folder, change)
    refuse(folder, "array|damaged")


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\x80\4.", b"\x93NUMPY\2\0" + bytes(99)])
def test_an_array_that_is_something_else(folder, content):
    def change(schema, entries):
        entries[attributes(schema, "KernelScores")["intercept_"]["file"]] = content

    change_archive(folder, change)
    refuse(folder, "array|damaged")


def test_an_array_of_objects(folder):
    def change(schema, entries):
        node = attributes(schema, "KernelScores")["intercept_"]
        entries.pop(node["file"])
        node |= {"type": "json", "content": [], "shape": {}}

    change_archive(folder, change)
    refuse(folder, "not stored as an array")


@pytest.mark.parametrize(
    ("loader", "module", "name"),
    [
        ("TypeNode", "os", "system"),
        ("FunctionNode", "numpy", "load"),
        ("MethodNode", "builtins", "str"),
        ("OperatorFuncNode", "operator", "methodcaller"),
        ("PartialNode", "functools", "partial"),
        ("ConstructorFromReduceNode", "pathlib", "Path"),
        ("BytesNode", "builtins", "bytes"),
        ("CachedNode", "builtins", "str"),
        ("ObjectNode", "sklearn.ensemble._forest", "RandomForestClassifier"),
        ("ObjectNode", "sklearn.tree._tree", "Tree"),
        ("TreeNode", "sklearn.neighbors._kd_tree", "KDTree"),
        ("NdArrayNode", "numpy", "matrix"),
        ("TypeNode", "builtins", "int"),
        (None, None, None),
    ],
)
def test_types_that_are_not_trusted(folder, loader, module, name):
    def change(schema, entries):
        node = attributes(schema, "Pipeline")["memory"]
        node |= {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 1}

    change_archive(folder, change)
    refuse(folder, f"{module}.{name}.*not a trusted type")


@pytest.mark.parametrize("text", ["[]", "{}", "NaN", "-Infinity", "1e999", "9" * 400, "7" * 99999])
def test_values_that_are_not_scalars(folder, text):
    def change(schema, entries):
        attributes(schema, "KernelScores")["gamma_"] |= {"content": text, "__id__": 1}

    change_archive(folder, change)
    refuse(folder, "value")


def test_a_key_that_is_a_number(folder):
    def change(schema, entries):
        del nodes(schema, "DictNode")[0]["key_types"]["content"][0]

    change_archive(folder, change)
    refuse(folder, "key")


@pytest.mark.parametrize("protocol", [0, 1, 3, True, "2", None])
def test_another_protocol(folder, protocol):
    change_archive(folder, lambda schema, entries: schema.update(protocol=protocol))
    refuse(folder, "skops")


# What a tree's compiled class would use at once


@pytest.mark.parametrize(("index", "value"), [(0, "12"), (0, "-1"), (2, "1000000000"), (2, "0")])
def test_arguments_of_a_tree(folder, index, value):
    def change(schema, entries):
        arguments = nodes(schema, "TreeNode")[0]["__reduce__"]["args"]["content"]
        arguments[index] |= {"content": value, "__id__": 1}

    change_archive(folder, change)
    refuse(folder, "tree")


@pytest.mark.parametrize("classes", [[10, 10], [], [10**9], [0], [-10]])
def test_classes_of_a_tree(folder, classes):
    def change(schema, entries):
        arguments = nodes(schema, "TreeNode")[0]["__reduce__"]["args"]["content"]
        entries[arguments[1]["file"]] = npy(np.array(classes, dtype=np.int64))

    change_archive(folder, change)
    refuse(folder, "tree|damaged")


@pytest.mark.parametrize(
    ("name", "value"),
    [("node_count", "100000"), ("node_count", "1"), ("max_depth", "-1"), ("max_depth", "1.5")],
)
def test_sizes_of_a_tree(folder, name, value):
    def change(schema, entries):
        state = nodes(schema, "TreeNode")[0]["content"]["content"]
        state[name] |= {"content": value, "__id__": 1}

    change_archive(folder, change)
    refuse(folder, "nodes and values")


def test_a_tree_without_nodes(folder):
    def change(schema, entries):
        state = nodes(schema, "TreeNode")[0]["content"]
        state["content"], state["key_types"]["content"] = {}, []

    change_archive(folder, change)
    refuse(folder, "damaged")


def test_nodes_of_an_older_scikit_learn(folder):
    def change(schema, entries):
        node = nodes(schema, "TreeNode")[0]["content"]["content"]["nodes"]
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
        Pipeline([("forest", LogisticRegression())]),
        Pipeline([("tree", DecisionTreeClassifier())]),
        Pipeline([]),
        DecisionTreeClassifier(),
        {"steps": []},
        None,
    ],
)
def test_another_object(folder, pipeline):
    replace_pipeline(folder, pipeline)
    refuse(folder, "it contains")


def rename(pipeline):
    pipeline.steps[0] = ("preprocess", pipeline[0])


@pytest.mark.parametrize(
    "change",
    [
        rename,
        lambda pipeline: pipeline.steps.pop(),
        lambda pipeline: pipeline.steps.reverse(),
        lambda pipeline: pipeline.steps.append(pipeline.steps[-1]),
    ],
)
def test_other_steps(folder, change):
    change_pipeline(folder, change)
    refuse(folder, "but expected MnistPreprocessor|used more than once")


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("name", ["_joined", "predict_proba"])
def test_unknown_attributes(folder, step, name):
    """A forest once kept its trees joined into one, in an attribute that nobody checked."""
    change_pipeline(folder, lambda pipeline: vars(pipeline[step]).update({name: 1}))
    refuse(folder, name)


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("change", ["missing", "array"])
def test_every_attribute_must_be_there_and_of_its_type(step, change):
    for name in vars(PIPELINE[step]):
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
        ("preprocessing", "deskew", -1.0),
        ("preprocessing", "stroke_width", None),
        ("features", "n_orientations", 24),
        ("features", "n_cells", 0),
        ("features", "cell_radius", 5e-324),
        ("components", "whiten", True),
        ("components", "n_components_", 7),
        ("components", "svd_solver", "magic"),
        ("scores", "gamma_", -1.0),
        ("scores", "gamma_", 1e30),
        ("scores", "alpha", 0.0),
        ("scores", "classes_", np.arange(1, 11)),
        ("scores", "n_features_in_", 7),
        ("forest", "classes_", np.arange(10)[::-1].copy()),
        ("forest", "classes_", np.arange(10.0)),
        ("forest", "n_outputs_", 2),
        ("forest", "n_classes_", 11),
        ("forest", "n_features_in_", 9),
        ("forest", "estimators_", []),
        ("forest", "estimators_", [LogisticRegression()]),
        ("forest", "estimators_", [ExtraTreeClassifier()]),
        ("forest", "n_estimators", 3),
        ("forest", "n_estimators", 0),
        ("forest", "n_jobs", 1000),
        ("forest", "verbose", 100),
        ("forest", "max_depth", -3),
        ("forest", "estimator_params", (1, 2)),
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
    (2, "explained_variance_"),
    (3, "landmarks_"),
    (3, "landmark_norms_"),
    (3, "coef_"),
    (3, "intercept_"),
]


@pytest.mark.parametrize(("step", "name"), ARRAYS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
def test_values_of_arrays(folder, step, name, value):
    def change(pipeline):
        getattr(pipeline[step], name).flat[-1] = value

    change_pipeline(folder, change)
    refuse(folder, name)


@pytest.mark.parametrize(("step", "name"), ARRAYS)
@pytest.mark.parametrize(
    "change",
    [
        lambda array: array[:-1].copy(),
        lambda array: array[..., None],
        lambda array: array.astype(np.float64),
        lambda array: array[:0].copy(),
    ],
    ids=["shorter", "more dimensions", "double precision", "empty"],
)
def test_shapes_of_arrays(folder, step, name, change):
    def replace(pipeline):
        vars(pipeline[step])[name] = change(vars(pipeline[step])[name])

    change_pipeline(folder, replace)
    refuse(folder)


# The trees


def replace_nodes(pipeline, change):
    estimator = pipeline[-1].estimators_[0]
    state = estimator.tree_.__getstate__()
    change(state)
    tree = Tree(11, np.array([10]), 1)
    tree.__setstate__(state)
    estimator.tree_ = tree


@pytest.mark.parametrize(
    ("field", "node", "value"),
    [
        ("left_child", 0, 10**6),
        ("right_child", 0, -5),
        ("right_child", 0, -1),
        ("left_child", 0, 0),
        ("left_child", -2, 0),
        ("feature", 0, 11),
        ("feature", 0, -3),
        ("threshold", 0, np.nan),
    ],
)
def test_nodes_that_point_outside_the_tree_or_back(folder, field, node, value):
    def change(state):
        state["nodes"][field][node] = value

    change_pipeline(folder, lambda pipeline: replace_nodes(pipeline, change))
    refuse(folder, "node of a tree|leaf of a tree has a child")


@pytest.mark.parametrize("change", [swap_children, share_child])
def test_trees_that_javascript_would_read_differently(folder, change):
    change_pipeline(
        folder, lambda pipeline: replace_nodes(pipeline, lambda state: change(state["nodes"]))
    )
    refuse(folder, "order")


@pytest.mark.parametrize("value", [np.nan, -0.5, 2.0, 0.0])
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


def test_nodes_that_several_trees_share(folder):
    def change(schema, entries):
        first, second = (node["content"]["content"] for node in nodes(schema, "TreeNode")[:2])
        second |= first

    change_archive(folder, change)
    refuse(folder, "used more than once")


def test_a_tree_for_more_features(folder):
    def change(pipeline):
        wide = make_classification(100, 40, n_informative=40, n_redundant=0, random_state=0)
        tree = DecisionTreeClassifier(max_depth=2).fit(*wide).tree_
        pipeline[-1].estimators_[0].tree_ = tree

    change_pipeline(folder, change)
    refuse(folder, "tree")


def test_an_unknown_attribute_of_a_tree(folder):
    def change(pipeline):
        pipeline[-1].estimators_[0].predict_proba = 1

    change_pipeline(folder, change)
    refuse(folder, "predict_proba")
