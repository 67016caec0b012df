"""The model folder: its files, its configuration, and the types that a model may contain."""

import hashlib
import json
import platform
import re
import reprlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import skops.io
from sklearn.pipeline import Pipeline

from .archive import MAX_FILE_SIZE, check_archive, dump_model
from .checks import N_SIGNALS, N_VERDICTS, STEPS, check_judge, check_pipeline
from .exceptions import ModelError
from .forest import LowLatencyRandomForest
from .rejection import RejectionThreshold
from .untrusted_files import invalid, is_share, read_file, read_json

FORMAT: Final = 3
MODEL_FILE: Final = "model.skops"
NUMBERS_FILE: Final = "numbers.skops"  # older models have none
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"
CARD_FILE: Final = "README.md"
# In addition to the types that skops trusts. Exact names, never taken from the file itself.
TRUSTED_TYPES: Final = (
    "siffra.features.GradientHistograms",
    "siffra.forest.LowLatencyRandomForest",
    "siffra.preprocessing.transformer.MnistPreprocessor",
    "siffra.scores.KernelScores",
    "sklearn.tree._tree.Tree",
)
_LIBRARIES: Final = ("scikit-learn", "scipy", "skops", "numpy", "opencv-python-headless", "pillow")
# Names and versions may appear in a terminal, a page, or after "pip install".
_NAME: Final = re.compile(r"\w[\w.+-]{0,99}", re.ASCII)
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class ModelConfig:
    """The content of config.json."""

    format: int
    file: str
    sha256: str
    created: str
    trusted_types: list[str]
    versions: dict[str, str]
    rejection_thresholds: RejectionThreshold
    numbers_sha256: str | None = None  # None: the folder has no judge of numbers


@dataclass(frozen=True)
class TestReport:
    """The result of a test: share of correct predictions, and counts by digit and prediction."""

    __test__ = False  # not a class of tests, although its name looks like one

    accuracy: float
    confusion_matrix: list[list[int]]


def save_model(
    pipeline: Pipeline,
    folder: Path,
    thresholds: RejectionThreshold | None = None,
    judge: LowLatencyRandomForest | None = None,
) -> None:
    """Write a fitted Pipeline, the judge of numbers if there is one, and config.json.

    A ModelError is raised if they would not be loaded.
    """
    content = dump_model(pipeline)
    numbers = None if judge is None else dump_model(judge)
    try:
        check_archive(content)
        check_pipeline(pipeline)
        if numbers is not None:
            check_archive(numbers, N_SIGNALS, N_VERDICTS)
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
        rejection_thresholds=thresholds or RejectionThreshold(),
        numbers_sha256=None if numbers is None else hashlib.sha256(numbers).hexdigest(),
    )
    text = json.dumps(asdict(config), indent=2) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")


def load_pipeline(folder: Path) -> Pipeline:
    """Load the Pipeline of a model folder, whose author need not be trusted, or raise ModelError.

    A warning says that it was saved with another version of scikit-learn.
    """
    config = read_config(folder)
    path, content = folder / MODEL_FILE, _read_model(folder / MODEL_FILE, config.sha256)
    _check_package_name()
    advice = _compare_versions(config)
    with _explain_damage(path, advice):
        check_archive(content)
        pipeline = skops.io.loads(content, trusted=list(TRUSTED_TYPES))
        check_pipeline(pipeline)
    if advice:
        warnings.warn(f"{path}: {advice}", stacklevel=3)
    return pipeline


def load_judge(folder: Path) -> LowLatencyRandomForest | None:
    """Load the judge of numbers with the same care, or return None if the folder has none."""
    config = read_config(folder)
    if config.numbers_sha256 is None:
        return None
    path = folder / NUMBERS_FILE
    content = _read_model(path, config.numbers_sha256)
    _check_package_name()
    with _explain_damage(path, _compare_versions(config)):
        check_archive(content, N_SIGNALS, N_VERDICTS)
        judge = skops.io.loads(content, trusted=list(TRUSTED_TYPES))
        check_judge(judge)
    return judge


def no_judge() -> ModelError:
    """Return the error for numbers with a model that reads single digits only."""
    return ModelError(
        f"This model reads single digits only: its folder has no {NUMBERS_FILE}. Get a newer "
        "model, or train one: make train."
    )


@contextmanager
def _explain_damage(path: Path, advice: str) -> Iterator[None]:
    """Turn any error about a model file into a ModelError that says what to do."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `advice` replaces scikit-learn's own
            yield
    except ModelError as error:
        raise ModelError(f"{path} cannot be used: {error}. {advice}".rstrip()) from error
    except Exception as error:
        raise ModelError(
            f"{path} is damaged or not a model of this project ({type(error).__name__}). "
            f"Get the folder again. {advice}".rstrip()
        ) from error


def verify_checksum(folder: Path) -> ModelConfig:
    """Return the configuration if the files are there and the models' checksums are right."""
    config = read_config(folder)
    _read_model(folder / MODEL_FILE, config.sha256)
    if config.numbers_sha256 is not None:
        _read_model(folder / NUMBERS_FILE, config.numbers_sha256)
    return config


def read_config(folder: Path) -> ModelConfig:
    """Read config.json; raise ModelError if it is missing, for another version or not valid."""
    path = folder / CONFIG_FILE
    values = read_json(path)
    if values.get("format") != FORMAT:
        raise ModelError(
            f"{path} has format {reprlib.repr(values.get('format'))}, but this version reads "
            f"{FORMAT}. Use a model made for this version, or the version it was made with."
        )
    try:
        optional: dict[str, Any] = {"numbers_sha256": None}  # not in older models
        known = {key: (optional | values)[key] for key in ModelConfig.__annotations__}
        thresholds = RejectionThreshold(**known["rejection_thresholds"])
        config = ModelConfig(**known | {"rejection_thresholds": thresholds})
        names = [*config.trusted_types, *config.versions, *config.versions.values()]
        is_valid = (
            config.file == MODEL_FILE
            and _SHA256.fullmatch(config.sha256)
            and (config.numbers_sha256 is None or _SHA256.fullmatch(config.numbers_sha256))
            and date.fromisoformat(config.created).isoformat() == config.created
            and all(_NAME.fullmatch(name) for name in names)
            and "scikit-learn" in config.versions
            and len(known["rejection_thresholds"]) == 1
            and all(map(is_share, astuple(thresholds)))
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid(path, f"a value is missing or has the wrong type ({error!r:.80})") from error
    if not is_valid:
        raise invalid(path, f"a value is out of its range in {reprlib.repr(values)}")
    return config


def read_test_reports(folder: Path) -> dict[str, TestReport]:
    """Read the results on MNIST ("test") and on drawings ("strokes", if any) from metrics.json."""
    path = folder / METRICS_FILE
    metrics = read_json(path)
    reports = {}
    for key in ("test", "strokes") if metrics.get("strokes") is not None else ("test",):
        try:
            report = TestReport(metrics[key]["accuracy"], metrics[key]["confusion_matrix"])
            matrix = report.confusion_matrix
            counts = [count for row in matrix for count in row]
            is_valid = is_share(report.accuracy) and {len(matrix), *map(len, matrix)} == {10}
            is_valid = is_valid and all(type(count) is int and count >= 0 for count in counts)
        except (KeyError, TypeError) as error:
            raise invalid(path, f"the result {key!r} is missing or incomplete") from error
        if not is_valid:
            raise invalid(path, f"{key!r} has no accuracy from 0 to 1 or no 10 x 10 counts")
        reports[key] = report
    return reports


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a model depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


def _read_model(path: Path, expected: str) -> bytes:
    """Read a model file and compare its checksum."""
    content = read_file(path, MAX_FILE_SIZE)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(
            f"{path} has SHA-256 {found}, but expected {expected}: it is damaged or from another "
            "model. Get the folder again."
        )
    return content


def _check_package_name() -> None:
    """Check that the names in a model file stand for the classes of this package."""
    found = {f"{kind.__module__}.{kind.__name__}" for kind in STEPS.values()}
    if not found.issuperset(TRUSTED_TYPES[:-1]):
        spec = find_spec("siffra")
        raise ModelError(
            f"This package was imported as {__package__!r}, but model files call it 'siffra', "
            f"which belongs to {spec.origin if spec else None}. Rename that module."
        )


def _compare_versions(config: ModelConfig) -> str:
    """Return advice if the model was saved with another scikit-learn; otherwise nothing."""
    saved_with, installed = config.versions["scikit-learn"], version("scikit-learn")
    if saved_with == installed:
        return ""
    return (
        f"The model was saved with scikit-learn {saved_with}, but {installed} is installed: "
        f"predictions may differ. To be sure, pip install scikit-learn=={saved_with}."
    )
