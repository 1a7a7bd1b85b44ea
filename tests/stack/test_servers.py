"""What a stack file may say of a server, and what it may not change."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pg8000.native import Connection

from capplan.errors import InputError
from capplan.machine.unprivileged import Account
from capplan.profile import Role
from capplan.servers.place import Place
from capplan.servers.postgresql import _program
from capplan.servers.redis import REDIS
from capplan.stack import StackState, down, up
from capplan.stack_file import StackService, filled, read_stack_file
from tests.stack.running import SCENARIO, own_name

pytestmark = pytest.mark.xdist_group("stack")
_FILE = """\
base_url = "http://{{{{{name}.address}}}}"
requirements = "{scenario}/requirements.txt"
application = "{scenario}/app"
[[services]]
name = "{name}"
kind = "postgresql"
[services.settings]
listen_addresses = "*"
dynamic-shared-memory-type = "posix"
cluster_name = "of {{{{db.port}}}}"
"""


def _place(folder: Path, service: StackService) -> Place:
    return Place(
        service=service,
        folder=folder,
        port=4711,
        packages=folder,
        source=folder,
        log=folder / "log",
        account=Account(os.geteuid(), os.getegid()),
        run=lambda command, text="": f"{command}{text}",
        fill=lambda text: filled(text, {"secret": "drawn"}),
    )


def test_settings_of_redis_are_filled_and_leave_it_on_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A placeholder is replaced, a default can be changed; where it listens and lies cannot."""
    (tmp_path / "redis-server").touch()
    monkeypatch.setenv("REDIS_BIN", str(tmp_path))
    given = {
        "requirepass": "{{secret}}",
        "Bind": "0.0.0.0",  # noqa: S104 - that it is not bound there is the claim
        "daemonize": "yes",
        "appendonly": "yes",
        "dir": "/",
    }
    command = REDIS.command(_place(tmp_path, StackService(name="it", kind=Role.REDIS, settings=given)))
    written = Path(command[1]).read_text().splitlines()
    expected = {
        'requirepass "drawn"',
        'bind "127.0.0.1"',
        'daemonize "no"',
        'appendonly "yes"',
        'save ""',
        'port "4711"',
        f'dir "{tmp_path}"',
    }
    assert (expected, len(expected)) == (set(written), len(written))


def test_one_program_of_postgresql_leads_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PG_BIN may be the folder, or any program in it: each is found by its own name."""
    for name in ("postgres", "initdb"):
        (tmp_path / name).touch()
    place = _place(tmp_path, StackService(name="it", kind=Role.POSTGRESQL))
    for given in (tmp_path, tmp_path / "postgres"):
        monkeypatch.setenv("PG_BIN", str(given))
        assert [tmp_path / "postgres", tmp_path / "initdb"] == [
            _program(place, name) for name in ("postgres", "initdb")
        ]


@pytest.mark.parametrize("name", ["application", "logs", "packages", "python"])
def test_no_service_is_named_as_a_folder_of_the_stack(tmp_path: Path, name: str) -> None:
    """A service of such a name is refused in a sentence that says why."""
    file = tmp_path / "stack.toml"
    file.write_text(_FILE.format(scenario=SCENARIO, name=name), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_stack_file(file)
    assert f"services not named {name}: a stack has such folders of its own" in str(caught.value)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackState]:
    """A stack of one PostgreSQL, without a name for its database."""
    file = tmp_path_factory.mktemp("database") / "stack.toml"
    file.write_text(_FILE.format(scenario=SCENARIO, name="db"), encoding="utf-8")
    name = own_name("database")
    try:
        yield up(file, name=name)
    finally:
        down(name)


def test_the_database_of_no_name_belongs_to_a_role_without_privileges(database: StackState) -> None:
    """Without a name it is postgres, owned by a role of that name that is no superuser and may watch."""
    port = int(database.versions()[0].address.rpartition(":")[2])
    connection = Connection("postgres", host="127.0.0.1", port=port, database="postgres")
    try:
        query = (
            "SELECT rolname, rolsuper, pg_has_role(rolname, 'pg_monitor', 'USAGE')"
            " FROM pg_roles JOIN pg_database ON datdba = pg_roles.oid WHERE datname = 'postgres'"
        )
        assert [["postgres", False, True]] == connection.run(query)
        asked = ("listen_addresses", "dynamic_shared_memory_type", "cluster_name")
        assert ["127.0.0.1", "mmap", f"of {port}"] == [connection.run(f"SHOW {each}")[0][0] for each in asked]
    finally:
        connection.close()
