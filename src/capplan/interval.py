"""interval: an estimate with the ends of its interval."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the ends of its interval; infinite where too little was seen for one."""

    low: float
    mid: float
    high: float

    @property
    def half_width_ratio(self) -> float:
        """The longer side of the interval over the estimate; infinite where there is none."""
        return max(self.high - self.mid, self.mid - self.low) / self.mid if self.mid > 0.0 else inf

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high
