"""permission: where the sampler may connect to: loopback, containers of this machine, and hosts named to it."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

from capplan.machine.absence import AbsentError


@dataclass(frozen=True, slots=True)
class Permission:
    """Hosts and addresses that may be asked beyond loopback."""

    allowed: frozenset[str] = frozenset()
    containers: Callable[[], frozenset[str]] = frozenset
    """Addresses of containers, looked up when they are needed."""

    def address(self, host: str, port: int) -> str:
        """Return the address a host's name stands for.

        Raises
        ------
        AbsentError
            If it may not be asked, or its name stands for nothing.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AbsentError(f"{host} stands for no address") from error
        address = str(found[0][4][0])
        if not (_is_loopback(address) or {host, address} & self.allowed or address in self.containers()):
            raise AbsentError(f"{host} is neither on loopback, nor a container of this machine, nor allowed")
        return address


def _is_loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
