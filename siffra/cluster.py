"""Run joblib's parallel work on a dask.distributed cluster."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from joblib import parallel_config

from .exceptions import ClusterError
from .model_folder.versions import installed_versions

if TYPE_CHECKING:
    from distributed import Client

LOCAL: Final = "local"
TIMEOUT: Final = 5  # seconds to connect, and again for a first worker


@contextmanager
def cluster(address: str | None) -> Iterator[str | None]:
    """Let joblib, and so scikit-learn, run on a cluster; yield the link to its dashboard.

    The address is that of a scheduler, such as tcp://10.0.0.1:8786, or "local" to start one worker
    for each core of this machine. Without an address, joblib runs as usual. A ClusterError says
    why the cluster cannot be used, or that data was lost with a worker.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client
        from distributed.client import FutureCancelledError
    except ImportError as error:
        raise ClusterError(
            f"Got the scheduler {address}, but dask.distributed is not installed: "
            "pip install distributed bokeh."
        ) from error
    started = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    options = started if address == LOCAL else {"address": address, "timeout": TIMEOUT}
    client = None
    with suppress(OSError, ValueError):
        client = Client(**options)
    if client is None:
        # The client that failed ends itself when it is collected: later, that may never end.
        gc.collect()
        raise ClusterError(
            f"The scheduler {address} cannot be reached. Check the address, and that it runs: "
            "dask scheduler."
        )
    with client:
        _check_workers(client, address)
        try:
            with parallel_config(backend="dask", client=client):
                yield client.dashboard_link
        except FutureCancelledError as error:
            raise ClusterError(
                f"Workers of {address} ended, and with them the only copy of some data. Rerun the "
                "command."
            ) from error


def _check_workers(client: "Client", address: str) -> None:
    """Check that there are workers, and that they have the versions of this process."""
    try:
        client.wait_for_workers(1, timeout=TIMEOUT)
    except TimeoutError as error:
        raise ClusterError(
            f"The scheduler {address} has no workers. Start one: dask worker {address}."
        ) from error
    try:
        found = client.run(installed_versions)
    except Exception as error:  # of any type, from the worker
        raise ClusterError(
            f"The workers of {address} cannot import this project ({error}). Install it there."
        ) from error
    here = installed_versions().items()
    for worker, versions in found.items():
        for name, version in here - versions.items():
            raise ClusterError(
                f"The worker {worker} has {name} {versions.get(name)}, but this process has "
                f"{version}. Install the same versions."
            )
