"""Who is asked is the address that answers, and who it says it is has to be the name that was asked for."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import AskedProbe
from capplan.probes.nginx import ask_nginx
from capplan.probes.postgresql import ask_postgresql
from capplan.probes.prometheus import ask_prometheus
from capplan.scenario import Observed

_NAME = "db.test"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Listen on 127.0.0.1 only, for a name that stands for an address without a listener first.

    A connection is answered as PostgreSQL does when it is asked to encrypt.
    """

    def stands_for(_host: str, port: int, **_: object) -> list[object]:
        return [(None, None, 0, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1", "192.0.2.1")]

    with socket.create_server(("127.0.0.1", 0)) as server:
        found = server.getsockname()[1]
        threading.Thread(target=_agree, args=(server,), daemon=True).start()
        really = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *words, **named: (stands_for if host == _NAME else really)(host, *words, **named),
        )
        yield found
        server.shutdown(socket.SHUT_RDWR)


def _agree(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            if connection.recv(8):
                connection.sendall(b"S")


def test_of_several_addresses_the_one_that_answers_is_asked(port: int) -> None:
    """A name whose first address nobody listens on leads to the next; none that is not permitted is tried."""
    assert "127.0.0.1" == Permission().address(_NAME, port)


def test_without_a_permitted_address_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that stands for foreign addresses only is refused."""
    found = [(None, None, 0, "", (address, 1)) for address in ("192.0.2.1", "192.0.2.2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(AbsentError, match="neither on loopback"):
        Permission().address(_NAME, 1)


class _Context:
    """Notes whose certificate is expected, and goes no further."""

    def __init__(self, expected: list[str]) -> None:
        self._expected = expected

    def wrap_socket(self, sock: socket.socket, *, server_hostname: str) -> NoReturn:
        """Note the name."""
        sock.close()
        self._expected.append(server_hostname)
        raise ssl.SSLError("noted")


@pytest.mark.parametrize(
    ("ask", "url"),
    [
        (ask_postgresql, "postgresql://it@{place}/it?sslmode=verify-full"),
        (ask_nginx, "https://{place}/"),
        (ask_prometheus, "https://{place}"),
    ],
)
def test_a_certificate_has_to_be_that_of_the_name(
    ask: Callable[[str, Observed, Surroundings], AskedProbe | None],
    url: str,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The certificate is checked against the host of the URL, not against the address it stands for."""
    expected: list[str] = []
    monkeypatch.setattr(ssl, "create_default_context", lambda: _Context(expected))
    filled = url.format(place=f"{_NAME}:{port}")
    around = Surroundings(processes=ProcessTable({}), permission=Permission(), prometheus=filled, services={})
    probe = ask("it", Observed(url=filled), around)
    assert probe is not None
    with pytest.raises((AbsentError, OSError)):
        probe.ask(full=False)
    assert [_NAME] == expected
    probe.close()
