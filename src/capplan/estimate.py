"""Estimate: the one way to say "about": low, mid, high, with basis and source."""

import math
from dataclasses import dataclass
from enum import StrEnum

STATED = "stated in the profile"


class Basis(StrEnum):
    """Where a number comes from."""

    MEASURED = "measured"
    FITTED = "fitted"
    DERIVED = "derived"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number nobody knows exactly: bounds ``low`` and ``high``, most likely value ``mid``, in base units.

    Raises
    ------
    ValueError
        If a value is not finite or low <= mid <= high does not hold.
    """

    low: float
    mid: float
    high: float
    basis: Basis
    source: str

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.low, self.mid, self.high))):
            raise ValueError("low, mid and high must be finite numbers")
        if not self.low <= self.mid <= self.high:
            raise ValueError(f"low <= mid <= high must hold, not {self.low} <= {self.mid} <= {self.high}")

    @classmethod
    def exactly(cls, value: float, basis: Basis = Basis.ASSUMED, source: str = "") -> "Estimate":
        """Return an estimate of zero width."""
        return cls(low=value, mid=value, high=value, basis=basis, source=source)
