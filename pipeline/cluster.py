"""A dask.distributed cluster for whatever joblib runs in parallel."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from joblib import parallel_config

from .exceptions import ClusterError

if TYPE_CHECKING:
    from distributed import Client

LOCAL: Final = "local"
_DASHBOARD: Final = "127.0.0.1:0"
_KEPT: Final = 16  # arrays: those of several calls of joblib
_TIMEOUT: Final = 5  # seconds, to connect and again for a first worker


@contextmanager
def cluster(address: str | None) -> Iterator[str | None]:
    """Let joblib run on a cluster inside the block.

    Parameters
    ----------
    address : str, optional
        A scheduler's, such as tcp://10.0.0.1:8786; "local" starts one here with a worker a core.
        Without one, joblib runs as it always does.

    Yields
    ------
    str or None
        The link to the cluster's dashboard.

    Raises
    ------
    ClusterError
        If the extra is not installed, the scheduler cannot be reached, it has no workers, or
        theirs are other versions than those here.
    """
    if address is None:
        yield None
        return
    with _connect(address) as client:
        _check_workers(client, address)
        with _copies_kept(client), parallel_config(backend="dask", client=client):
            yield client.dashboard_link


@contextmanager
def _connect(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ClusterError(
            f"Got --scheduler {address}, but dask.distributed is not installed. "
            "Install it: pip install 'siffra[cluster]'."
        ) from error

    class Broadcaster(Client):
        """Sends data to every worker once: a worker that dies takes nothing with it.

        What was sent is kept for a while: joblib lets go of it when the last task has begun, but a
        result that dies with its worker must be computed again.
        """

        def scatter(self, data: Any, broadcast: bool = True, **options: Any) -> Any:
            sent = super().scatter(data, broadcast=broadcast, **options)
            return self._keep_later(sent) if isawaitable(sent) else self._keep(sent)

        async def _keep_later(self, sent: Any) -> Any:
            return self._keep(await sent)

        def _keep(self, sent: Any) -> Any:
            kept.append(sent)
            return sent

    kept: deque[Any] = deque(maxlen=_KEPT)

    if address == LOCAL:
        with (
            LocalCluster(threads_per_worker=1, dashboard_address=_DASHBOARD) as here,
            Broadcaster(here) as client,
        ):
            yield client
        return
    try:
        client = Broadcaster(address, timeout=_TIMEOUT)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The scheduler {address} cannot be reached ({' '.join(str(error).split())}). Check "
            "the address and that it runs: dask scheduler."
        ) from error
    with client:
        yield client


@contextmanager
def _copies_kept(client: "Client") -> Iterator[None]:
    """Stop the scheduler from dropping copies of data that a worker does not need just now.

    The last one might be on the worker that dies.
    """
    was_running = client.amm.running()
    client.amm.stop()
    try:
        yield
    finally:
        if was_running and client.status == "running":
            client.amm.start()


def _check_workers(client: "Client", address: str) -> None:
    """Make sure that there are workers, and that they would do what this process would."""
    from .artifact import installed_versions

    try:
        client.wait_for_workers(1, timeout=_TIMEOUT)
    except TimeoutError as error:
        raise ClusterError(
            f"The scheduler {address} has no workers. Start one: dask worker {address}."
        ) from error
    try:
        found = client.run(installed_versions)
    except Exception as error:  # dask raises what the worker raised, or its bare text
        raise ClusterError(
            f"The workers of {address} cannot run this project ({error}). Install it there."
        ) from error
    here = installed_versions()
    for worker, versions in found.items():
        others = {name: version for name, version in versions.items() if here[name] != version}
        if others:
            raise ClusterError(
                f"The worker {worker} has {_join(others)}, but here it is "
                f"{_join({name: here[name] for name in others})}. Install the same versions."
            )


def _join(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
