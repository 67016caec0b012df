"""A real scheduler and real workers, each a process of its own, on loopback."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import numpy as np
import pytest
from conftest import ROOT
from distributed import Client
from processes import scheduler, worker, workers
from sklearn.pipeline import Pipeline

from pipeline import ClusterError
from pipeline.cluster import cluster
from pipeline.training.fitting import Fit
from pipeline.training.pool import Pool
from pipeline.training.search import search

OTHER_SKOPS = """
import importlib.metadata as metadata
version = metadata.version
metadata.version = lambda name: "0.1" if name == "skops" else version(name)
"""
GRID = {"n_estimators": [20, 40], "max_depth": [4, 20]}


@pytest.fixture(scope="module")
def address():
    with workers(2) as (address, _):
        yield address


@pytest.fixture(scope="module")
def material(digits):
    """Rows to fit on, and rows to try on."""
    rng = np.random.default_rng(0)
    images, labels = digits
    rows = images.reshape(len(images), -1)[:, 18:28].astype(np.float32).repeat(8, axis=0)
    rows += rng.normal(0, 30, rows.shape).astype(np.float32)
    labels, n = labels.repeat(8), 10_000
    rest = np.zeros(len(rows) - n, dtype=np.int64)
    fit = Fit(Pipeline([("scores", "passthrough")]), rows[:n], labels[:n])
    return fit, Pool(rows[n:], labels[n:], rest, rest, rest)


def find(material, seed=0):
    """What the search finds, without the times, and the forest that follows from it."""
    fit, validation = material
    found = search(fit, validation, GRID, seed)
    for result in found["results"]:
        del result["fit_seconds"]
    forest = fit.forest(seed, found["best_params"])
    return found, forest.predict_proba(validation.features)


@pytest.fixture(scope="module")
def expected(material):
    return find(material)


def same(found, expected):
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])


def test_a_cluster_finds_what_this_process_finds(address, material, expected):
    with cluster(address) as dashboard:
        assert dashboard.startswith("http://127.0.0.1:")
        same(find(material), expected)
    with Client(address, set_as_default=False) as client:
        assert client.processing() == dict.fromkeys(client.processing(), ())


def test_killing_a_worker_halfway_changes_nothing_but_the_time(material, expected):
    with workers(2) as (address, processes), cluster(address):
        finder = threading.Timer(1.5, processes[0].kill)
        finder.start()
        same(find(material), expected)
        finder.join()
        assert processes[0].wait(10) == -signal.SIGKILL


def test_a_cluster_of_this_machines_own(material, expected):
    with cluster("local") as dashboard:
        assert dashboard.startswith("http://127.0.0.1:")
        same(find(material), expected)


def test_data_is_sent_once_and_not_once_a_task(address, material, monkeypatch):
    sent = []
    scatter = Client.scatter

    def spy(client, data, **options):
        sent.append((data.nbytes, options["broadcast"]))
        return scatter(client, data, **options)

    monkeypatch.setattr(Client, "scatter", spy)
    with cluster(address):
        find(material)
    # The search: rows, labels and the split's two halves. The forest's 20 or 40 trees: both anew.
    assert 4 <= len(sent) <= 7
    assert all(broadcast for _, broadcast in sent)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "http://127.0.0.1:9", ""])
def test_a_scheduler_that_cannot_be_reached_is_an_error_within_ten_seconds(address):
    start = time.monotonic()
    with pytest.raises(ClusterError, match="cannot be reached"), cluster(address):
        pass
    assert time.monotonic() - start < 10


def test_a_scheduler_without_workers_is_an_error():
    with ExitStack() as stack:
        address = stack.enter_context(scheduler())
        stack.enter_context(pytest.raises(ClusterError, match=r"has no workers\. Start one"))
        stack.enter_context(cluster(address))


@pytest.mark.parametrize(
    ("module", "code", "message"),
    [
        ("pipeline/__init__.py", "raise ImportError('broken')", "cannot run this project"),
        ("sitecustomize.py", OTHER_SKOPS, "has skops 0.1, but here it is skops 0"),
    ],
)
def test_workers_that_would_do_something_else_are_an_error(tmp_path, module, code, message):
    path = tmp_path / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(code)
    with ExitStack() as stack:
        address = stack.enter_context(scheduler())
        stack.enter_context(worker(address, tmp_path, PYTHONPATH=str(tmp_path)))
        with pytest.raises(ClusterError, match=message), cluster(address):
            pass


def test_an_interrupted_run_leaves_the_cluster_clean(address, tmp_path):
    code = (
        "import signal, sys, time, joblib; from pipeline.cluster import cluster\n"
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
