"""Fixtures for all tests: images that scikit-learn ships and a model trained on them."""

import gzip
import hashlib
import os
import pickle
import shutil
import struct
from collections.abc import Iterator

import browser
import numpy as np
import pytest
from apps import ROOT, free_port, run_app, serve
from filelock import FileLock
from hub_server import SERVER, WRITER
from huggingface_hub import constants
from playwright.sync_api import expect, sync_playwright
from sketching import FLAGS, SECONDS
from sklearn.datasets import load_digits

from pipeline import data, numbers_evaluation
from pipeline import judge as judge_training
from pipeline.data import Digits
from pipeline.feature_set import Split
from pipeline.judge import fit_judge
from pipeline.model import assemble_pipeline, build_extractor, build_forest, build_scorer
from pipeline.rows import RowSampler
from siffra.model_folder.config import CARD_FILE, METRICS_FILE
from siffra.model_folder.saving import save_model
from siffra.rejection import Thresholds
from siffra.scores import NOT_A_DIGIT

__all__ = ["ROOT", "free_port", "run_app", "serve"]

N_TRAIN = 1500
# Collecting doctests would import it again and start another Hub, for all processes that follow.
collect_ignore = ["hub_server.py"]


@pytest.fixture(scope="session", autouse=True)
def few_rows():
    """Train and test on few rows of numbers: all of them take minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge_training, "N_ROWS", 60)
        patch.setattr(numbers_evaluation, "N_ROWS", 10)
        patch.setattr(numbers_evaluation, "N_SINGLES", 20)
        patch.setattr(numbers_evaluation, "_N_TIMED", 1)
        yield


# For one module: while Playwright runs, other tests of the process cannot use asyncio.
@pytest.fixture(scope="module")
def chromium() -> Iterator:
    path = browser.find()
    if path is None:
        message = "No browser, so nothing was drawn: install Chromium, then run make test again."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    expect.set_options(timeout=20 * SECONDS)  # on a busy machine; Playwright's own are 5
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def digits():
    """1,797 handwritten digits: (n, 8, 8) uint8, bright on black, and their labels."""
    bunch = load_digits()
    return (bunch.images * 15).astype(np.uint8), bunch.target.astype(np.int64)


@pytest.fixture(scope="session")
def build_once(tmp_path_factory):
    """A function that returns what another one builds, in one of the processes of pytest-xdist."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def get(name, build):
        path = folder / f"{name}.pickle"
        with FileLock(f"{path}.lock"):
            if not path.exists():
                path.write_bytes(pickle.dumps(build()))
            return pickle.loads(path.read_bytes())

    return get


@pytest.fixture(scope="session")
def model(build_once, digits):
    """A Pipeline trained on the first 1,500 of them, and on noise, which is not a digit."""
    return build_once("model", lambda: fit_pipeline(digits))


def fit_pipeline(digits):
    noise = np.random.default_rng(0).integers(0, 256, (N_TRAIN // 5, 8, 8), dtype=np.uint8)
    images = np.concatenate([digits[0][:N_TRAIN], noise])
    labels = np.append(digits[1][:N_TRAIN], np.full(len(noise), NOT_A_DIGIT))
    extractor, scorer = build_extractor(), build_scorer(len(images))
    scores = scorer.fit_transform(extractor.transform(images), labels)
    forest = build_forest(n_estimators=20).fit(scores[:N_TRAIN], labels[:N_TRAIN])
    return assemble_pipeline(extractor, scorer, forest)


@pytest.fixture(scope="session")
def judge(build_once, model, small, few_rows):
    """The judge of numbers for that Pipeline, from few rows of digits."""
    sampler = RowSampler({}, {}, Split.TEST, small)
    return build_once("judge", lambda: fit_judge(model, sampler, seed=0, n_rows=60))


@pytest.fixture(scope="session")
def saved_model(model, tmp_path_factory):
    """A model folder with that Pipeline. Read only: `folder` is a copy of it."""
    path = tmp_path_factory.mktemp("saved") / "model"
    path.mkdir()
    save_model(model, path, Thresholds(0.3))
    return path


@pytest.fixture
def folder(saved_model, tmp_path):
    """A model folder with that Pipeline."""
    return shutil.copytree(saved_model, tmp_path / "model")


@pytest.fixture
def release_folder(folder):
    """That folder with the card, the metrics and the figures of the released model."""
    for name in (CARD_FILE, METRICS_FILE):
        shutil.copy(ROOT / "model" / name, folder)
    shutil.copytree(ROOT / "model" / "figures", folder / "figures")
    return folder


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty Hub, an empty cache, and a token with write access."""
    assert SERVER.url == constants.ENDPOINT
    SERVER.reset()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("HF_TOKEN", WRITER)
    return SERVER


@pytest.fixture(scope="session")
def small():
    """1,500 digits in MNIST's format: (n, 28, 28) uint8, and their labels."""
    bunch = load_digits()
    images = np.zeros((1500, 28, 28), dtype=np.uint8)
    enlarged = np.kron(bunch.images[:1500], np.ones((3, 3))) * 15
    images[:, 2:26, 2:26] = enlarged.astype(np.uint8)
    return Digits(images, bunch.target[:1500].astype(np.int64))


@pytest.fixture
def idx_folder(small, tmp_path, monkeypatch):
    """Those digits as four IDX files, one half gzipped; checksums and sizes are patched."""
    folder = tmp_path / "idx"
    folder.mkdir()
    checksums = {}
    for part, digits in (("train", small[:1200]), ("t10k", small[1200:])):
        n = len(digits)
        images = struct.pack(">4i", 2051, n, 28, 28) + digits.images.tobytes()
        labels = struct.pack(">2i", 2049, n) + digits.labels.astype(np.uint8).tobytes()
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
        checksums[f"{part}-images-idx3-ubyte"] = hashlib.sha256(images).hexdigest()
        checksums[f"{part}-labels-idx1-ubyte"] = hashlib.sha256(labels).hexdigest()
    monkeypatch.setattr(data, "CHECKSUMS", checksums)
    monkeypatch.setattr(data, "N_TRAIN", 1000)
    monkeypatch.setattr(data, "N_VALIDATION", 200)
    monkeypatch.setattr(data, "N_TEST", 300)
    return folder


@pytest.fixture(scope="session")
def mnist_folder():
    """MNIST's own files, if they are in `shared/mnist` next to the project."""
    path = ROOT.parent / "shared" / "mnist"
    if not path.is_dir():
        pytest.skip(f"needs MNIST's files in {path}")
    return path


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The app with the released model."""
    with serve() as url:
        yield url
