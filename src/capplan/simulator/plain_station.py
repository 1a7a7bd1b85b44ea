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

    limit_cores: float = inf
    weight: float = 1.0
    attained: float = 0.0
    speed: float = 0.0
    next_s: float = inf
    present: list[tuple[float, int, PlainRequest]] = field(default_factory=list)


@dataclass(slots=True)
class PlainStation:
    """A shared station with a lane for each group."""

    server_count: int
    lanes: list[PlainLane]
    since_s: float = 0.0
    busy: float = 0.0
    busy_s: float = 0.0
    touched: bool = False

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
        present = np.array([float(len(lane.present)) for lane in self.lanes])
        limits = np.array([lane.limit_cores for lane in self.lanes])
        weights = np.array([lane.weight for lane in self.lanes])
        self.busy = 0.0
        for lane, given in zip(self.lanes, divide(self.server_count, present, limits, weights), strict=True):
            if not lane.present:
                lane.attained, lane.speed, lane.next_s = 0.0, 0.0, inf
                continue
            self.busy += float(given)
            lane.speed = float(given) / len(lane.present)
            lane.next_s = self.since_s + max(lane.present[0][0] - lane.attained, 0.0) / lane.speed
        self.touched = False
