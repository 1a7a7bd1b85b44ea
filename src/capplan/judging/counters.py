"""counters: counters and levels that were read now and then: what they did in a window, with an interval."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capplan.batch_means import batch_counts, interval_around
from capplan.measurements import Interval
from capplan.records import NANOSECONDS

Sample = Mapping[str, Any]
"""One line of ``samples.jsonl``."""
_READINGS_PER_WINDOW = 2


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What was read at which moment, in the order of time."""

    at_ns: NDArray[np.int64]
    values: NDArray[np.float64]

    def between(self, start_ns: int, end_ns: int) -> NDArray[np.float64]:
        """Return what was read in [start, end]."""
        found: NDArray[np.float64] = self.values[(self.at_ns >= start_ns) & (self.at_ns <= end_ns)]
        return found

    def within(self, start_ns: int, end_ns: int) -> "Counted | None":
        """Return what a counter did in a window, or None if it was not read twice or went back (a restart)."""
        if not self.at_ns.size:
            return None
        first, last = max(start_ns, int(self.at_ns[0])), min(end_ns, int(self.at_ns[-1]))
        if last <= first:
            return None
        before = int(np.searchsorted(self.at_ns, first, "right")) - 1
        after = int(np.searchsorted(self.at_ns, last, "left")) + 1
        return None if (np.diff(self.values[before:after]) < 0).any() else Counted(self, first, last)


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter over the part of a window in which it was read, linear between two readings."""

    series: Series
    start_ns: int
    end_ns: int

    @property
    def difference(self) -> float:
        """By how much it rose."""
        low, high = self._at(np.array([self.start_ns, self.end_ns], dtype=float))
        return float(high - low)

    @property
    def per_s(self) -> float:
        """By how much it rose per second."""
        return self.difference / self._span_s

    def interval(self) -> Interval:
        """Return by how much it rose per second, with the interval from equal parts of at least two readings each."""

        def rates(count: int) -> NDArray[np.float64]:
            edges = np.linspace(self.start_ns, self.end_ns, count + 1)
            return np.diff(self._at(edges)) * (count / self._span_s)

        readings = len(self.series.between(self.start_ns, self.end_ns))
        return interval_around(self.per_s, batch_counts(readings, _READINGS_PER_WINDOW), rates)

    @property
    def _span_s(self) -> float:
        return (self.end_ns - self.start_ns) / NANOSECONDS

    def _at(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(moments, self.series.at_ns.astype(float), self.series.values)


def series(samples: Iterable[Sample], *path: str) -> Series:
    """Return one number of the samples over time; samples that do not have it are left out."""
    found = [(sample["at_ns"], value) for sample in samples if (value := _reach(sample, path)) is not None]
    at_ns = np.array([at for at, _ in found], dtype=np.int64)
    return Series(at_ns, np.array([value for _, value in found], dtype=float))


def process_cores(
    samples: Sequence[Sample], start_ns: int, end_ns: int, of: Callable[[Sample], Mapping[str, float]]
) -> list[float]:
    """Return the mean busy cores of every process in a window; one that began meanwhile began at zero.

    Parameters
    ----------
    of : from a sample to the processor time of each process so far, by its number.
    """
    looked = [sample for sample in samples if of(sample)]
    found = []
    for process in dict.fromkeys(each for sample in looked for each in of(sample)):
        first = next(index for index, sample in enumerate(looked) if process in of(sample))
        read = [(sample["at_ns"], of(sample)[process]) for sample in looked if process in of(sample)]
        if first:
            read.insert(0, (looked[first - 1]["at_ns"], 0.0))
        at, seconds = np.array(read, dtype=float).T
        low, high = np.interp([start_ns, end_ns], at, seconds)
        found.append(float(high - low) / ((end_ns - start_ns) / NANOSECONDS))
    return found


def extremes(found: NDArray[np.float64]) -> Interval | None:
    """Return the least, the median and the largest of some readings, or None without any."""
    if not found.size:
        return None
    return Interval(low=float(found.min()), mid=float(np.median(found)), high=float(found.max()))


def _reach(sample: Sample, path: tuple[str, ...]) -> float | None:
    found: Any = sample
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return None if found is None else float(found)
