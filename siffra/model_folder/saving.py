"""Write the files of a model folder that are needed to load it."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from sklearn.pipeline import Pipeline

from ..exceptions import ModelError
from ..forest import LowLatencyRandomForest
from ..rejection import Thresholds
from .archive import check_archive, check_judge_archive, dump_model
from .checks import check_judge, check_pipeline
from .config import CONFIG_FILE, FORMAT, MODEL_FILE, NUMBERS_FILE, ModelConfig
from .trusted_types import TRUSTED_TYPES
from .versions import installed_versions


def save_model(
    pipeline: Pipeline,
    folder: Path,
    thresholds: Thresholds | None = None,
    judge: LowLatencyRandomForest | None = None,
) -> None:
    """Write a fitted Pipeline, the judge of numbers if there is one, and config.json.

    A ModelError is raised if they could not be loaded again.
    """
    content = dump_model(pipeline)
    numbers = None if judge is None else dump_model(judge)
    try:
        check_archive(content)
        check_pipeline(pipeline)
        if numbers is not None:
            check_judge_archive(numbers)
            check_judge(judge)
    except ModelError as error:
        raise ModelError(f"The model cannot be saved: {error}.") from error
    (folder / MODEL_FILE).write_bytes(content)
    if numbers is not None:
        (folder / NUMBERS_FILE).write_bytes(numbers)
    config = ModelConfig(
        format=FORMAT,
        file=MODEL_FILE,
        sha256=hashlib.sha256(content).hexdigest(),
        created=datetime.now(UTC).date().isoformat(),
        trusted_types=list(TRUSTED_TYPES),
        versions=installed_versions(),
        thresholds=thresholds or Thresholds(),
        numbers_sha256=None if numbers is None else hashlib.sha256(numbers).hexdigest(),
    )
    text = json.dumps(config.to_json(), indent=2) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")
