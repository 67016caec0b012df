import json
from dataclasses import asdict, replace

import pytest
from apps import ROOT
from huggingface_hub import ModelCard
from PIL import Image

from pipeline.comparison import ComparisonResult
from pipeline.report import render_card, save_figures
from pipeline.robustness import RobustnessResult

TEMPLATE = ROOT / "model_card.md"


@pytest.fixture(scope="module")
def metrics(result):
    return json.loads(json.dumps(asdict(result.metrics)))


def test_the_card_has_the_accuracy_of_each_source(metrics):
    card = ModelCard(render_card(metrics, TEMPLATE))
    values = {one.dataset_name: one.metric_value for one in card.data.eval_results}
    assert list(values.values()) == [
        metrics["test"]["accuracy"],
        metrics["strokes"]["sources"]["pen digits"]["accuracy"],
        metrics["strokes"]["sources"]["UNIPEN"]["accuracy"],
        metrics["images"]["accuracy"],
    ]
    for value in values.values():
        assert f"{100 * value:.2f} %" in card.text
    for licence in ("CC BY-SA 3.0", "CC BY 4.0", "10.5281/zenodo.1195803", "Alpaydin"):
        assert licence in card.text


def test_a_card_without_strokes_and_search_leaves_them_out(result):
    data = replace(result.metrics.data, strokes=[], others=[])
    reduced = replace(result.metrics, data=data, strokes=None, search=None, learning={})
    card = render_card(json.loads(json.dumps(asdict(reduced))), TEMPLATE)
    for text in (
        "zenodo",
        "Alpaydin",
        "Learning a hand",
        "n_estimators",
        "recall, drawn",
        "| None",
    ):
        assert text not in card


def test_the_card_shows_robustness_if_it_was_measured(metrics):
    assert "## Robustness" not in render_card(metrics, TEMPLATE)
    accuracy, interval = (
        {"Siffra": 0.981, "k-NN": 0.5},
        {"Siffra": (0.97, 0.99), "k-NN": (0.4, 0.6)},
    )
    results = [asdict(RobustnessResult(name, 70, accuracy, interval)) for name in ("none", "blur")]
    card = render_card(metrics | {"robustness": results}, TEMPLATE)
    assert (
        "\n| corruption | Siffra | k-NN |\n| --- | ---: | ---: |\n| none | 98.10 % (97.00" in card
    )
    row = "| blur | 98.10 % (97.00 % to 99.00 %) | 50.00 % (40.00 % to 60.00 %) |"
    assert f"|\n{row}\n\n## Paper, photographs and forms of digits\n" in card


def test_figures_are_drawn_for_what_was_measured(metrics, tmp_path):
    save_figures(metrics, tmp_path / "without")
    names = {path.name for path in (tmp_path / "without").iterdir()}
    assert names == {"confusion_matrix.png", "reliability.png"}
    matrix = metrics["test"]["confusion_matrix"]
    comparison = [asdict(ComparisonResult(f"model {k}", 0.9, 1.0, matrix)) for k in range(4)]
    save_figures(metrics | {"comparison": comparison}, tmp_path / "all")
    with Image.open(tmp_path / "all" / "comparison.png") as image:
        assert image.size == (800, 800)
