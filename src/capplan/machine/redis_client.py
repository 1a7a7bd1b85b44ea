"""redis_client: as much of the protocol of Redis and Valkey (RESP 2) as asking a server about itself needs."""

import socket
from contextlib import suppress

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.server_url import ServerUrl, read_server_url

_PORTS = {"redis": 6379, "unix": 0}
_TIMEOUT_S = 2.0

Reply = bytes | int | None


class RedisClient:
    """One connection, opened by the first command and again by the first after ``close``."""

    def __init__(self, url: str, permission: Permission) -> None:
        self._url = read_server_url(url, _PORTS)
        self._permission = permission
        self._socket: socket.socket | None = None
        self._buffer = b""

    @property
    def address(self) -> str:
        """Return where the server is."""
        return self._url.address

    def command(self, *words: str) -> Reply:
        """Send a command and return its simple reply.

        Raises
        ------
        AbsentError
            If the server may not be asked, or refuses.
        OSError
            If it does not answer.
        """
        if self._socket is None:
            self._socket = self._connect()
            self._greet()
        return self._exchange(words)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket, self._buffer = None, b""

    def _connect(self) -> socket.socket:
        url = self._url
        if url.scheme == "unix":
            opened = socket.socket(socket.AF_UNIX)
            opened.settimeout(_TIMEOUT_S)
            opened.connect(url.path)
            return opened
        place = (self._permission.address(url.host, url.port), url.port)
        return socket.create_connection(place, _TIMEOUT_S)

    def _greet(self) -> None:
        url = self._url
        if url.password is not None:
            self._exchange(("AUTH", url.user, url.password) if url.user else ("AUTH", url.password))
        database = _database(url)
        if database != "0":
            self._exchange(("SELECT", database))

    def _exchange(self, words: tuple[str, ...]) -> Reply:
        assert self._socket is not None  # noqa: S101 - opened by the caller
        parts = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in (each.encode() for each in words))
        self._socket.sendall(b"*%d\r\n%b" % (len(words), parts))
        line = self._take(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise AbsentError(f"the server refuses {words[0]}: {rest.decode(errors='replace')}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bulk(int(rest))
        return rest

    def _bulk(self, size: int) -> bytes:
        while len(self._buffer) < size + 2:
            self._receive()
        found, self._buffer = self._buffer[:size], self._buffer[size + 2 :]
        return found

    def _take(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._receive()
        found, _, self._buffer = self._buffer.partition(end)
        return found

    def _receive(self) -> None:
        assert self._socket is not None  # noqa: S101 - opened by the caller
        read = self._socket.recv(65536)
        if not read:
            raise AbsentError("the server has closed the connection")
        self._buffer += read


def _database(url: ServerUrl) -> str:
    return url.options.get("db") or ("0" if url.scheme == "unix" else url.path.strip("/") or "0")
