"""Figures for the card, drawn from the numbers in metrics.json."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay


def save_figures(metrics: dict[str, Any], folder: Path) -> None:
    """Draw every figure that the metrics have numbers for.

    Parameters
    ----------
    metrics : dict
        The content of metrics.json.
    folder : pathlib.Path
        Created if need be.
    """
    folder.mkdir(exist_ok=True)
    if metrics["comparison"]:
        _save_comparison(metrics["comparison"], folder / "comparison.png")
    _save_confusion(metrics["test"], folder / "confusion_matrix.png")
    _save_reliability(metrics, folder / "reliability.png")


def _save_comparison(comparison: list[dict[str, Any]], path: Path) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(10, 10), layout="constrained")
    for entry, axis in zip(comparison, axes.flat, strict=True):
        _draw(entry["confusion_matrix"], axis)
        axis.set_title(f"{entry['model']}: {entry['validation_accuracy']:.2%}")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _save_confusion(report: dict[str, Any], path: Path) -> None:
    figure, axis = plt.subplots(figsize=(6, 6), layout="constrained")
    _draw(report["confusion_matrix"], axis)
    axis.set_title(f"MNIST test set: {report['accuracy']:.2%}")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _save_reliability(metrics: dict[str, Any], path: Path) -> None:
    figure, axis = plt.subplots(figsize=(6, 6), layout="constrained")
    axis.plot([0, 1], [0, 1], linestyle=":", color="gray", label="means what it says")
    for name, key in (("MNIST test images", "test"), ("drawings of unseen writers", "strokes")):
        if report := metrics[key]:
            bins = [one for one in report["reliability"] if one["n"]]
            axis.plot(
                [one["confidence"] for one in bins],
                [one["accuracy"] for one in bins],
                marker="o",
                label=f"{name}: error {report['expected_calibration_error']:.2%}",
            )
    axis.set(xlabel="probability of the answer", ylabel="share of right answers")
    axis.legend()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _draw(matrix: list[list[int]], axis: Any) -> None:
    # Colours show the errors: the diagonal would drown them.
    counts = np.array(matrix)
    display = ConfusionMatrixDisplay(counts).plot(ax=axis, cmap="Blues", colorbar=False)
    errors = counts - np.diag(np.diag(counts))
    display.im_.set_clim(0, 2 * max(1, errors.max()))
