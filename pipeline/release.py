"""Write a model folder completely or not at all: an older model is never lost."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock

from siffra.exceptions import OutputError
from siffra.model_folder.config import CARD_FILE, CONFIG_FILE, METRICS_FILE
from siffra.model_folder.saving import save_model

from .report import render_card, save_figures
from .run import TrainingResult

_TIMEOUT = 60  # seconds to wait for another run that is writing the same folder


def check_output(folder: Path) -> None:
    """Check that a model may be written to a folder, before the training starts."""
    folder = folder.absolute()
    existing = next(parent for parent in folder.parents if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise OutputError(
            f"Got --output {folder}, but {existing} is not a folder that you may write to. Choose "
            "another folder, or correct its permissions."
        )
    if folder.parent == existing:
        with _locked(folder):
            _recover(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"Got --output {folder}, which is a file. Expected a folder.")
    in_use = folder.is_dir() and any(folder.iterdir())
    if in_use and not (folder / CONFIG_FILE).is_file():
        raise OutputError(
            f"Got --output {folder}, which contains files but no model ({CONFIG_FILE}). Expected "
            "a new folder, an empty one, or a model to replace."
        )


def release(result: TrainingResult, template: Path, output: Path) -> None:
    """Write the model folder: Pipeline, configuration, metrics, figures and card."""

    def write(folder: Path) -> None:
        metrics = asdict(result.metrics)
        save_model(result.pipeline, folder, result.thresholds, result.judge)
        text = json.dumps(metrics, indent=1) + "\n"
        (folder / METRICS_FILE).write_text(text, encoding="utf-8")
        save_figures(metrics, folder / "figures")
        (folder / CARD_FILE).write_text(render_card(metrics, template), encoding="utf-8")

    try:
        check_output(output)
        with replaced(output) as folder:
            write(folder)
    except (OSError, OutputError) as error:
        reason = f"Cannot write {output} ({error})." if isinstance(error, OSError) else str(error)
        raise OutputError(f"{reason} {_rescue(write)}") from error


def _rescue(write: Callable[[Path], None]) -> str:
    """Write the model to a temporary folder, and say where it is."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="siffra-"))
        write(folder)
    except OSError:
        return "There was no space for temporary files either. Free some space and train again."
    return f"The model is in {folder}. Free some space and move it."


@contextmanager
def replaced(output: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `output` when the block ends without an error."""
    output = output.absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    with _locked(output):
        new, old = _partial(output)
        _recover(output)
        try:
            new.mkdir(parents=True)
            yield new
            if output.exists():
                output.rename(old)
            new.rename(output)
        finally:
            _recover(output)


def _recover(output: Path) -> None:
    """Restore the older model if it was moved aside, and delete unfinished files."""
    new, old = _partial(output)
    if old.exists() and not output.exists():
        old.rename(output)
    shutil.rmtree(new.parent, ignore_errors=True)


def _partial(output: Path) -> tuple[Path, Path]:
    """Return the folder of the unfinished model, and that of the older one meanwhile."""
    folder = output.parent / f".{output.name}.partial"
    return folder / "new", folder / "old"


@contextmanager
def _locked(output: Path) -> Iterator[None]:
    """Let one process at a time replace a model folder."""
    path = output.parent / f".{output.name}.lock"
    with FileLock(path, timeout=_TIMEOUT):
        try:
            yield
        finally:
            with suppress(OSError):  # Windows does not delete a file that is open
                os.unlink(path)
