"""Everything of uvicorn that is not documented, in one file: each version may change it."""

from collections.abc import Iterable
from typing import Any, TypeAlias

# A connection, and the request and answer that it is at: None before the first.
Exchange: TypeAlias = tuple[Any, Any]


def connections_of(server: Any) -> Iterable[Any]:
    """Return the connections that are open."""
    return list(server.server_state.connections)


def find_idle(connections: Iterable[Any]) -> list[Exchange]:
    """Return the connections on which no request has arrived since the last answer."""
    # A cycle is one request and its answer; it begins when the headers are complete.
    return [
        (connection, connection.cycle)
        for connection in connections
        if hasattr(connection, "cycle")  # a WebSocket has none
        and (connection.cycle is None or connection.cycle.response_complete)
    ]


def close(connection: Any) -> None:
    """Close a connection."""
    connection.transport.close()
