"""Small real things: images that scikit-learn ships, a forest really trained on them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from pipeline.artifact import save_artifact
from pipeline.classifier import assemble, make_forest
from pipeline.preprocessing import MnistPreprocessor

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
    preprocessor = MnistPreprocessor()
    forest = make_forest(n_estimators=20).fit(
        preprocessor.fit_transform(images[:1500]), labels[:1500]
    )
    return assemble(preprocessor, forest)


@pytest.fixture
def folder(model, tmp_path):
    """A model folder with that Pipeline."""
    path = tmp_path / "model"
    path.mkdir()
    save_artifact(model, path)
    return path


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
    port = free_port()
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "HF_HUB_OFFLINE": "1",
    }
    environment.pop("SIFFRA_MODEL", None)
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
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
