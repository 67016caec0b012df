"""Promises about the model in model/."""

import gzip
import json

import pytest
from apps import ROOT
from figures import METRICS
from test_packaging import pins

from pipeline.report import render_card
from siffra import DigitReader
from siffra.export import pack_model
from siffra.model_folder.config import CARD_FILE, MODEL_FILE, read_config
from siffra.model_folder.loading import load_pipeline

MODEL = ROOT / "model"


@pytest.fixture(scope="module")
def metrics():
    return json.loads(METRICS.read_text(encoding="utf-8"))


def test_the_card_is_made_from_the_template_and_the_metrics(metrics):
    card = (MODEL / CARD_FILE).read_text(encoding="utf-8")
    assert card == render_card(metrics, ROOT / "model_card.md")


def test_the_accuracy_is_as_promised(metrics):
    assert metrics["test"]["accuracy"] >= 0.995
    assert metrics["test"]["expected_calibration_error"] <= 0.01
    assert metrics["strokes"]["accuracy"] >= 0.985
    assert metrics["strokes"]["expected_calibration_error"] <= 0.02


def test_it_comes_from_a_full_run(metrics):
    assert metrics["run"] == {"seed": 0, "fast": False, "hold_out_test": False}
    assert len(metrics["search"]["results"]) == 18
    for evaluation in (*metrics["comparison"], metrics["test"]):
        assert sum(map(sum, evaluation["confusion_matrix"])) == 10_000


def test_the_baselines_are_as_accurate_as_published(metrics):
    """Accuracies on raw pixels that others report for these four models."""
    found = {entry["model"]: entry["validation_accuracy"] for entry in metrics["comparison"]}
    assert found["LogisticRegression"] >= 0.915
    assert found["RandomForestClassifier"] >= 0.965
    assert found["ExtraTreesClassifier"] >= 0.967
    assert found["VotingClassifier"] >= 0.964


def test_it_was_made_with_the_versions_that_the_app_installs():
    pinned = dict(pins((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    versions = read_config(MODEL).versions
    common = versions.keys() & pinned.keys()
    assert len(common) >= 5
    assert {name: versions[name] for name in common} == {name: pinned[name] for name in common}


def test_it_is_small_and_its_forest_is_slim():
    assert (MODEL / MODEL_FILE).stat().st_size <= 10 * 2**20
    assert len(load_pipeline(MODEL)[-1].estimators_) <= 100


def test_the_engine_with_the_model_is_at_most_two_and_a_half_megabytes():
    code = [gzip.compress(path.read_bytes()) for path in (ROOT / "web").rglob("*.js")]
    size = sum(map(len, code)) + len(pack_model(DigitReader.from_pretrained(MODEL)))
    assert size <= 2_500_000
