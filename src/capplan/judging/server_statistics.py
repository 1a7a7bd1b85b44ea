"""server_statistics: what the servers say of themselves: differences of counters, means of levels, growth of data."""

from collections.abc import Sequence

from capplan.judging.counters import Sample, Series, series

_LEVELS = frozenset(
    {
        *("connections", "active", "idle", "idle_in_transaction", "size_bytes"),
        *("waiting", "waiting_lock", "waiting_lwlock", "waiting_io"),
        *("clients", "used_memory", "used_memory_rss", "queue_length", "unacked"),
    }
)
"""Statistics that go up and down; every other one only counts."""
_STORED = ("size_bytes", "wal_bytes")
"""What lies on a disk, as one level and as one counter."""


def server_statistics(samples: Sequence[Sample], window: tuple[int, int]) -> dict[str, dict[str, float]]:
    """Return the statistics of each server in the window; a counter that went back is left out."""
    found: dict[str, dict[str, float]] = {}
    for server, key in _names(samples):
        value = _statistic(series(samples, "servers", server, key), key, window)
        if value is not None:
            found.setdefault(server, {})[key] = value
    return found


def growth_bytes(samples: Sequence[Sample]) -> dict[str, float]:
    """Return by how much each server's data grew over the whole step: ``db`` its data, ``db.wal`` its log."""
    found = {}
    for server, key in _names(samples):
        read = series(samples, "servers", server, key).values
        if key in _STORED and len(read) > 1:
            found[server if key == "size_bytes" else f"{server}.wal"] = float(read[-1] - read[0])
    return found


def _names(samples: Sequence[Sample]) -> list[tuple[str, str]]:
    return list(
        dict.fromkeys(
            (server, key)
            for sample in samples
            for server, statistics in sample.get("servers", {}).items()
            for key in statistics
        )
    )


def _statistic(read: Series, key: str, window: tuple[int, int]) -> float | None:
    if key in _LEVELS:
        inside = read.between(*window)
        return float(inside.mean()) if inside.size else None
    counted = read.within(*window)
    return counted.difference if counted is not None else None
