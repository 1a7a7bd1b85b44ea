"""plain_station: requests, the lanes they are in and the stations that lanes share, as the plain simulator has them."""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from capplan.sharing import divide


@dataclass(slots=True, eq=False)
class PlainRequest:
    """A request, or the clock of an open source: whoever is somewhere for a time."""

    source: int
    place: int
    begun_s: float = 0.0
    entered_s: float = 0.0
    number: int | None = None


@dataclass(slots=True)
class PlainLane:
    """Those who are served at one speed, by the service at which each will be done and then by their turn."""

    locked: bool = False
    attained: float = 0.0
    speed: float = 0.0
    next_s: float = inf
    present: list[tuple[float, int, PlainRequest]] = field(default_factory=list)

    @property
    def threads(self) -> int:
        """How many of those present are threads of their own; under a lock all are one together."""
        return min(len(self.present), 1) if self.locked else len(self.present)


@dataclass(slots=True)
class PlainGroup:
    """Lanes that share what their group gets."""

    limit_cores: float = inf
    weight: float = 1.0
    lanes: list[PlainLane] = field(default_factory=list)

    @property
    def threads(self) -> int:
        """How many want to run."""
        return sum(lane.threads for lane in self.lanes)


@dataclass(slots=True)
class PlainStation:
    """A shared station with its groups."""

    server_count: int
    groups: list[PlainGroup]
    since_s: float = 0.0
    busy: float = 0.0
    busy_s: float = 0.0
    touched: bool = False

    @property
    def lanes(self) -> list[PlainLane]:
        """The lanes of all groups."""
        return [lane for group in self.groups for lane in group.lanes]

    def touch(self, now_s: float) -> None:
        """Let everybody attain what they did since the last time, before somebody comes or goes."""
        gone_s = now_s - self.since_s
        for lane in self.lanes:
            lane.attained += gone_s * lane.speed
        self.busy_s += gone_s * self.busy
        self.since_s = now_s
        self.touched = True

    def settle(self) -> None:
        """Divide the servers anew, and find when the first of each lane will be done."""
        threads = np.array([float(group.threads) for group in self.groups])
        limits = np.array([group.limit_cores for group in self.groups])
        weights = np.array([group.weight for group in self.groups])
        self.busy = 0.0
        for group, given in zip(
            self.groups, divide(self.server_count, threads, limits, weights), strict=True
        ):
            if group.threads:
                self.busy += float(given)
            for lane in group.lanes:
                self._quicken(lane, float(given) / max(group.threads, 1))
        self.touched = False

    def _quicken(self, lane: PlainLane, thread_speed: float) -> None:
        """Find the speed of a lane from that of a thread, and when its first will be done."""
        if not lane.present:
            lane.attained, lane.speed, lane.next_s = 0.0, 0.0, inf
            return
        lane.speed = thread_speed / len(lane.present) if lane.locked else thread_speed
        lane.next_s = self.since_s + max(lane.present[0][0] - lane.attained, 0.0) / lane.speed
