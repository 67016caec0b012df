"""The model folder as a release: all of it, or nothing."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from sklearn.pipeline import Pipeline

from ..artifact import save_artifact
from ..doubt import Limits
from ..exceptions import OutputError
from ..folder import CONFIG_FILE, METRICS_FILE
from .figures import save_figures

CARD_FILE: Final = "README.md"


def check_output(folder: Path) -> None:
    """Make sure that a model may be written to a folder, before hours are spent on one.

    Parameters
    ----------
    folder : pathlib.Path
        New, empty, or a model folder, which is then replaced.

    Raises
    ------
    OutputError
        If it holds something else, or is a file.
    """
    recover(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"Got --output {folder}, which is a file. Expected a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / CONFIG_FILE).is_file():
        raise OutputError(
            f"Got --output {folder}, which holds files but no model ({CONFIG_FILE}). Expected a "
            "new folder, an empty one, or a model to replace."
        )


def release(
    model: Pipeline, limits: Limits, metrics: dict[str, Any], card: Path, output: Path
) -> None:
    """Write the model folder: Pipeline, config, metrics, figures and card.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        Fitted.
    limits : pipeline.doubt.Limits
    metrics : dict
        The content of metrics.json.
    card : pathlib.Path
        The card's Jinja template.
    output : pathlib.Path
        Replaced in one move when everything has been written.

    Raises
    ------
    OutputError
        See `check_output`; or if it cannot be written. Then the model is in a temporary folder,
        which the error names.
    """

    def write(folder: Path) -> None:
        save_artifact(model, folder, limits)
        text = json.dumps(metrics, indent=1) + "\n"
        (folder / METRICS_FILE).write_text(text, encoding="utf-8")
        save_figures(metrics, folder / "figures")
        (folder / CARD_FILE).write_text(render_card(metrics, card), encoding="utf-8")

    try:
        with staged(output) as folder:
            write(folder)
    except OSError as error:
        raise OutputError(f"Cannot write {output} ({error.strerror}). {_rescue(write)}") from error


def _rescue(write: Callable[[Path], None]) -> str:
    """Write the model into a temporary folder rather than lose it, and say where it is."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="siffra-"))
        write(folder)
    except OSError:
        return "Nor was there room for temporary files. Make room, and train again."
    return f"The model is in {folder}. Make room, and move it."


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `output` if nothing goes wrong.

    Parameters
    ----------
    output : pathlib.Path

    Yields
    ------
    pathlib.Path
        Near `output`, and gone afterwards.
    """
    check_output(output)
    output = output.absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    with _locked(output.parent):
        new, old = _workshop(output)
        _recover(output)
        try:
            new.mkdir(parents=True)
            yield new
            if output.exists():
                output.rename(old)
            new.rename(output)
        finally:
            _recover(output)


def recover(output: Path) -> None:
    """Undo what a run that was killed left behind; the older model comes back.

    Parameters
    ----------
    output : pathlib.Path
    """
    output = output.absolute()
    if output.parent.is_dir():
        with _locked(output.parent):
            _recover(output)


def _recover(output: Path) -> None:
    new, old = _workshop(output)
    if old.exists() and not output.exists():
        old.rename(output)
    shutil.rmtree(new.parent, ignore_errors=True)


def _workshop(output: Path) -> tuple[Path, Path]:
    """Return where the new model is made and where the older one waits meanwhile."""
    folder = output.parent / f".{output.name}.partial"
    return folder / "new", folder / "old"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other runs from writing there; a killed run's lock is gone with it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def render_card(metrics: dict[str, Any], card: Path) -> str:
    """Fill the card's template with the figures of one training run.

    Parameters
    ----------
    metrics : dict
        The content of metrics.json.
    card : pathlib.Path
        A Jinja template that reads `card_data` and `metrics`.

    Returns
    -------
    str
        Markdown with YAML metadata.
    """
    data = ModelCardData(
        license="apache-2.0",
        library_name="sklearn",
        tags=["sklearn", "skops", "image-classification", "mnist", "handwritten-digits"],
        datasets=["ylecun/mnist"],
        metrics=["accuracy"],
        pipeline_tag="image-classification",
        model_name="Siffra",
        eval_results=list(_eval_results(metrics)),
    )
    return str(ModelCard.from_template(data, template_path=str(card), metrics=metrics))


def _eval_results(metrics: dict[str, Any]) -> Iterator[EvalResult]:
    """Yield what the Hub's model-index shows."""
    sources = (
        ("test", "ylecun/mnist", "MNIST"),
        ("strokes", "pendigits-orig", "Pen-Based Recognition of Handwritten Digits, by writer"),
    )
    for key, dataset, name in sources:
        if metrics[key]:
            yield EvalResult(
                task_type="image-classification",
                dataset_type=dataset,
                dataset_name=name,
                dataset_split="test",
                metric_type="accuracy",
                metric_value=metrics[key]["accuracy"],
            )
