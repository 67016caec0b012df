"""The model card and its figures, from the numbers in metrics.json."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay

from siffra.numbers.signals import SIGNALS

# The source's name in metrics.json, and its data set on the Hub or elsewhere.
_DATASETS = {
    "MNIST": ("ylecun/mnist", "MNIST"),
    "pen digits": ("pendigits", "Pen-Based Recognition of Handwritten Digits, unseen writers"),
    "own images": ("own-images", "Own images"),
    "UNIPEN": ("unipen", "UNIPEN train_r01_v07, digits of unseen writers"),
}


def save_figures(metrics: dict[str, Any], folder: Path) -> None:
    """Draw every figure for which there are numbers."""
    folder.mkdir(exist_ok=True)
    if metrics["comparison"]:
        _save_comparison(metrics["comparison"], folder / "comparison.png")
    _save_confusion(metrics["test"], folder / "confusion_matrix.png")
    _save_reliability(_evaluations(metrics), folder / "reliability.png")


def render_card(metrics: dict[str, Any], template: Path) -> str:
    """Fill in the model card."""
    evaluations = _evaluations(metrics)
    data = ModelCardData(
        license="apache-2.0",
        library_name="sklearn",
        tags=["sklearn", "skops", "image-classification", "mnist", "handwritten-digits"],
        datasets=["ylecun/mnist"],
        metrics=["accuracy"],
        pipeline_tag="image-classification",
        model_name="Siffra",
        eval_results=list(_eval_results(evaluations)),
    )
    card = ModelCard.from_template(
        data,
        template_path=str(template),
        metrics=metrics,
        evaluations=evaluations,
        n_signals=len(SIGNALS),
    )
    return str(card)


def _evaluations(metrics: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the evaluation on the test digits of each source."""
    strokes, images = metrics["strokes"], metrics.get("images")
    evaluations = {"MNIST": metrics["test"]} | (strokes["sources"] if strokes else {})
    return evaluations | ({"own images": images} if images else {})


def _eval_results(evaluations: dict[str, dict[str, Any]]) -> Iterator[EvalResult]:
    """Yield the entries of the Hub's model-index."""
    for source, evaluation in evaluations.items():
        dataset, name = _DATASETS.get(source, ("pen-strokes", source))
        yield EvalResult(
            task_type="image-classification",
            dataset_type=dataset,
            dataset_name=name,
            dataset_split="test",
            metric_type="accuracy",
            metric_value=evaluation["accuracy"],
        )


def _save_comparison(comparison: list[dict[str, Any]], path: Path) -> None:
    """Draw the confusion matrices of the four baselines."""
    figure = Figure(figsize=(10, 10), layout="constrained")
    for result, axis in zip(comparison, figure.subplots(2, 2).flat, strict=True):
        _draw_matrix(result["confusion_matrix"], axis)
        axis.set_title(f"{result['model']}: {result['validation_accuracy']:.2%}")
    figure.savefig(path, dpi=80)


def _save_confusion(evaluation: dict[str, Any], path: Path) -> None:
    """Draw the confusion matrix of MNIST's test images."""
    figure = Figure(figsize=(6, 6), layout="constrained")
    axis = figure.subplots()
    _draw_matrix(evaluation["confusion_matrix"], axis)
    axis.set_title(f"MNIST test images: {evaluation['accuracy']:.2%}")
    figure.savefig(path, dpi=100)


def _save_reliability(evaluations: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw accuracy against confidence, by source."""
    figure = Figure(figsize=(6, 6), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], linestyle=":", color="gray", label="calibrated")
    for source, evaluation in evaluations.items():
        bins = [one for one in evaluation["reliability"] if one["n"]]
        axis.plot(
            [one["confidence"] for one in bins],
            [one["accuracy"] for one in bins],
            marker="o",
            label=f"{source}: calibration error {evaluation['expected_calibration_error']:.2%}",
        )
    axis.set(xlabel="confidence (probability of the predicted digit)", ylabel="accuracy")
    axis.legend()
    figure.savefig(path, dpi=100)


def _draw_matrix(matrix: list[list[int]], axis: Any) -> None:
    """Draw a confusion matrix whose colors show the errors, not the diagonal."""
    counts = np.array(matrix)
    display = ConfusionMatrixDisplay(counts).plot(ax=axis, cmap="Blues", colorbar=False)
    errors = counts - np.diag(np.diag(counts))
    display.im_.set_clim(0, 2 * max(1, errors.max()))
