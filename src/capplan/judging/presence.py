"""presence: how long closed users thought, and how many users the records of a step account for.

Little's law says N = X (R + Z). Counted over a window it is an identity of areas: the users' seconds spent waiting
for replies and thinking, over the length of the window, are the users that were there (Denning & Buzen 1978,
section 3). Counting cycles instead, X from the requests that ended and R + Z from their means, misses part of the
first and the last cycle of every user: at 20 users who think for 10 s, five percent in a minute, by chance alone.
So the areas are counted, cut off at the borders of the window.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capplan.records import NANOSECONDS, Records

Moments = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pauses:
    """The requests of a step in the order of users and starts, each with the end of what the same user did before.

    ``before_ns`` equals ``start_ns`` where nothing is known to have come before, or the user did not wait for it.
    """

    user: NDArray[np.int64]
    before_ns: Moments
    start_ns: Moments
    end_ns: Moments
    known: NDArray[np.bool_]

    def think_time_s(self, start_ns: int, end_ns: int) -> float | None:
        """Return the mean pause before the requests that ended in a window, or None where none is known."""
        inside = self.known & (self.end_ns >= start_ns) & (self.end_ns < end_ns)
        if not inside.any():
            return None
        return float(np.mean(self.start_ns[inside] - self.before_ns[inside])) / NANOSECONDS

    def users(self, start_ns: int, end_ns: int) -> float | None:
        """Return how many users a window's waiting and thinking account for, or None where no pause is known.

        A user whose first request comes late, or whose last comes early, may have been thinking meanwhile; for
        as long as anybody was seen to think in this step, it counts as that, and beyond it as absent.
        """
        if not self.known.any():
            return None
        longest = int(np.max((self.start_ns - self.before_ns)[self.known]))
        first = np.flatnonzero(np.diff(self.user, prepend=-1))
        last_end = np.maximum.reduceat(self.end_ns, first)
        first_start = self.start_ns[first]
        spent = (
            _overlap(self.start_ns, self.end_ns, start_ns, end_ns)
            + _overlap(self.before_ns, self.start_ns, start_ns, end_ns)
            + _overlap(first_start - longest, first_start, start_ns, end_ns)
            + _overlap(last_end, last_end + longest, start_ns, end_ns)
        )
        return spent / (end_ns - start_ns)


def pauses(records: Records) -> Pauses:
    """Return the pauses between the requests of each user, whatever came of the requests."""
    rows = records.rows[np.lexsort((records.rows["start_ns"], records.rows["user"]))]
    start, end = rows["start_ns"].astype(np.int64), rows["end_ns"].astype(np.int64)
    if not rows.size:
        return Pauses(start, start, start, end, np.zeros(0, dtype=bool))
    # The latest end so far of each user, in one pass over all: users are set apart by more than the step is long.
    _, rank = np.unique(rows["user"], return_inverse=True)
    origin, apart = int(start.min()), int(end.max() - start.min()) + 1
    latest = np.maximum.accumulate(end - origin + rank * apart) - rank * apart + origin
    same = np.diff(rank, prepend=-1) == 0
    before = np.where(same, np.concatenate(([origin], latest[:-1])), start)
    return Pauses(rows["user"].astype(np.int64), np.minimum(before, start), start, end, same)


def _overlap(begin: Moments, end: Moments, start_ns: int, end_ns: int) -> float:
    return float(np.maximum(np.minimum(end, end_ns) - np.maximum(begin, start_ns), 0).sum())
