"""postgresql: what a PostgreSQL says of itself: connections, waits, transactions, blocks, WAL, size and statements.

One connection, kept open. Its own transactions, about one per second, are part of what it counts.
"""

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.server_url import ServerUrl, read_server_url
from capplan.machine.surroundings import Surroundings
from capplan.probe import Absences, AskedProbe, Statistics
from capplan.scenario import Observed

_PORTS = {"postgresql": 5432, "postgres": 5432}
_TIMEOUT_S = 3
_STATEMENT_TIMEOUT = "1s"
_PLAIN = frozenset({"", "disable", "allow", "prefer"})

_ACTIVITY = """
SELECT count(*),
       count(*) FILTER (WHERE state = 'active'),
       count(*) FILTER (WHERE state = 'idle'),
       count(*) FILTER (WHERE state LIKE 'idle in transaction%'),
       count(*) FILTER (WHERE state = 'active' AND wait_event_type NOT IN ('Client', 'Activity')),
       count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock'),
       count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'LWLock'),
       count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'IO')
  FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
# Who may not is shown other sessions without what they are and do, and would count none.
_MAY_SEE = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
_UNSEEN = "the role may not see what others do: let it by GRANT pg_monitor TO it"
_TIMED_OUT = "57014"  # query_canceled: PostgreSQL's appendix A, error codes
_DATABASE = """
SELECT xact_commit + xact_rollback, xact_rollback, blks_hit, blks_read, temp_bytes, deadlocks
  FROM pg_stat_database WHERE datname = current_database()
"""
_WAL = """
SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END
"""
_SIZE = "SELECT pg_database_size(current_database())"
# Milliseconds there; and without the texts of the statements, which are read from a file.
_STATEMENTS = "SELECT sum(calls), sum(total_exec_time) / 1000 FROM pg_stat_statements(false)"

_ALWAYS: dict[str, tuple[str, ...]] = {
    _ACTIVITY: (
        "connections",
        "active",
        "idle",
        "idle_in_transaction",
        "waiting",
        "waiting_lock",
        "waiting_lwlock",
        "waiting_io",
    ),
    _DATABASE: ("xact", "rollbacks", "blocks_hit", "blocks_read", "temp_bytes", "deadlocks"),
    _WAL: ("wal_bytes",),
}
_COSTLY: dict[str, tuple[str, ...]] = {
    _SIZE: ("size_bytes",),
    _STATEMENTS: ("statements", "statements_s"),
}


def ask_postgresql(name: str, watched: Observed, around: Surroundings) -> AskedProbe | None:
    """Ask a server of kind postgresql, if it has a URL."""
    del name
    if watched.url is None:
        return None
    return PostgresqlProbe(read_server_url(watched.url, _PORTS), around.permission)


class PostgresqlProbe:
    """Asks the views of statistics over one connection."""

    by = "statistics views"

    def __init__(self, url: ServerUrl, permission: Permission) -> None:
        self.absent: Absences = {}
        self.version = ""
        self._url = url
        self._permission = permission
        self._connection: Connection | None = None

    @property
    def address(self) -> str:
        """Return where it is asked."""
        return self._url.address

    def ask(self, *, full: bool) -> Statistics:
        """Return its statistics; the database's size and the statements only where it is to be full."""
        if self._connection is None:
            self._connection = self._connect()
        found: Statistics = {}
        for query, names in (_ALWAYS | (_COSTLY if full else {})).items():
            if not self.absent.keys() & set(names):
                found |= self._read(self._connection, query, names)
        return found

    def close(self) -> None:
        """Give up the connection."""
        if self._connection is not None:
            with suppress(Exception):  # it may be broken in any way
                self._connection.close()
        self._connection = None

    def _read(self, connection: Connection, query: str, names: Sequence[str]) -> Statistics:
        """Return what a query says; one that the server refuses is absent from now on, one that took too long now."""
        try:
            row = connection.run(query)[0]
        except DatabaseError as error:
            if _field(error, "C") != _TIMED_OUT:
                self._miss(names, _field(error, "M"))
            return {}
        return {name: float(value) for name, value in zip(names, row, strict=True) if value is not None}

    def _miss(self, names: Sequence[str], why: str) -> None:
        for name in names:
            self.absent.setdefault(name, why)

    def _connect(self) -> Connection:
        url = self._url
        where: dict[str, Any]
        if url.host:
            place = (self._permission.address(url.host, url.port), url.port)
            # The host is the name that its certificate is checked against.
            where = {"host": url.host, "sock": socket.create_connection(place, _TIMEOUT_S)}
        else:
            where = {"unix_sock": f"{url.options.get('host', '/run/postgresql')}/.s.PGSQL.{url.port}"}
        try:
            connection = Connection(
                url.user or "postgres",
                password=url.password,
                database=url.path.strip("/") or url.user or "postgres",
                timeout=_TIMEOUT_S,
                application_name="capplan",
                ssl_context=_tls(url),
                **where,
            )
        except DatabaseError as error:
            raise AbsentError(_field(error, "M")) from error
        connection.run(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'")
        if not connection.run(_MAY_SEE)[0][0]:
            self._miss(_ALWAYS[_ACTIVITY], _UNSEEN)
        told = connection.parameter_statuses.get("server_version", "")
        self.version = f"PostgreSQL {told.split()[0]}" if told else "PostgreSQL"
        return connection


def _tls(url: ServerUrl) -> ssl.SSLContext | bool:
    """Return whether to encrypt: only where the URL's sslmode demands it, and then with certificates checked."""
    return False if url.options.get("sslmode", "") in _PLAIN else ssl.create_default_context()


def _field(error: DatabaseError, name: str) -> str:
    """Return what the server says, which pg8000 keeps in the fields of its protocol: C is the code, M the message."""
    told = error.args[0] if error.args else ""
    return str(told.get(name, told)) if isinstance(told, dict) else str(told)
