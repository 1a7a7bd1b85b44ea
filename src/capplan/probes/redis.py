"""redis: what a Redis or Valkey says of itself: its own processor time, memory, commands and clients."""

from capplan.machine.redis_client import RedisClient
from capplan.machine.surroundings import Surroundings
from capplan.probe import Absences, AskedProbe, Statistics
from capplan.scenario import Observed

_LEVELS = {
    "used_memory": "used_memory",
    "used_memory_rss": "used_memory_rss",
    "connected_clients": "clients",
}
_COUNTERS = {
    "total_commands_processed": "commands",
    "keyspace_hits": "hits",
    "keyspace_misses": "misses",
    "evicted_keys": "evicted",
    "rejected_connections": "rejected",
}
_NAMES = {"valkey_version": "Valkey", "redis_version": "Redis"}
"""Valkey says which Redis it stands for, too; the first that is found counts."""


def ask_redis(name: str, watched: Observed, around: Surroundings) -> AskedProbe | None:
    """Ask a server of kind redis, if it has a URL."""
    del name
    return None if watched.url is None else RedisProbe(RedisClient(watched.url, around.permission))


class RedisProbe:
    """Asks INFO."""

    by = "INFO"

    def __init__(self, client: RedisClient) -> None:
        self.absent: Absences = {}
        self.version = ""
        self._client = client

    @property
    def address(self) -> str:
        """Return where it is asked."""
        return self._client.address

    def ask(self, *, full: bool) -> Statistics:
        """Return its statistics; INFO costs it about 0.1 ms."""
        del full
        told = parse_info(self._client.command("INFO") or b"")
        self.version = next((f"{name} {told[key]}" for key, name in _NAMES.items() if key in told), "")
        found: Statistics = {
            short: float(told[key]) for key, short in (_LEVELS | _COUNTERS).items() if key in told
        }
        found["cpu_s"] = float(told["used_cpu_sys"]) + float(told["used_cpu_user"])
        return found

    def close(self) -> None:
        """Give up the connection."""
        self._client.close()


def parse_info(text: bytes | int) -> dict[str, str]:
    """Read the lines ``key:value`` of INFO."""
    lines = text.decode(errors="replace").splitlines() if isinstance(text, bytes) else []
    return {key: value for key, colon, value in (line.partition(":") for line in lines) if colon}
