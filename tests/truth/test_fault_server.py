"""The fault server: each fault is what its name says, as seen by a plain client."""

import http.client
import socket
import time
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.truth.fault_server import FAULTS, FOREIGN
from tests.truth.processes import ended_within
from tests.truth.servers import FAULT_SERVER, Server, serving

_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    """A reply that came whole, or the first part of an endless one."""

    status: int
    headers: Message
    body: bytes


def _asked(server: Server, path: str, most_bytes: int | None = None) -> _Reply:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_S)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as reply:
            return _Reply(status=reply.status, headers=reply.headers, body=reply.read(most_bytes))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("rst", ConnectionResetError),
        ("half-open", TimeoutError),
        ("truncated-chunk", http.client.IncompleteRead),
        ("short-body", http.client.IncompleteRead),
        ("garbage", http.client.BadStatusLine),
        ("die", ConnectionResetError),
    ],
)
def test_faults_that_break_the_reply(name: str, error: type[Exception]) -> None:
    """A reply that is reset, never comes, is cut off or is none raises what such a reply raises."""
    with serving(FAULT_SERVER) as server, pytest.raises(error):
        _asked(server, f"/{name}")


@pytest.mark.parametrize(
    ("name", "status", "header", "value"),
    [
        ("fine", 200, "Content-Length", "5"),
        ("storm", 503, "Retry-After", None),
        ("too-many", 429, "Retry-After", "1"),
        ("redirect-foreign", 302, "Location", f"http://{FOREIGN}:80/fine"),
    ],
)
def test_faults_that_are_answers(name: str, status: int, header: str, value: str | None) -> None:
    """A refusal or a redirect is whole, with the status and header that make it one."""
    with serving(FAULT_SERVER) as server:
        reply = _asked(server, f"/{name}")
        assert status == reply.status
        assert value == reply.headers[header]


def test_whoever_comes_elsewhere_is_counted() -> None:
    """A redirect to another port names a place that notes who follows it."""
    with serving(FAULT_SERVER) as server:
        location = _asked(server, "/redirect-other-port").headers["Location"]
        host, port = location.removeprefix("http://").removesuffix("/fine").split(":")
        assert "came to other port" not in server.ask("/told")
        with socket.create_connection((host, int(port))) as follower:
            follower.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert follower.recv(100).startswith(b"HTTP/1.1 200")
        assert 1 == server.ask("/told")["came to other port"]


def test_a_stall_ends_for_all_at_the_same_moment() -> None:
    """Whoever asks within a stall waits until it is over, and no longer; before and after nobody waits."""
    with serving(FAULT_SERVER, "--fault", "stall", "--from", "0.3", "--for", "0.5") as server:
        spent_s = []
        for pause_s in (0.0, 0.4, 0.6):
            time.sleep(pause_s)
            begun_s = time.monotonic()
            assert 200 == _asked(server, "/").status
            spent_s.append(time.monotonic() - begun_s)
    assert spent_s[0] < 0.2
    assert 0.2 < spent_s[1] < 0.6
    assert spent_s[2] < 0.2


def test_a_slow_body_takes_its_time_and_an_endless_one_never_ends() -> None:
    """The slow body is whole after its seconds; of the endless one there is always more."""
    with serving(FAULT_SERVER, "--seconds", "0.4") as server:
        begun_s = time.monotonic()
        assert b"x" * 20 == _asked(server, "/slow-body").body
        assert time.monotonic() - begun_s >= 0.4
        assert 1_000_000 == len(_asked(server, "/endless", 1_000_000).body)


def test_a_connection_said_to_stay_open_is_closed() -> None:
    """After a reply that promises to go on, the second request finds the connection gone."""
    with (
        serving(FAULT_SERVER) as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_S)) as connection,
    ):
        connection.request("GET", "/keepalive-race")
        with connection.getresponse() as reply:
            assert b"fine\n" == reply.read()
            assert not reply.will_close
        assert connection.sock is not None, "the client keeps it"
        assert b"" == connection.sock.recv(1), "and the server has closed it"


def test_death_comes_after_as_many_requests_as_asked() -> None:
    """With --fault die --after 3 three requests are answered and then nobody listens."""
    with serving(FAULT_SERVER, "--fault", "die", "--after", "3") as server:
        assert [200, 200, 200] == [_asked(server, "/").status for _ in range(3)]
        with pytest.raises(ConnectionResetError):
            _asked(server, "/")
        assert ended_within([server.pid], 5.0)
        with pytest.raises(ConnectionRefusedError):
            _asked(server, "/")


def test_every_fault_is_tried_here_or_against_the_whole_tool() -> None:
    """The table of faults has none that nobody looks at."""
    sources = Path(__file__).read_text("utf-8") + Path(__file__).with_name("fault_table.py").read_text(
        "utf-8"
    )
    untried = {name for name in FAULTS if f'"{name}"' not in sources and f"/{name}" not in sources}
    assert set() == untried
