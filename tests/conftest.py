"""Small real things: images that scikit-learn ships, a forest really trained on them."""

import gzip
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hub_server import SERVER, WRITER
from huggingface_hub import constants
from sklearn.datasets import load_digits

from pipeline.artifact import save_artifact
from pipeline.classifier import assemble, make_extractor, make_forest, make_scorer
from pipeline.doubt import Limits
from pipeline.training import data
from pipeline.training.data import Digits

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def digits():
    """1,797 real handwritten digits: (n, 8, 8) uint8, bright on black, and their labels."""
    bunch = load_digits()
    return (bunch.images * 15).astype(np.uint8), bunch.target.astype(np.int64)


@pytest.fixture(scope="session")
def model(digits):
    """A Pipeline trained on the first 1,500 of them."""
    images, labels = digits
    extractor, scorer = make_extractor(), make_scorer(1500)
    scores = scorer.fit_transform(extractor.transform(images[:1500]), labels[:1500])
    forest = make_forest(n_estimators=20).fit(scores, labels[:1500])
    return assemble(extractor, scorer, forest)


@pytest.fixture
def folder(model, tmp_path):
    """A model folder with that Pipeline."""
    path = tmp_path / "model"
    path.mkdir()
    save_artifact(model, path, Limits(0.4, 0.3))
    return path


@pytest.fixture
def release_folder(folder):
    """That folder with the card, the metrics and the figures of the released one."""
    for name in ("README.md", "metrics.json"):
        shutil.copy(ROOT / "model" / name, folder)
    shutil.copytree(ROOT / "model" / "figures", folder / "figures")
    return folder


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty Hub and an empty cache, and a token that may write."""
    assert SERVER.url == constants.ENDPOINT
    SERVER.reset()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("HF_TOKEN", WRITER)
    return SERVER


@pytest.fixture(scope="session")
def small():
    """1,500 real digits in MNIST's format: (n, 28, 28) uint8, and their labels."""
    bunch = load_digits()
    images = np.zeros((1500, 28, 28), dtype=np.uint8)
    enlarged = np.kron(bunch.images[:1500], np.ones((3, 3))) * 15
    images[:, 2:26, 2:26] = enlarged.astype(np.uint8)
    return Digits(images, bunch.target[:1500].astype(np.int64))


@pytest.fixture
def idx_folder(small, tmp_path, monkeypatch):
    """Those digits as four IDX files, one half gzipped, with checksums and sizes to match."""
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
    """The real MNIST, where the developers' folder with it stands beside the project."""
    path = SHARED / "mnist"
    if not path.is_dir():
        pytest.skip(f"needs MNIST's files in {path}")
    return path


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The released app in a process of its own."""
    with serve() as url:
        yield url


@contextmanager
def serve(**environment: str) -> Iterator[str]:
    """Run the app with the released model, and anything else that the environment says."""
    with run_app("app.py", **environment) as (url, _):
        yield url


@contextmanager
def run_app(script: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run an app in a process of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "HF_HUB_OFFLINE": "1",
        **environment,
    }
    process = subprocess.Popen([sys.executable, script], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url, process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with code {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {seconds} s")
