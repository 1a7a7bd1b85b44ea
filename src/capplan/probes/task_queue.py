"""task_queue: how many jobs wait for Celery in its broker, a Redis, and how many were handed out and not finished."""

from capplan.machine.redis_client import RedisClient
from capplan.machine.surroundings import Surroundings
from capplan.probe import Absences, AskedProbe, Statistics
from capplan.scenario import Observed

_UNACKED = "unacked"  # kombu's name for what was handed out: kombu/transport/redis.py


def ask_task_queue(name: str, watched: Observed, around: Surroundings) -> AskedProbe | None:
    """Ask the broker of a service of kind celery: its own URL, or that of the only service of kind redis."""
    del name
    brokers = [each.url for each in around.services.values() if each.kind == "redis" and each.url]
    url = watched.url or (brokers[0] if len(brokers) == 1 else None)
    return None if url is None else TaskQueueProbe(RedisClient(url, around.permission), watched.queue)


class TaskQueueProbe:
    """Asks for lengths."""

    by = "LLEN"

    def __init__(self, client: RedisClient, queue: str) -> None:
        self.absent: Absences = {}
        self.version = ""
        self._client = client
        self._queue = queue

    @property
    def address(self) -> str:
        """Return where it is asked."""
        return self._client.address

    def ask(self, *, full: bool) -> Statistics:
        """Return how many jobs wait, and how many workers hold, reserved ones included."""
        del full
        return {
            "queue_length": self._client.command("LLEN", self._queue),
            "unacked": self._client.command("HLEN", _UNACKED),
        }

    def close(self) -> None:
        """Give up the connection."""
        self._client.close()
