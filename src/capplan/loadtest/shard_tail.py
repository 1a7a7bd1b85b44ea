"""shard_tail: the requests of a step while it goes on: what ended lately, how fast, and whether anything succeeds."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capplan.loadtest.run_directory import step_shards
from capplan.records import NANOSECONDS, ROW, Outcome, Rows, read_shard

_KEPT_S = 10.0
_DEAD_AFTER_S = 5.0
_DEAD_RATIO = 0.5
_FEWEST = 2
_DEAD = (Outcome.CONNECTION, Outcome.TIMEOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """The requests of the last seconds: rates, median and 95th percentile of the response time, failures."""

    throughput_per_s: float
    """Those that succeeded."""
    ended_per_s: float
    """All that ended, failed ones too."""
    p50_s: float | None
    p95_s: float | None
    failed: int
    recorded: int


class ShardTail:
    """Reads what was added to the shards of a step; keeps only the last seconds, so its memory is bounded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}
        self._rows: deque[Rows] = deque()
        self._recorded = 0
        self._first_ns: int | None = None

    def read(self, now_ns: int) -> None:
        """Take in what is new."""
        for shard in step_shards(self._folder):
            offset = self._offsets.get(shard, 0)
            if shard.stat().st_size - offset < ROW.itemsize:
                continue
            rows, _ = read_shard(shard, offset)
            self._offsets[shard] = offset + rows.nbytes
            self._recorded += len(rows)
            if self._first_ns is None and rows.size:
                self._first_ns = int(rows["end_ns"].min())
            self._rows.append(rows)
        oldest = now_ns - int(_KEPT_S * NANOSECONDS)
        while self._rows and self._rows[0].size and self._rows[0]["end_ns"].max() < oldest:
            self._rows.popleft()

    def lately(self, now_ns: int) -> Lately:
        """Return the last seconds in a few numbers."""
        rows = self._since(now_ns, _KEPT_S)
        fine = rows[rows["outcome"] == Outcome.OK]
        times = (fine["end_ns"] - fine["intended_ns"]) / NANOSECONDS
        spent_s = _KEPT_S
        if self._first_ns is not None:
            spent_s = min(_KEPT_S, max((now_ns - self._first_ns) / NANOSECONDS, 1.0))
        return Lately(
            throughput_per_s=len(fine) / spent_s,
            ended_per_s=len(rows) / spent_s,
            p50_s=float(np.quantile(times, 0.5)) if times.size else None,
            p95_s=float(np.quantile(times, 0.95)) if times.size else None,
            failed=len(rows) - len(fine),
            recorded=self._recorded,
        )

    def target_is_down(self, now_ns: int) -> bool:
        """Return whether for five seconds nothing succeeded and most requests found no server."""
        rows = self._since(now_ns, _DEAD_AFTER_S)
        if len(rows) < _FEWEST or self._first_ns is None:
            return False
        if (now_ns - self._first_ns) / NANOSECONDS < _DEAD_AFTER_S:
            return False
        dead = np.isin(rows["outcome"], _DEAD).mean()
        return bool(dead >= _DEAD_RATIO and not (rows["outcome"] == Outcome.OK).any())

    def _since(self, now_ns: int, seconds: float) -> Rows:
        rows = np.concatenate(list(self._rows)) if self._rows else np.empty(0, ROW)
        return rows[rows["end_ns"] >= now_ns - int(seconds * NANOSECONDS)]
