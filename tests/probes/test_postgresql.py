"""What a real PostgreSQL says of itself, in every version that is installed here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pg8000.native import Connection

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import AskedProbe
from capplan.probes import postgresql
from capplan.probes.postgresql import ask_postgresql
from capplan.profile import Role
from capplan.sampler.sampling import Resolved
from tests.probes.real_servers import PASSWORD, QUOTED, RealServer, postgresql_programs, real_postgresql

_PROGRAMS = postgresql_programs()


@pytest.fixture(scope="module", params=_PROGRAMS or [None])
def server(request: pytest.FixtureRequest) -> Iterator[RealServer]:
    """Run a real server with a password."""
    if request.param is None:
        pytest.skip("there is no PostgreSQL here")
    with real_postgresql(_PROGRAMS[request.param]) as running:
        yield running


@contextmanager
def _asking(url: str) -> Iterator[AskedProbe]:
    watched = Resolved(kind=Role.POSTGRESQL, url=url)
    around = Surroundings(processes=ProcessTable({}), permission=Permission(), services={"db": watched})
    probe = ask_postgresql("db", watched, around)
    assert probe is not None
    try:
        yield probe
    finally:
        probe.close()


@contextmanager
def _connected(server: RealServer) -> Iterator[Any]:
    connection = Connection(
        "watcher",
        password=PASSWORD,
        host="127.0.0.1",
        port=server.port,
        database="postgres",
        ssl_context=False,
    )
    try:
        yield connection
    finally:
        connection.close()


def _url(server: RealServer) -> str:
    return f"postgresql://watcher:{QUOTED}@127.0.0.1:{server.port}/postgres"


def test_a_server_tells_connections_growth_and_version(server: RealServer) -> None:
    """Connections are counted without the watching one; writing shows in WAL and in size; the version is its own."""
    with _asking(_url(server)) as probe, _connected(server) as one, _connected(server) as two:
        before = probe.ask(full=True)
        assert (2, 2, 0, 0) == tuple(before[key] for key in ("connections", "idle", "active", "waiting"))
        assert {"statements", "statements_s"} == probe.absent.keys()
        assert "pg_stat_statements" in probe.absent["statements_s"]
        one.run(
            "CREATE TABLE filled AS SELECT g, repeat('x', 200) AS text FROM generate_series(1, 20000) AS g"
        )
        two.run("BEGIN")
        after = probe.ask(full=True)
        assert 1 == after["idle_in_transaction"]
        assert after["wal_bytes"] - before["wal_bytes"] > 20000 * 200
        assert after["size_bytes"] - before["size_bytes"] > 20000 * 200
        assert after["blocks_hit"] >= before["blocks_hit"] > 0
        assert {"xact", "blocks_read", "deadlocks"} <= after.keys()
        assert "size_bytes" not in probe.ask(full=False)
        assert probe.version.startswith("PostgreSQL 1")
        assert f"postgresql://127.0.0.1:{server.port}" == probe.address
        two.run("ROLLBACK")
        one.run("DROP TABLE filled")


def test_waiting_for_a_lock_is_seen(server: RealServer) -> None:
    """A connection that is held up by another's lock counts as active, as waiting, and as waiting for a lock."""
    with _asking(_url(server)) as probe, _connected(server) as holder, _connected(server) as other:
        holder.run("CREATE TABLE locked (id integer)")
        holder.run("BEGIN")
        holder.run("LOCK TABLE locked")
        waiting = threading.Thread(target=other.run, args=("INSERT INTO locked VALUES (1)",))
        waiting.start()
        found: dict[str, Any] = {}
        for _ in range(200):
            found = probe.ask(full=False)
            if found["waiting_lock"]:
                break
        holder.run("COMMIT")
        waiting.join()
        holder.run("DROP TABLE locked")
        assert (1, 1, 1) == tuple(found[key] for key in ("active", "waiting", "waiting_lock"))


def test_statements_are_summed_where_they_are_counted(server: RealServer) -> None:
    """With pg_stat_statements the time of all statements is given in seconds."""
    with _connected(server) as connection, _asking(_url(server)) as probe:
        connection.run("CREATE EXTENSION pg_stat_statements")
        before = probe.ask(full=True)
        connection.run("SELECT pg_sleep(0.2)")
        after = probe.ask(full=True)
        connection.run("DROP EXTENSION pg_stat_statements")
        assert 0.2 == pytest.approx(after["statements_s"] - before["statements_s"], abs=0.15)
        assert after["statements"] > before["statements"]


def test_who_may_not_see_others_does_not_count_none(server: RealServer) -> None:
    """Without pg_read_all_stats connections are absent and the reason names the grant; the rest is read."""
    with _connected(server) as admin, _connected(server):
        admin.run(f"CREATE ROLE narrow LOGIN PASSWORD '{PASSWORD}'")
        try:
            with _asking(_url(server).replace("watcher", "narrow")) as probe:
                found = probe.ask(full=False)
                assert not {"connections", "active", "waiting_lock"} & found.keys()
                assert "GRANT pg_monitor" in probe.absent["connections"]
                assert {"xact", "wal_bytes"} <= found.keys()
        finally:
            admin.run("DROP ROLE narrow")


def test_a_statistic_that_takes_too_long_once_is_read_again(
    server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that the server ended for its time leaves its numbers out of one sample, not of the run."""
    with _asking(_url(server)) as probe:
        with monkeypatch.context() as slow:
            slow.setattr(postgresql, "_COSTLY", {"SELECT pg_sleep(9)": ("size_bytes",)})
            missed = probe.ask(full=True)
        assert "size_bytes" not in missed
        assert "connections" in missed
        assert "size_bytes" not in probe.absent
        assert probe.ask(full=True)["size_bytes"] > 0


def test_a_unix_socket_is_asked(server: RealServer) -> None:
    """A URL without host names the folder of the socket."""
    with _asking(f"postgresql://watcher@:{server.port}/postgres?host={server.folder}") as probe:
        assert probe.ask(full=False)["connections"] >= 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://watcher:secret@127.0.0.1:{port}/postgres", "password authentication failed"),
        ("postgresql://watcher:{password}@127.0.0.1:{port}/none", 'database "none" does not exist'),
        ("postgresql://watcher@192.0.2.7/postgres", "192.0.2.7 is neither on loopback"),
    ],
)
def test_a_server_that_refuses_says_why(server: RealServer, url: str, says: str) -> None:
    """The reason is the server's own, and holds no secret."""
    with (
        _asking(url.format(port=server.port, password=QUOTED)) as probe,
        pytest.raises(AbsentError, match=says) as caught,
    ):
        probe.ask(full=True)
    assert "secret" not in str(caught.value)
