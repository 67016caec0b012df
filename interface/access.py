"""Which hosts may be asked for, and which proxies are believed."""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Third parties cannot register these names.
HOSTED = (".hf.space", ".gradio.live")
# Addresses that are not on the internet: a Space's proxies have them, its visitors do not.
PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
    *("127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10"),
)
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@]+)(:\d+)?")


class RefusedError(Exception):
    """A request that is answered with an error before Gradio sees it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Access:
    """The hosts that the operator allows (".example" stands for subdomains) and the proxies.

    With `any_peer`, every client is a proxy.
    """

    hosts: tuple[str, ...]
    any_address: bool
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    any_peer: bool = False

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, share: bool = False
    ) -> Self:
        """Read SIFFRA_ALLOWED_HOSTS, SIFFRA_PROXIES (or raise ValueError), GRADIO_SERVER_NAME."""
        bound = environment.get("GRADIO_SERVER_NAME", "").strip("[]")
        names = [bound, *_split(environment.get("SIFFRA_ALLOWED_HOSTS", ""))]
        hosts = [name if name == "*" else name.lstrip("*").lower() for name in names if name]
        proxies = _split(environment.get("SIFFRA_PROXIES", ""))
        if share:  # the tunnel's client runs on this machine
            proxies += ["127.0.0.1", "::1"]
        if "SPACE_ID" in environment:
            proxies += PRIVATE
        # A name can be made to point to this machine by its owner, an address cannot.
        any_address = bound in ("0.0.0.0", "::") or "SPACE_ID" in environment  # noqa: S104
        return cls(
            tuple(host for host in hosts if host not in LOOPBACK),
            any_address,
            tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies),
            any_peer="SPACE_ID" in environment,  # only the Hub's own proxy reaches a Space
        )

    def sort_out_proxy(self, scope: Scope) -> tuple[Headers, str]:
        """Return the headers that can be believed, and the client's address.

        That is the rightmost of X-Forwarded-For that is no proxy's: each proxy adds the address
        that it was called from, and what stands further left was written by the client.
        """
        headers = MutableHeaders(raw=list(scope["headers"]))
        peer = (scope.get("client") or ("unknown",))[0]
        if not self.any_peer and not self._is_proxy(_parse_address(peer)):
            for name in _FORWARDED:
                del headers[name]
            return headers, peer
        hops = [_parse_hop(hop) for hop in _split(",".join(headers.getlist("x-forwarded-for")))]
        addresses = [hop for hop in hops if hop]
        clients = [address for address in addresses if not self._is_proxy(address)]
        known = clients or addresses[:1]
        return headers, str(known[-1]) if known else peer

    def check(self, headers: Headers) -> None:
        """Raise RefusedError unless Host, and Origin if there is one, are allowed."""
        host = _host_name(headers.get("host", ""))
        is_allowed = _matches(host, (*LOOPBACK, *HOSTED, *self.hosts))
        if not is_allowed and not (self.any_address and _parse_address(host)):
            raise RefusedError(
                400,
                "Got a request for a host that is not allowed here. Add its name to "
                "SIFFRA_ALLOWED_HOSTS.",
            )
        origin = headers.get("origin", "").partition("://")[2]
        is_own = origin and origin in (headers.get("host"), headers.get("x-forwarded-host"))
        if "origin" in headers and not is_own and not _matches(_host_name(origin), self.hosts):
            raise RefusedError(
                403,
                "Got a request from a page of another site. Add its host to SIFFRA_ALLOWED_HOSTS.",
            )

    def _is_proxy(self, address: _Address | None) -> bool:
        return address is not None and any(address in network for network in self.proxies)


def _split(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _host_name(authority: str) -> str:
    """Return the host of an authority without its port; nothing if it is malformed."""
    match = _AUTHORITY.fullmatch(authority.lower())
    return match[1].strip("[]").rstrip(".") if match else ""


def _matches(host: str, names: Iterable[str]) -> bool:
    return bool(host) and any(
        name in ("*", host) or (name.startswith(".") and host.endswith(name)) for name in names
    )


def _parse_hop(text: str) -> _Address | None:
    """Return an address of X-Forwarded-For, to which some proxies add the port."""
    return _parse_address(text) or _parse_address(_host_name(text))


def _parse_address(text: str) -> _Address | None:
    """Return an address, without the scope that may follow it, or None."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both versions shows version 4 in this form.
    return getattr(address, "ipv4_mapped", None) or address
