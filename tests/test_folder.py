import json

import pytest

from pipeline import ModelError, load_model
from pipeline.doubt import Limits
from pipeline.folder import load_limits, load_tests


@pytest.mark.parametrize("name", ["model.skops", "config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"No {name}"):
        load_model(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "has format None"),
        ('{"format": 2, "file": "model.skops"}', "has format 2, but this code reads 1"),
        ('{"format": 1, "file": "../other.skops"}', r"has file '\.\./other\.skops'"),
        (
            '{"format": 1, "file": "model.skops"}',
            "lacks created, sha256, trusted_types, unsure_below, versions",
        ),
    ],
)
def test_a_broken_config_is_refused(folder, text, message):
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        load_model(folder)


@pytest.mark.parametrize("key", ["sha256", "created", "trusted_types", "versions"])
def test_a_config_with_something_else_in_it_is_refused(folder, key):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {key: 7}))
    with pytest.raises(ModelError, match=f"has {key} 7, but expected a"):
        load_model(folder)


def test_the_results_of_the_tests_come_from_the_metrics(folder):
    report = {"accuracy": 0.75, "confusion_matrix": [[2, 1], [0, 1]]}
    metrics = {"test": report, "strokes": report | {"accuracy": 0.5}, "search": None}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    assert load_tests(folder) == {
        "test": (0.75, [[2, 1], [0, 1]]),
        "strokes": (0.5, [[2, 1], [0, 1]]),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics | {"strokes": None}))
    assert load_tests(folder).keys() == {"test"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"test": 1, "strokes": 2}'])
def test_broken_metrics_are_refused(folder, text):
    (folder / "metrics.json").write_text(text)
    with pytest.raises(ModelError, match=r"metrics\.json cannot be read"):
        load_tests(folder)


def test_the_limits_of_doubt_come_with_the_model(folder):
    assert load_limits(folder) == Limits(probability=0.4, familiarity=0.3)


@pytest.mark.parametrize(
    "limits",
    [None, {}, {"probability": 0.5}, {"probability": "high", "familiarity": 0}]
    + [{"probability": value, "familiarity": 0} for value in (-1, 2, float("nan"))],
)
def test_broken_limits_are_refused(folder, limits):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"unsure_below": limits}))
    with pytest.raises(ModelError, match=r"config\.json has"):
        load_limits(folder)
