"""A real scheduler and real workers, each a process of its own, on loopback."""

import time
from contextlib import ExitStack

import numpy as np
import pytest
from distributed import Client
from processes import scheduler, worker, workers
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

from siffra import ClusterError
from siffra.__main__ import main
from siffra.cluster import cluster

OTHER_SKOPS = """
import importlib.metadata as metadata
version = metadata.version
metadata.version = lambda name: "0.1" if name == "skops" else version(name)
"""


@pytest.fixture(scope="module")
def running():
    """The address of a scheduler, and the processes of its two workers."""
    with workers(2) as (address, processes):
        yield address, processes


@pytest.fixture
def address(running):
    return running[0]


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Wait longer than a user would: a busy machine takes its time to start a scheduler."""
    monkeypatch.setattr("siffra.cluster.TIMEOUT", 60)


def search(digits):
    """Search with scikit-learn; return the accuracies."""
    images, labels = (values[:300] for values in digits)
    forest = RandomForestClassifier(5, random_state=0)
    found = GridSearchCV(forest, {"max_depth": [4, 8, 16]}, cv=3, n_jobs=-1)
    return found.fit(images.reshape(len(images), -1), labels).cv_results_["mean_test_score"]


@pytest.mark.parametrize("where", ["address", "local"])
def test_scikit_learn_finds_the_same_on_a_cluster(digits, where, request):
    expected = search(digits)
    with cluster(request.getfixturevalue("address") if where == "address" else where) as dashboard:
        assert dashboard.startswith("http://127.0.0.1:")
        np.testing.assert_array_equal(search(digits), expected)


def test_tasks_whose_data_is_lost_are_an_error(address):
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(ClusterError, match="Rerun"))
        stack.enter_context(cluster(address))
        future = Client.current().submit(time.sleep, 1)
        future.cancel()
        future.result()


def test_batch_on_a_cluster_gives_the_same_table(digits, folder, tmp_path, address, monkeypatch):
    monkeypatch.setattr("siffra.batch.predict._BLOCK", 50)
    np.savez(tmp_path / "images.npz", images=digits[0][:180])
    arguments = ["predict", str(tmp_path / "images.npz"), "--model", str(folder), "--output"]
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    assert main([*arguments, str(here)]) == 0
    assert main([*arguments, str(there), "--scheduler", address]) == 0
    assert there.read_bytes() == here.read_bytes()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere"])
def test_scheduler_that_cannot_be_reached_is_an_error_after_the_timeout(address, monkeypatch):
    monkeypatch.setattr("siffra.cluster.TIMEOUT", 1)
    start = time.monotonic()
    with pytest.raises(ClusterError, match="cannot be reached"), cluster(address):
        pass
    assert time.monotonic() - start < 20


def test_scheduler_without_workers_is_an_error(monkeypatch):
    with ExitStack() as stack:
        address = stack.enter_context(scheduler())
        Client(address, set_as_default=False).close()  # it is up
        monkeypatch.setattr("siffra.cluster.TIMEOUT", 1)
        stack.enter_context(pytest.raises(ClusterError, match="has no workers"))
        stack.enter_context(cluster(address))


@pytest.mark.parametrize(
    ("module", "code", "message"),
    [
        ("siffra/__init__.py", "raise ImportError('broken')", "cannot import this project"),
        ("sitecustomize.py", OTHER_SKOPS, r"has skops 0\.1, but"),
    ],
)
def test_workers_with_other_versions_are_an_error(tmp_path, module, code, message):
    path = tmp_path / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(code)
    with ExitStack() as stack:
        address = stack.enter_context(scheduler())
        stack.enter_context(worker(address, tmp_path, PYTHONPATH=str(tmp_path)))
        with pytest.raises(ClusterError, match=message), cluster(address):
            pass
