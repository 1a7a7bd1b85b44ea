"""Where load may go, and where it may not."""

import socket

import pytest

from capplan.errors import AuthorityError, InputError, TargetError
from capplan.loadtest.target import Target, answering, authorize

FOREIGN = "192.0.2.1"
"""An address of TEST-NET-1 (RFC 5737): nobody has it, and nothing is sent there."""


def _authorize(
    url: str, named: tuple[str, ...] = (), confirmed: tuple[str, ...] = (), containers: tuple[str, ...] = ()
) -> Target:
    return authorize(url, named=named, confirmed=confirmed, containers=containers)


@pytest.mark.parametrize(
    ("url", "port", "address"),
    [
        ("http://127.0.0.1:8000", 8000, "127.0.0.1"),
        ("http://127.8.9.10", 80, "127.8.9.10"),
        ("https://[::1]:4430/app", 4430, "::1"),
        ("http://[::ffff:127.0.0.1]:81", 81, "::ffff:127.0.0.1"),
    ],
)
def test_loopback_needs_no_permission(url: str, port: int, address: str) -> None:
    """Any address of loopback may be loaded."""
    found = _authorize(url)
    assert (port, address) == (found.port, found.addresses[0])


def test_a_local_container_needs_no_permission() -> None:
    """An address that a local container has may be loaded; its neighbour may not."""
    assert "172.18.0.5" == _authorize("http://172.18.0.5", containers=("172.18.0.5",)).addresses[0]
    with pytest.raises(AuthorityError):
        _authorize("http://172.18.0.6", containers=("172.18.0.5",))


@pytest.mark.parametrize(
    ("named", "confirmed", "missing"),
    [
        ((), (), "the scenario does not name it"),
        ((), (FOREIGN,), "the scenario does not name it"),
        ((FOREIGN,), (), "--allow-host does not name it"),
        ((FOREIGN,), ("192.0.2.2",), "--allow-host does not name it"),
    ],
)
def test_another_host_needs_both_permissions(
    named: tuple[str, ...], confirmed: tuple[str, ...], missing: str
) -> None:
    """A host beyond this machine is refused unless scenario and command line both name it; the sentence says which."""
    with pytest.raises(AuthorityError, match=missing) as error:
        _authorize(f"http://{FOREIGN}:8000", named, confirmed)
    assert 5 == error.value.exit_code


def test_another_host_with_both_permissions_is_pinned() -> None:
    """With both permissions a host is loaded at the one address it was resolved to."""
    found = _authorize(f"http://{FOREIGN}:8000", (FOREIGN,), (FOREIGN,))
    assert {FOREIGN: FOREIGN} == found.pinned


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1:8000",
        "http://",
        "http://127.0.0.1:99999",
        "http://user:secret@127.0.0.1",
        "http://127.0.0.1/?token=1",
        "http://[::1",
        "",
    ],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    """A base URL has scheme, host and port, and neither password nor query."""
    with pytest.raises(InputError):
        _authorize(url)


def test_a_name_without_address_is_an_unavailable_target() -> None:
    """A host that cannot be resolved ends before anything is sent, with exit code 4."""
    with pytest.raises(TargetError) as error:
        _authorize("http://no-such-host.invalid:8000")
    assert 4 == error.value.exit_code


def test_nothing_that_listens_is_an_unavailable_target() -> None:
    """A port without a server is told in one sentence; one with a server is fine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        target = _authorize(f"http://127.0.0.1:{port}")
        answering(target)
    with pytest.raises(TargetError, match="connection refused"):
        answering(target)
