"""Which hosts may be asked for, and which proxies are believed."""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Nobody else can make these names point to this machine.
HOSTED = (".hf.space", ".gradio.live")
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@]+)(:\d+)?")


class RefusedError(Exception):
    """A request that is answered with an error before Gradio sees it.

    Parameters
    ----------
    status : int
        Of HTTP.
    message : str
        For the client.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Access:
    """The allowed hosts and the trusted proxies.

    Parameters
    ----------
    hosts : tuple of str
        Names; one that begins with a dot stands for all its subdomains, "*" for any name.
    any_address : bool
        Whether any IP address is allowed as a host.
    proxies : tuple of networks
        Their X-Forwarded-* headers are believed.
    """

    hosts: tuple[str, ...]
    any_address: bool = False
    proxies: tuple[Network, ...] = ()

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, share: bool = False
    ) -> Self:
        """Read SIFFRA_ALLOWED_HOSTS, SIFFRA_PROXIES and GRADIO_SERVER_NAME.

        Raises
        ------
        ValueError
            If SIFFRA_PROXIES is not a list of IP addresses or networks.
        """
        bound = environment.get("GRADIO_SERVER_NAME", "").strip("[]")
        names = _split(environment.get("SIFFRA_ALLOWED_HOSTS", ""))
        proxies = _split(environment.get("SIFFRA_PROXIES", ""))
        if share:  # the tunnel's client runs on this machine
            proxies += ["127.0.0.1", "::1"]
        if "SPACE_ID" in environment:  # only the Hub's own proxy reaches a Space
            proxies = ["0.0.0.0/0", "::/0"]
        # A name can be made to point to this machine by its owner, an address cannot.
        any_address = bound in ("0.0.0.0", "::") or "SPACE_ID" in environment  # noqa: S104
        names = [name if name == "*" else name.lstrip("*") for name in [bound, *names] if name]
        hosts = (*LOOPBACK, *HOSTED, *names)
        networks = tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies)
        return cls(tuple(host.lower() for host in hosts), any_address, networks)

    def sort_out_proxy(self, scope: Scope) -> tuple[Headers, str]:
        """Return the headers that can be believed, and the client's address."""
        headers = MutableHeaders(raw=list(scope["headers"]))
        peer = (scope.get("client") or ("unknown",))[0]
        if not self._is_proxy(peer):
            for name in _FORWARDED:
                del headers[name]
            return headers, peer
        hops = _split(headers.get("x-forwarded-for", ""))
        untrusted = [hop for hop in hops if not self._is_proxy(hop)]
        return headers, (untrusted or hops[:1] or [peer])[-1]

    def check(self, headers: Headers) -> None:
        """Raise RefusedError unless Host, and Origin if there is one, are allowed."""
        host = headers.get("x-forwarded-host") or headers.get("host", "")
        if not self._allows(headers.get("host", "")):
            raise RefusedError(
                400,
                "Got a request for a host that is not allowed here. Add its name to "
                "SIFFRA_ALLOWED_HOSTS.",
            )
        origin = headers.get("origin")
        if origin is None:
            return
        authority = origin.partition("://")[2]
        if authority not in (host, headers.get("host")) and not self._is_listed(authority):
            raise RefusedError(
                403,
                "Got a request from a page of another site. Add its host to SIFFRA_ALLOWED_HOSTS.",
            )

    def _allows(self, authority: str) -> bool:
        """Return whether a host, with or without a port, is allowed."""
        match = _AUTHORITY.fullmatch(authority.lower())
        if not match:
            return False
        host = match[1].strip("[]").rstrip(".")
        return self._matches(host, self.hosts) or (self.any_address and _is_address(host))

    def _is_listed(self, authority: str) -> bool:
        """Return whether the operator has named a host."""
        match = _AUTHORITY.fullmatch(authority.lower())
        own = [host for host in self.hosts if host not in (*LOOPBACK, *HOSTED)]
        return match is not None and self._matches(match[1].strip("[]"), own)

    @staticmethod
    def _matches(host: str, names: Iterable[str]) -> bool:
        return any(
            name in ("*", host) or (name.startswith(".") and host.endswith(name)) for name in names
        )

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.proxies)


def _split(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
