"""records: one row of 40 bytes for every request, as the load generator writes it and everything else reads it.

A shard is a file of rows without a header, in the order in which requests ended; beside it, ``<shard>.names`` has one
request class per line, and a row refers to its class by line. A shard that was cut off in the middle of a row is read
up to the last whole one.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]
"""Rows of one or more shards, with the fields of ``ROW``."""

NANOSECONDS = 1e9


class Outcome(IntEnum):
    """How a request ended. Only ``OK`` counts in response times and demands."""

    OK = 0
    CLIENT_ERROR = 1
    """A status of 4xx other than 429."""
    TOO_MANY = 2
    """Status 429: the target refuses for load."""
    SERVER_ERROR = 3
    """A status of 5xx."""
    CONNECTION = 4
    """Refused, reset, or cut off before the reply was whole."""
    TIMEOUT = 5
    FOREIGN = 6
    """The request would have left the authorized target, and was not sent."""
    FAILED = 7
    """The reply came, but the scenario's own check refused it."""


ROW = np.dtype(
    [
        ("intended_ns", "<i8"),
        ("start_ns", "<i8"),
        ("end_ns", "<i8"),
        ("user", "<u4"),
        ("name", "<u2"),
        ("status", "<u2"),
        ("outcome", "u1"),
        ("flags", "u1"),
        ("worker", "<u2"),
        ("bytes", "<u4"),
    ]
)
"""All times are CLOCK_MONOTONIC in nanoseconds. ``intended`` equals ``start`` in closed mode. ``status`` is 0 without
a reply. Flag 1: the first request of an arrival, the one that has an intended time of its own."""

_STRUCT = struct.Struct("<qqqIHHBBHI")
FIRST_OF_ARRIVAL = 1
_MOST_BYTES = 2**32 - 1


def pack_row(
    *,
    intended_ns: int,
    start_ns: int,
    end_ns: int,
    user: int,
    name: int,
    status: int,
    outcome: Outcome,
    flags: int,
    worker: int,
    size_bytes: int,
) -> bytes:
    """Return a row as it stands in a shard."""
    return _STRUCT.pack(
        intended_ns,
        start_ns,
        end_ns,
        user,
        name,
        status,
        outcome,
        flags,
        worker,
        min(max(size_bytes, 0), _MOST_BYTES),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Every request of a step: ``rows`` in the order of their end, ``names`` the request classes they refer to."""

    rows: Rows
    names: tuple[str, ...]

    def between(self, start_ns: int, end_ns: int) -> "Records":
        """Return the requests that ended in [start, end)."""
        ended = self.rows["end_ns"]
        return Records(self.rows[(ended >= start_ns) & (ended < end_ns)], self.names)

    def begun(self, start_ns: int, end_ns: int) -> "Records":
        """Return the requests that were to begin in [start, end), whenever they ended."""
        intended = self.rows["intended_ns"]
        return Records(self.rows[(intended >= start_ns) & (intended < end_ns)], self.names)

    def of(self, *outcomes: Outcome) -> "Records":
        """Return the requests that ended in one of these ways."""
        return Records(self.rows[np.isin(self.rows["outcome"], outcomes)], self.names)

    def response_s(self) -> NDArray[np.float64]:
        """Return response times in seconds, from the intended start."""
        found: NDArray[np.float64] = (self.rows["end_ns"] - self.rows["intended_ns"]) / NANOSECONDS
        return found

    def service_s(self) -> NDArray[np.float64]:
        """Return times in seconds from the actual start: what a generator that waits would have reported."""
        found: NDArray[np.float64] = (self.rows["end_ns"] - self.rows["start_ns"]) / NANOSECONDS
        return found


def read_records(shards: Iterable[Path]) -> Records:
    """Read the shards of a step and merge them by the end of each request."""
    names: dict[str, int] = {}
    parts: list[Rows] = []
    for shard in shards:
        rows, own = read_shard(shard)
        lookup = np.array([names.setdefault(name, len(names)) for name in own] or [0], dtype="<u2")
        rows["name"] = lookup[rows["name"]] if rows.size else rows["name"]
        parts.append(rows)
    rows = np.concatenate(parts) if parts else np.empty(0, ROW)
    return Records(rows[np.argsort(rows["end_ns"], kind="stable")], tuple(names))


def read_shard(shard: Path, offset: int = 0) -> tuple[Rows, tuple[str, ...]]:
    """Read the whole rows of a shard from a byte offset on, and the names known so far."""
    with shard.open("rb") as file:
        file.seek(offset)
        content = file.read()
    listed = names_file(shard)
    names = tuple(listed.read_text("utf-8").splitlines()) if listed.exists() else ()
    whole = len(content) // ROW.itemsize * ROW.itemsize
    return np.frombuffer(content[:whole], ROW).copy(), names


def names_file(shard: Path) -> Path:
    """Return the file of request class names that belongs to a shard."""
    return shard.with_suffix(".names")
