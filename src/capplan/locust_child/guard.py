"""guard: no socket of this process reaches any address that was not allowed, and a name means what was pinned.

It stands below every client written in Python: an audit hook of the interpreter sees each connection and datagram
before it is made, through redirects, absolute URLs and WebSockets alike; and the resolver of gevent is replaced by one
that asks nobody. It does not see what raises no audit event: libraries that connect in C by themselves, such as libpq,
and processes that a locustfile starts. A proxy on loopback would pass it too, so none is taken from the environment.
"""

import _socket
import ipaddress
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gevent import get_hub

_REACHING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_INTERNET = frozenset({_socket.AF_INET, _socket.AF_INET6})
_LOCAL = {"localhost": ("127.0.0.1", "::1")}


class ForeignAddressError(ConnectionError):
    """Something would have left the authorized target; it was not sent."""


class Guard:
    """Decides which addresses may be reached, and what names stand for."""

    def __init__(self, allowed: Collection[str], pinned: Mapping[str, str]) -> None:
        self._allowed = {_address(each) for each in allowed}
        self._pinned = _LOCAL | {name.lower(): (address,) for name, address in pinned.items()}

    def install(self) -> None:
        """Stand in the way from now on; it cannot be undone."""
        get_hub().resolver = PinnedResolver(self)
        sys.addaudithook(self._audit)

    def require(self, host: object) -> None:
        """Refuse a host that is no literal address, or none of the allowed ones.

        Raises
        ------
        ForeignAddressError
            If so.
        """
        address = _address(_text(host))
        if address is None or not (address.is_loopback or address in self._allowed):
            raise ForeignAddressError(f"{_text(host)} is not the authorized target")

    def literal(self, host: object) -> tuple[str, ...]:
        """Return the addresses a name was pinned to, or the address that it is.

        Raises
        ------
        ForeignAddressError
            If it was not pinned.
        """
        name = _text(host).strip("[]").lower()
        if _address(name) is not None:
            return (name,)
        if name in self._pinned:
            return self._pinned[name]
        raise ForeignAddressError(f"{name} is not the authorized target")

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REACHING:
            socket, address = arguments[0], arguments[1]
            if address is not None and socket.family in _INTERNET:
                self.require(address[0])
        elif event in _ASKING and arguments[0]:
            self.literal(arguments[0])


def forget_proxies() -> None:
    """Take no proxy from the environment: on loopback it may be reached, and would reach anybody."""
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"


class PinnedResolver:
    """Answers what gevent asks a resolver, without asking anybody."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def getaddrinfo(self, host: object, port: Any, *rest: int, **named: int) -> list[Any]:
        """Return the addresses of a pinned name, of a literal address, or of no host at all."""
        if not host:
            return list(_socket.getaddrinfo(None, port, *rest, **named))
        found = [
            each for address in self._guard.literal(host) for each in _known(address, port, *rest, **named)
        ]
        if not found:
            raise _socket.gaierror(_socket.EAI_NONAME, f"{_text(host)} has no address of this family")
        return found

    def gethostbyname(self, host: object) -> str:
        """Return the first address of a pinned name."""
        return self._guard.literal(host)[0]

    def gethostbyname_ex(self, host: object) -> tuple[str, list[str], list[str]]:
        """Return all addresses of a pinned name."""
        return _text(host), [], list(self._guard.literal(host))

    def gethostbyaddr(self, address: object) -> tuple[str, list[str], list[str]]:
        """Give the address as its own name."""
        return _text(address), [], [_text(address)]

    def getnameinfo(self, address: tuple[Any, ...], flags: int) -> tuple[str, str]:
        """Give the address as its own name."""
        return _socket.getnameinfo(address, flags | _socket.NI_NUMERICHOST)

    def close(self) -> None:
        """Do nothing: nothing is open."""


def _known(address: str, port: Any, *rest: int, **named: int) -> Iterator[Any]:
    try:
        yield from _socket.getaddrinfo(address, port, *rest, **named)
    except _socket.gaierror:  # the other family was asked for
        return


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
