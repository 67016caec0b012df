"""A real scheduler and real workers, each a process of its own, on loopback."""

import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import numpy as np
import pytest
from apps import ROOT
from distributed import Client
from joblib import Parallel, delayed
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


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "http://127.0.0.1:9", ""])
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


def test_interrupted_run_leaves_the_cluster_clean(address, tmp_path):
    code = (
        "import signal, sys, time, joblib; from siffra.cluster import cluster\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "with cluster(sys.argv[1]):\n"
        "    print(flush=True)\n"
        "    joblib.Parallel(n_jobs=-1)(joblib.delayed(time.sleep)(0.5) for _ in range(200))\n"
    )
    command = [sys.executable, "-c", code, address]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        run.stdout.readline()
        time.sleep(2)
        run.terminate()
        assert run.wait(30) != 0
    with Client(address, set_as_default=False) as client:
        deadline = time.monotonic() + 20
        while any(client.processing().values()) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not any(client.processing().values())
        assert len(client.scheduler_info()["workers"]) == 2


def slow_means(rows):
    """Start the means of the columns, of 0.2 seconds each."""

    def mean(rows, index):  # inside, so that it is sent to workers, who cannot import it
        time.sleep(0.2)
        return float(rows[:, index].mean())

    tasks = (delayed(mean)(rows, index) for index in range(rows.shape[1]))
    return Parallel(n_jobs=-1, batch_size=1, return_as="generator")(tasks)


def test_worker_killed_halfway_changes_nothing_but_the_time(running):
    """The last test: later ones would have one worker."""
    address, processes = running
    rows = np.random.default_rng(0).random((1000, 20))
    with cluster(address):
        results = slow_means(rows)
        found = [next(results) for _ in range(8)]
        processes[0].kill()
        found += results
        assert processes[0].wait(10) == -signal.SIGKILL
    assert found == [float(rows[:, index].mean()) for index in range(20)]
