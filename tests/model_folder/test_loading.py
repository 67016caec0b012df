import copy
import json
import os
import pickle
import shutil

import numpy as np
import pytest
import skops.io
from model_files import vouch
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from siffra import ModelError
from siffra.model_folder.config import read_config
from siffra.model_folder.files import sha256
from siffra.model_folder.loading import load_pipeline, verify_checksums
from siffra.model_folder.reports import TestReport, read_test_reports
from siffra.model_folder.saving import save_model
from siffra.model_folder.trusted_types import TRUSTED_TYPES
from siffra.rejection import Thresholds

MATRIX = [[9 if row == column else 1 for column in range(10)] for row in range(10)]
REPORT = {"accuracy": 0.5, "confusion_matrix": MATRIX}


def change_config(folder, **values):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


# The model file


def test_a_loaded_model_predicts_like_the_saved_one(model, folder, digits):
    expected = model.predict_proba(digits[0][:50])
    np.testing.assert_array_equal(load_pipeline(folder).predict_proba(digits[0][:50]), expected)


def test_a_model_of_an_older_scikit_learn_is_saved_and_loaded(model, tmp_path, digits):
    """Releases before 1.8 do not store all private attributes."""
    older = copy.deepcopy(model)
    vars(older[-1]).pop("_sample_weight", None)
    save_model(older, tmp_path, Thresholds(0.3))
    loaded = load_pipeline(tmp_path)
    assert not hasattr(loaded[-1], "_sample_weight")
    expected = model.predict_proba(digits[0][:20])
    np.testing.assert_array_equal(loaded.predict_proba(digits[0][:20]), expected)


def test_trusted_types_are_exactly_those_in_the_file(folder):
    found = skops.io.get_untrusted_types(file=folder / "model.skops")
    assert found == sorted(TRUSTED_TYPES)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:100] + bytes([content[100] ^ 1]) + content[101:],
    ],
    ids=["empty", "truncated", "one flipped bit"],
)
def test_a_damaged_model_is_refused(folder, damage):
    path = folder / "model.skops"
    path.write_bytes(damage(path.read_bytes()))
    for read in (load_pipeline, verify_checksums):
        with pytest.raises(ModelError, match="SHA-256"):
            read(folder)


def test_a_pickle_is_not_opened(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    (folder / "model.skops").write_bytes(pickle.dumps(Bomb()))
    vouch(folder)
    with pytest.raises(ModelError, match="not a model"):
        load_pipeline(folder)
    assert not (tmp_path / "exploded").exists()


def test_a_pipeline_that_would_not_load_is_not_saved(model, tmp_path):
    with pytest.raises(ModelError, match="FunctionTransformer"):
        save_model(Pipeline([("run", FunctionTransformer(shutil.rmtree))]), tmp_path)
    with pytest.raises(ModelError, match="but expected"):
        save_model(Pipeline(model.steps[:-1]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_scikit_learn_is_a_warning(folder):
    versions = read_config(folder).versions | {"scikit-learn": "1.5.2"}
    change_config(folder, versions=versions)
    with pytest.warns(UserWarning, match=r"scikit-learn 1\.5\.2.*install scikit-learn==1\.5\.2"):
        load_pipeline(folder)


def test_a_scikit_learn_that_gives_the_same_labels_is_no_news(folder):
    versions = read_config(folder).versions | {"scikit-learn": "1.7.2"}
    change_config(folder, versions=versions)
    load_pipeline(folder)  # a warning would be an error


# The folder


@pytest.mark.parametrize("name", ["model.skops", "config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"No {name}"):
        load_pipeline(folder)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("model.skops", os.mkfifo),
        ("config.json", os.mkdir),
        ("metrics.json", lambda path: os.symlink("/dev/zero", path)),
    ],
)
def test_something_that_is_not_a_file(folder, name, make):
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    with pytest.raises(ModelError, match=f"No {name}"):
        read_test_reports(folder) if name == "metrics.json" else load_pipeline(folder)


@pytest.mark.parametrize("name", ["config.json", "metrics.json"])
@pytest.mark.parametrize(
    "text",
    ["[]", "{", "\udcff", '{"a":' * 10**5, " " * 2**21, '{"a": 1e999}', f'{{"a": {"9" * 10_000}}}'],
    ids=lambda text: text[:25],
)
def test_json_that_is_damaged_or_an_attack(folder, name, text):
    (folder / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ModelError, match=name) as caught:
        read_config(folder) if name == "config.json" else read_test_reports(folder)
    assert len(str(caught.value)) < 500


# The configuration


def test_the_configuration(folder):
    config = read_config(folder)
    assert config.sha256 == sha256(folder / "model.skops")
    assert config.trusted_types == list(TRUSTED_TYPES)
    assert {"python", "scikit-learn", "skops", "numpy"} <= config.versions.keys()
    assert config.thresholds == Thresholds(0.3)
    assert verify_checksums(folder) == config


@pytest.mark.parametrize("value", [2, "3", None, "\x1b[2J" * 1000])
def test_another_format(folder, value):
    change_config(folder, format=value)
    with pytest.raises(ModelError, match=r"format .* 3") as caught:
        read_config(folder)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


WRONG = {
    "file": ["../model.skops", None],
    "sha256": ["0" * 63, "G" * 64, 7],
    "created": ["2026-13-01", "<b>2026-01-01", 7],
    "trusted_types": [7, ["<script>"], ["a", 7]],
    "versions": [
        *(7, {}, {"scikit-learn": "1.9.1", "<img src=x>": "1"}),
        *({"scikit-learn": value} for value in (1, "1.9.1 --pre", "１.９")),
    ],
    "thresholds": [
        *(None, {"digit": 0.5}, {"digit": 0, "number": 0, "other": 0}),
        *({"digit": value, "number": 0} for value in ("high", True, 1.01)),
    ],
    "numbers_sha256": ["abc", 7],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_invalid_values(folder, key, value):
    change_config(folder, **{key: value})
    with pytest.raises(ModelError, match=r"config\.json is not valid") as caught:
        load_pipeline(folder)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("key", [key for key in WRONG if key != "numbers_sha256"])
def test_missing_values(folder, key):
    config = json.loads((folder / "config.json").read_text())
    del config[key]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=key):
        read_config(folder)


# The results of the tests


def write_metrics(folder, **values):
    (folder / "metrics.json").write_text(json.dumps(values))


def test_the_results_of_the_tests(folder):
    write_metrics(folder, test=REPORT, strokes=REPORT | {"accuracy": 1}, search=None)
    reports = read_test_reports(folder)
    assert reports == {"test": TestReport(0.5, MATRIX), "strokes": TestReport(1, MATRIX)}
    write_metrics(folder, test=REPORT, strokes=None)
    assert read_test_reports(folder).keys() == {"test"}


def test_a_folder_without_results_can_be_described(folder):
    assert not (folder / "metrics.json").exists()
    assert read_test_reports(folder) == {}


ROWS = MATRIX[:9]


@pytest.mark.parametrize(
    "report",
    [None, []]
    + [REPORT | {"accuracy": value} for value in (1.5, "0.5", True)]
    + [REPORT | {"confusion_matrix": value} for value in (7, ["1234567890"] * 10, ROWS)]
    + [REPORT | {"confusion_matrix": [*ROWS, row]} for row in ([1] * 11, [-1] * 10, ["<b>"] * 10)],
)
def test_invalid_results(folder, report):
    write_metrics(folder, test=report, strokes=None)
    with pytest.raises(ModelError, match=r"metrics\.json is not valid"):
        read_test_reports(folder)
    write_metrics(folder, test=REPORT, strokes=report)
    if report is not None:
        with pytest.raises(ModelError, match="strokes"):
            read_test_reports(folder)


def test_equal_pipelines_are_saved_as_equal_files(model, tmp_path):
    files = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        save_model(pickle.loads(pickle.dumps(model)), tmp_path / name)
        files.append((tmp_path / name / "model.skops").read_bytes())
    assert files[0] == files[1]
