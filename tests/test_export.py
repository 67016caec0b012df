import copy
import gzip
import json
import shutil

import numpy as np
import pytest
from apps import ROOT

from siffra import DigitReader, adaptation, numbers
from siffra.__main__ import main
from siffra.exceptions import OutputError
from siffra.export import export_page, pack_model
from siffra.forest import LowLatencyRandomForest
from siffra.preprocessing import clutter, foreground
from siffra.rejection import Thresholds


@pytest.fixture
def reader(model):
    return DigitReader(model, Thresholds(0.25))


def unpack(content):
    """Return the header, and the arrays by name."""
    content = gzip.decompress(content)
    assert content[:8] == b"SIFFRA\r\n"
    start = 12 + int.from_bytes(content[8:12], "little")
    header = json.loads(content[12:start])
    arrays = {}
    header["places"] = header.pop("arrays")
    for name, place in header["places"].items():
        assert (start + place["offset"]) % 8 == 0, "typed arrays need aligned numbers"
        arrays[name] = np.frombuffer(
            content, place["type"], place["length"], start + place["offset"]
        )
    return header, arrays


def test_parameters_and_constants_are_those_of_python(reader):
    header, _ = unpack(pack_model(reader))
    assert header["classes"] == list(range(10))
    assert header["thresholds"] == {"digit": 0.25, "number": 0}
    assert header["preprocessing"] == reader.pipeline[0].get_params()
    assert header["features"] == reader.pipeline[1].get_params()
    assert header["scores"]["gamma"] == reader.pipeline[3].gamma_
    constants = header["constants"]
    assert constants["clutter"]["LINE_SIDE"] == clutter._LINE_SIDE
    assert constants["foreground"]["CLUTTER_SIDE"] == foreground._CLUTTER_SIDE
    assert constants["numbers.foreground"]["MASK_LEVEL"] == numbers.foreground._MASK_LEVEL
    assert constants["adaptation"]["ALPHA"] == adaptation.ALPHA
    assert "SIGNALS" not in constants["numbers.signals"], "names are no numbers"


def test_landmarks_that_fit_into_half_precision_take_half_the_space(reader, monkeypatch):
    scores = reader.pipeline[3]
    for landmarks, dtype in (
        (scores.landmarks_, np.float16),  # KernelScores has rounded them
        (scores.landmarks_ * np.float32(1.0001), np.float32),
    ):
        monkeypatch.setattr(scores, "landmarks_", landmarks)
        exported = unpack(pack_model(reader))[1]["landmarks"]
        assert exported.dtype == dtype
        np.testing.assert_array_equal(exported, landmarks.T.ravel())


def test_the_first_part_has_all_that_a_digit_needs(reader, judge):
    """A page reads digits before the trees of the judge have arrived."""
    header, arrays = unpack(pack_model(DigitReader(reader.pipeline, judge=judge)))
    ends = {name: header["places"][name]["offset"] + array.nbytes for name, array in arrays.items()}
    for name in arrays:
        assert (ends[name] <= header["digit_end"]) == (not name.startswith("judge_"))


@pytest.mark.parametrize("prefix", ["", "judge_"])
def test_the_trees_predict_the_same(reader, judge, prefix):
    """Walk through the exported trees, on random scores and on the thresholds themselves."""
    forest = judge if prefix else reader.pipeline[4]
    header, arrays = unpack(pack_model(DigitReader(reader.pipeline, judge=judge)))
    arrays = {name.removeprefix(prefix): array for name, array in arrays.items() if prefix in name}
    rng = np.random.default_rng(0)
    rows = rng.normal(-0.5, 0.5, (50, forest.n_features_in_)).astype(np.float32)
    for row, estimator in zip(rows, forest.estimators_ * 3, strict=False):
        row[estimator.tree_.feature[0]] = estimator.tree_.threshold[0]
    leaves = arrays["leaves"].reshape(-1, forest.n_classes_)
    for row, expected in zip(rows, forest.predict_proba(rows), strict=True):
        reached = [walk(arrays, header["leaf_feature"], int(root), row) for root in arrays["roots"]]
        np.testing.assert_allclose(leaves[reached].mean(axis=0), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("threshold", "expected"), [(1e300, np.finfo(np.float32).max), (-1e300, -np.inf)]
)
def test_thresholds_beyond_single_precision_split_alike(reader, judge, threshold, expected):
    judge = copy.deepcopy(judge)
    judge.estimators_[0].tree_.threshold[0] = threshold
    _, arrays = unpack(pack_model(DigitReader(reader.pipeline, judge=judge)))
    assert arrays["judge_threshold"][0] == expected


def test_trees_in_another_order_are_not_exported(reader):
    """With max_leaf_nodes, scikit-learn numbers the nodes in the order in which it split them."""
    rows = np.random.default_rng(0).random((500, 31)).astype(np.float32)
    judge = LowLatencyRandomForest(n_estimators=3, max_leaf_nodes=20, random_state=0)
    judge.fit(rows, rows[:, 0] * rows[:, 1] > 0.25)
    with pytest.raises(OutputError, match="max_leaf_nodes"):
        pack_model(DigitReader(reader.pipeline, judge=judge))


def walk(arrays, leaf, node, row):
    while (feature := arrays["feature"][node]) != leaf:
        is_left = row[feature] <= arrays["threshold"][node]
        node += 1 if is_left else int(arrays["jump"][node])
    return arrays["jump"][node]


def test_the_same_model_gives_the_same_bytes(reader):
    assert pack_model(reader) == pack_model(reader)


def test_the_command_writes_the_page_and_says_which_model_it_holds(folder, tmp_path, capsys):
    page = tmp_path / "new" / "page"
    assert main(["export", str(page), "--model", str(folder)]) == 0
    assert str(page) in capsys.readouterr().out
    for path in (ROOT / "web").rglob("*.*"):
        assert (page / path.relative_to(ROOT / "web")).read_bytes() == path.read_bytes()
    header, _ = unpack((page / "model.bin").read_bytes())
    assert header["model"]["sha256"] == json.loads((folder / "config.json").read_text())["sha256"]
    assert header["thresholds"] == {"digit": 0.3, "number": 0}


def test_only_the_files_of_a_page_are_exported(reader, tmp_path, monkeypatch):
    web = shutil.copytree(ROOT / "web", tmp_path / "web")
    monkeypatch.setattr("siffra.export.WEB", web)
    for name in (".env", ".hidden.js", "notes.txt"):
        (web / name).write_text("secret")
    export_page(tmp_path / "page", reader)
    assert not list((tmp_path / "page").rglob(".*"))
    assert not (tmp_path / "page" / "notes.txt").exists()
    assert "hidden" not in (tmp_path / "page" / "files.json").read_text()
    (web / "link.js").symlink_to(tmp_path / "page" / "siffra.js")
    with pytest.raises(OutputError, match="is a link"):
        export_page(tmp_path / "other", reader)


def test_a_file_is_not_a_folder(reader, tmp_path):
    (tmp_path / "page").write_text("mine")
    with pytest.raises(OutputError, match="Cannot write the page"):
        export_page(tmp_path / "page", reader)
    assert (tmp_path / "page").read_text() == "mine"


def test_the_page_needs_the_source_tree(reader, tmp_path, monkeypatch):
    monkeypatch.setattr("siffra.export.WEB", tmp_path / "missing")
    with pytest.raises(OutputError, match="clone of the project"):
        export_page(tmp_path / "page", reader)
