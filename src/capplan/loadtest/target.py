"""target: where load may go: an address resolved once, on loopback or in a local container, or allowed twice."""

import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from capplan.errors import AuthorityError, InputError, TargetError
from capplan.machine.permission import is_loopback

_PORTS = {"http": 80, "https": 443}
_CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An authorized target: its base URL, host and port, and the literal addresses its name stands for."""

    base_url: str
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def pinned(self) -> dict[str, str]:
        """Return the one address that the host's name is resolved to from now on."""
        return {self.host: self.addresses[0]}


def authorize(
    base_url: str, *, named: Sequence[str], confirmed: Collection[str], containers: Collection[str]
) -> Target:
    """Resolve the host of a URL and decide whether it may be loaded.

    Parameters
    ----------
    named : hosts that the scenario names beyond loopback and local containers.
    confirmed : hosts that the command line names again.
    containers : addresses of containers on this machine.

    Raises
    ------
    InputError
        If this is no URL that can be loaded.
    TargetError
        If the host's name stands for no address.
    AuthorityError
        If the host is neither local, nor both named and confirmed.
    """
    host, port = _parts(base_url)
    addresses = _addresses(host, port)
    outside = [each for each in addresses if not (is_loopback(each) or each in containers)]
    if outside and not (host in named and host in confirmed):
        missing = "the scenario does not name it" if host not in named else "--allow-host does not name it"
        raise AuthorityError(
            f"{base_url}: found a host beyond loopback and local containers ({outside[0]}), and {missing}; "
            f'if you may load it, add hosts = ["{host}"] to the scenario and --allow-host {host} to the command.'
        )
    return Target(base_url=base_url.rstrip("/"), host=host, port=port, addresses=addresses)


def answering(target: Target) -> Target:
    """Return the target with the first address that takes a connection in front: the one it is pinned to.

    Raises
    ------
    TargetError
        If nothing listens at any.
    """
    reasons = []
    for address in target.addresses:
        try:
            with socket.create_connection((address, target.port), _CONNECT_TIMEOUT_S):
                others = (each for each in target.addresses if each != address)
                return replace(target, addresses=(address, *others))
        except OSError as error:
            reasons.append(f"{(error.strerror or 'no answer').lower()} at {address} port {target.port}")
    raise TargetError(
        f"{target.base_url}: found {' and '.join(reasons)}, expected a server that listens; start it, or correct the "
        "address."
    )


def require_base_url(base_url: str) -> None:
    """Refuse what is no URL that can be loaded.

    Raises
    ------
    InputError
        If it is none; a password in it is not repeated.
    """
    _parts(base_url)


def _parts(base_url: str) -> tuple[str, int]:
    try:
        url = urlsplit(base_url)
        host, port = url.hostname, url.port
    except ValueError:
        host, port, url = None, None, urlsplit("")
    if url.scheme not in _PORTS or not host or "@" in url.netloc or url.query or url.fragment:
        raise InputError(
            "base_url",
            found="something else" if "@" in base_url else repr(base_url),
            expected="http:// or https://, a host, a port and perhaps a path, without password and query",
            remedy="write for example http://127.0.0.1:8000",
        )
    return host, port if port is not None else _PORTS[url.scheme]


def _addresses(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such name"
        raise TargetError(
            f"{host}: found no address ({reason.lower()}), expected a host that can be resolved; correct the name."
        ) from error
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
