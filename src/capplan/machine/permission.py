"""permission: where the sampler may connect to: loopback, containers of this machine, and hosts named to it."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from capplan.machine.absence import AbsentError

_ANSWERS_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Permission:
    """Hosts and addresses that may be asked beyond loopback."""

    allowed: frozenset[str] = frozenset()
    containers: Callable[[], frozenset[str]] = frozenset
    """Addresses of containers, looked up when they are needed."""

    def address(self, host: str, port: int) -> str:
        """Return the address a host's name stands for: of several that may be asked the first that lets us connect.

        Raises
        ------
        AbsentError
            If it may not be asked, or its name stands for nothing.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AbsentError(f"{host} stands for no address") from error
        addresses = [
            address
            for address in dict.fromkeys(str(each[4][0]) for each in found)
            if self._may(host, address)
        ]
        if not addresses:
            raise AbsentError(f"{host} is neither on loopback, nor a container of this machine, nor allowed")
        return addresses[0] if len(addresses) == 1 else _answering(addresses, port)

    def _may(self, host: str, address: str) -> bool:
        return is_loopback(address) or bool({host, address} & self.allowed) or address in self.containers()


def _answering(addresses: Sequence[str], port: int) -> str:
    for address in addresses:
        with suppress(OSError), socket.create_connection((address, port), _ANSWERS_WITHIN_S):
            return address
    return addresses[0]


def is_loopback(address: str) -> bool:
    """Return whether a literal address is one of this machine's own loopback, IPv4 within IPv6 included."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
