"""Whom the server may tell that an avatar is made: only hosts that the settings name.

In: the setting `notify_hosts`, an address that a client gave. Out: where to connect and what to ask
for, or `NotifyForbidden`. A name that is allowed may still stand for a loopback, private or
otherwise not public address (RFC 6890's registries): that has to be named itself. Pure; owns
nothing.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from runtime.errors import NotifyForbidden

IpAddress = IPv4Address | IPv6Address
LONGEST_URL: Final = 2048
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address."""
_AS_IT_IS: Final = "/:?#[]@!$&'()*+,;=%-._~"
"""Of a path and query: RFC 3986's reserved characters, and what is escaped already."""


class NotifyAddress(NamedTuple):
    """Whom to tell: host in lower case and ASCII, an IPv6 one without brackets; target: path and
    query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """As the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class NotifyRules:
    """Of one service; `hosts` is the setting. ValueError for an entry that is none."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts
        self._networks: list[IPv4Network | IPv6Network] = []
        self._named: set[tuple[str, int | None]] = set()
        for host in hosts:
            try:
                self._networks.append(ip_network(host, strict=False))
            except ValueError:
                self._named.add(_host_and_port(host))

    def require(self, url: str) -> NotifyAddress:
        """The address, parsed; raises NotifyForbidden for one that nobody named."""
        if len(url) > LONGEST_URL:
            raise NotifyForbidden(f"notifyurl: is longer than {LONGEST_URL} characters")
        try:
            found = _parsed(url)
        except ValueError as error:
            raise NotifyForbidden(
                f"notifyurl: {url[:200]!r} is no address such as https://hooks.example/avatars "
                f"({error})"
            ) from error
        if not self._names(found.host, found.port):
            allowed = ", ".join(self._hosts) or "none"
            raise NotifyForbidden(
                f"notifyurl: {found.host!r} is told nothing; allowed: {allowed} "
                "(setting notify_hosts)"
            )
        return found

    def permits(self, address: str, port: int) -> bool:
        """Whether a host that was `require`d may have this IP address."""
        found = ip_address(address.partition("%")[0])
        known = (found, *_inside(found))
        if any(self._is_named(one, port) for one in known):
            return True
        return all(_is_public(one) for one in known)

    def _names(self, host: str, port: int) -> bool:
        if {(host, None), (host, port)} & self._named:
            return True
        try:
            return self._is_named(ip_address(host), port)
        except ValueError:
            return False

    def _is_named(self, address: IpAddress, port: int) -> bool:
        if any(address in network for network in self._networks):
            return True
        return bool({(str(address), None), (str(address), port)} & self._named)


def _parsed(url: str) -> NotifyAddress:
    """ValueError for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError("http or https is wanted")
    if not parts.hostname:
        raise ValueError("a host is wanted")
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise ValueError("no user may be in it")
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_IT_IS)
    return NotifyAddress(
        parts.scheme, _plain(parts.hostname), parts.port or _PORTS[parts.scheme], target
    )


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[address]:port`."""
    parts = urlsplit(f"//{entry}")
    if parts.hostname is None or parts.netloc != entry or "@" in entry:
        raise ValueError(f"{entry!r} is no host, address or network")
    return _plain(parts.hostname), parts.port


def _plain(host: str) -> str:
    return host.encode("idna").decode("ascii").lower().rstrip(".")


def _inside(address: IpAddress) -> tuple[IpAddress, ...]:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return ()
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = IPv4Address(address.packed[-4:])
    return (inner,) if inner is not None else ()


def _is_public(address: IpAddress) -> bool:
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return (address.is_global or mapped) and not address.is_multicast
