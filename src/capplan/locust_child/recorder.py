"""recorder: writes what one generator process did in one step: its requests, its arrivals and its users."""

import json
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from capplan.locust_child.appended import Appended
from capplan.records import FIRST_OF_ARRIVAL, ROW, Outcome, names_file, pack_row

_INSTANT = struct.Struct("<q")
_MOST_NAMES = 10_000
_LONGEST_NAME = 200
_OTHER = "(other)"
_MOST_STATUS = 65535


class Recorder:
    """The files of a step that belong to one generator; ``failed`` is called once when they cannot be written."""

    def __init__(self, folder: Path, number: int, failed: Callable[[str], None], *, is_open: bool) -> None:
        self._number = number
        self._tell_failed = failed
        self._has_failed = False
        shard = folder / f"requests-{number}.bin"
        self._requests = Appended(shard, self._failed, record_bytes=ROW.itemsize)
        self._names = Appended(names_file(shard), self._failed)
        self._users = Appended(folder / f"users-{number}.jsonl", self._failed)
        self._files = [self._names, self._requests, self._users]
        if is_open:
            arrivals = folder / f"arrivals-{number}.bin"
            self._arrivals = Appended(arrivals, self._failed, record_bytes=_INSTANT.size)
            self._files.append(self._arrivals)
        self._lines: dict[str, int] = {}
        self.untimed: Counter[str] = Counter()

    @property
    def recorded(self) -> int:
        """Return how many requests stand in the shard."""
        return self._requests.records

    @property
    def scheduled(self) -> int:
        """Return how many arrivals stand in their file."""
        return self._arrivals.records

    def request(
        self,
        name: str,
        *,
        start_ns: int,
        end_ns: int,
        intended_ns: int | None,
        user: int,
        status: int,
        outcome: Outcome,
        size_bytes: int,
    ) -> None:
        """Record a request; one with an intended start is the first of an arrival."""
        self._requests.append(
            pack_row(
                intended_ns=start_ns if intended_ns is None else intended_ns,
                start_ns=start_ns,
                end_ns=end_ns,
                user=user,
                name=self._line(name),
                status=min(max(status, 0), _MOST_STATUS),
                outcome=outcome,
                flags=0 if intended_ns is None else FIRST_OF_ARRIVAL,
                worker=self._number,
                size_bytes=size_bytes,
            )
        )

    def message(self, name: str) -> None:
        """Count something that has no response time."""
        self.untimed[name if name in self.untimed or len(self.untimed) < _MOST_NAMES else _OTHER] += 1

    def arrival(self, intended_ns: int) -> None:
        """Record that a request was to be sent then, whether or not it will be."""
        self._arrivals.append(_INSTANT.pack(intended_ns))

    def user(self, user: int, seed: int, user_class: str) -> None:
        """Record a user, so that its choices can be drawn again."""
        line = json.dumps({"user": user, "seed": seed, "class": user_class}) + "\n"
        self._users.append(line.encode())

    def flush(self) -> None:
        """Write everything taken in so far; names before the rows that use them."""
        for each in self._files:
            each.flush()

    def close(self) -> None:
        """Write everything and close the files."""
        for each in self._files:
            each.close()

    def _line(self, name: str) -> int:
        if (known := self._lines.get(name)) is not None:
            return known
        plain = " ".join(name.split())[:_LONGEST_NAME]
        if plain not in self._lines:
            plain = plain if len(self._lines) < _MOST_NAMES else _OTHER
        if plain not in self._lines:
            self._lines[plain] = len(self._lines)
            self._names.append(f"{plain}\n".encode("utf-8", "replace"))
            self._names.flush()
        return self._lines[plain]

    def _failed(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._tell_failed(error.strerror or str(error))
