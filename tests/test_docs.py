"""What the documentation says is what the files say."""

import ast
import inspect
import json
import re

import pytest
from conftest import ROOT

import pipeline
from pipeline import load_model
from pipeline.features import GradientHistograms
from pipeline.folder import METRICS_FILE, read_config
from pipeline.preprocessing import MnistPreprocessor
from pipeline.scores import KernelScores
from pipeline.training.release import render_card

MODEL = ROOT / "model"
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def metrics():
    return json.loads((MODEL / METRICS_FILE).read_text())


def test_the_released_card_is_the_template_filled_with_the_metrics(metrics):
    expected = render_card(metrics, ROOT / "model_card.md")
    assert (MODEL / "README.md").read_text(encoding="utf-8") == expected


def percent(share):
    return f"{100 * share:.2f} %"


def test_the_card_shows_the_results(metrics):
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    for key in ("test", "strokes"):
        right, gap = metrics[key]["accuracy"], metrics[key]["expected_calibration_error"]
        assert f"| **{percent(right)}** | {percent(gap)} |" in card
        assert f"value: {right}\n" in card
    for entry in metrics["comparison"]:
        assert f"| {entry['model']} | {percent(entry['validation_accuracy'])} |" in card
    for entry in metrics["ablation"]:
        row = f"| {entry['variant']} | {percent(entry['mnist'])} | {percent(entry['drawings'])} |"
        assert row in card
    for name, share in metrics["doubt"]["non_digits_stopped"].items():
        assert re.search(rf"\| {name} .* \| {percent(share)} \|", card)


def test_the_card_describes_the_model_that_is_there():
    card = (MODEL / "README.md").read_text(encoding="utf-8")
    model = load_model(MODEL)
    gradients, components, scores = model["gradients"], model["components"], model["scores"]
    assert f"in {gradients.n_directions} directions" in card
    assert f"in {gradients.n_cells} x {gradients.n_cells} overlapping cells" in card
    assert f"to {components.n_components_} components" in card
    assert f"to {len(scores.landmarks_):,} training digits" in card
    assert f": {len(model['forest'].estimators_)} trees on the ten scores" in card


@pytest.mark.parametrize("estimator", [MnistPreprocessor, GradientHistograms, KernelScores])
def test_the_docstrings_name_every_parameter_and_its_default(estimator):
    described = re.findall(r"^    (\w+) : \w+, default=(\S+)$", estimator.__doc__, re.M)
    found = {name: ast.literal_eval(value) for name, value in described}
    assert found == defaults(estimator)


def defaults(estimator):
    parameters = inspect.signature(estimator).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def test_the_readme_has_no_figures_but_the_results(metrics):
    expected = []
    for key in ("test", "strokes"):
        expected += [metrics[key]["accuracy"], metrics[key]["expected_calibration_error"]]
    assert re.findall(r"\d+\.\d+ %", README) == [percent(share) for share in expected]


def test_the_release_reads_what_it_should(metrics):
    """What the project promises of its model; the figures are those of the evaluation step."""
    assert metrics["test"]["accuracy"] >= 0.994
    assert metrics["test"]["expected_calibration_error"] <= 0.01
    assert metrics["strokes"]["accuracy"] >= 0.985
    assert metrics["strokes"]["expected_calibration_error"] <= 0.02


def test_the_release_is_a_full_run(metrics):
    assert metrics["run"] == {"seed": 0, "fast": False, "hold_out_test": False}
    assert metrics["data"]["split"] == {"train": 50000, "validation": 10000, "test": 10000}
    assert len(metrics["search"]["results"]) == 18
    for report in (*metrics["comparison"], metrics["test"]):
        assert sum(map(sum, report["confusion_matrix"])) == 10000


def test_the_comparison_reproduces_the_report(metrics):
    found = {entry["model"]: entry["validation_accuracy"] for entry in metrics["comparison"]}
    assert found["LogisticRegression"] >= 0.915
    assert found["RandomForestClassifier"] >= 0.965
    assert found["ExtraTreesClassifier"] >= 0.967
    assert found["VotingClassifier"] >= 0.964


def test_the_released_model_is_pinned_to_what_the_app_installs():
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.M))
    versions = read_config(MODEL)["versions"]
    assert {name: pins[name] for name in versions if name in pins} == {
        name: version for name, version in versions.items() if name != "python"
    }
    assert f"sdk_version: {pins['gradio']}\n" in README


def test_the_released_model_fits_on_the_hub():
    assert (MODEL / "model.skops").stat().st_size <= 10 * 2**20


def test_the_readmes_python_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = re.findall(r"```python\n(.*?)```", README, re.S)[0]
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.split("\n")[:2] == ["[7]", "(1, 10)"]


def test_every_file_that_the_readme_names_exists():
    names = re.findall(r"^\| `([\w./]+)` \|", README, re.M) + re.findall(r"\]\(([\w./]+)\)", README)
    assert len(names) > 8
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_every_make_target_that_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"^make ([a-z]+)", README, re.M)) <= targets


def test_the_public_names_are_fixed():
    assert pipeline.__all__ == [
        "BlankImageError",
        "ClusterError",
        "ConvergenceError",
        "DataError",
        "HubError",
        "InvalidImageError",
        "ModelError",
        "OutputError",
        "SiffraError",
        "load_model",
        "push_model",
    ]
    assert load_model is pipeline.load_model
