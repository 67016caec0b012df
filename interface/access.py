"""Which hosts may be asked for, and which proxies are believed."""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Nobody else can make these names point to this machine.
HOSTED = (".hf.space", ".gradio.live")
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@]+)(:\d+)?")


class RefusedError(Exception):
    """A request that is answered with an error before Gradio sees it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Access:
    """The hosts that the operator allows (".example" stands for subdomains) and the proxies."""

    hosts: tuple[str, ...]
    any_address: bool
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

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
        if "SPACE_ID" in environment:  # only the Hub's own proxy reaches a Space
            proxies = ["0.0.0.0/0", "::/0"]
        # A name can be made to point to this machine by its owner, an address cannot.
        any_address = bound in ("0.0.0.0", "::") or "SPACE_ID" in environment  # noqa: S104
        return cls(
            tuple(host for host in hosts if host not in LOOPBACK),
            any_address,
            tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies),
        )

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

    def _is_proxy(self, address: str) -> bool:
        parsed = _parse_address(address)
        return parsed is not None and any(parsed in network for network in self.proxies)


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


def _parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
