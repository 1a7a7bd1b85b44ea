"""The assumptions: every number capplan takes when a profile does not say, read from ``assumptions.toml``."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from capplan.estimate import Basis, Estimate

_POSITIVE = (1e-9, 1e12)
# Seconds and bytes may be none; what is divided by states its own range in the table.
_RANGES = {
    "ratio": (0.0, 1.0),
    "s": (0.0, 1e9),
    "B": (0.0, 1e18),
    "cores": (0.0, 1e4),
    "jobs": (0.0, 1e3),
    "processes": (1.0, 1e4),
    "threads": (1.0, 1e4),
    "connections": (1.0, 1e9),
    "operations": (1.0, 1e6),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One assumed number: estimate in base units, unit, how its source was used, since when it stands.

    ``least`` and ``most`` are what may be put in its place.
    """

    key: str
    estimate: Estimate
    unit: str
    how: str
    as_of: date
    least: float
    most: float


@cache
def assumptions() -> dict[str, Assumption]:
    """Return all assumptions by key."""
    text = files("capplan").joinpath("assumptions.toml").read_text(encoding="utf-8")
    return {key: _assumption(key, entry) for key, entry in tomllib.loads(text).items()}


def _assumption(key: str, entry: dict[str, Any]) -> Assumption:
    value = entry["value"]
    low, mid, high = value if isinstance(value, list) else (value, value, value)
    as_of = entry["date"]
    if not isinstance(as_of, date):
        raise TypeError(f"assumption {key} has no date")
    estimate = Estimate(
        low=float(low), mid=float(mid), high=float(high), basis=Basis.ASSUMED, source=str(entry["source"])
    )
    unit = str(entry["unit"])
    least, most = entry.get("range", _RANGES.get(unit, _POSITIVE))
    return Assumption(
        key=key,
        estimate=estimate,
        unit=unit,
        how=str(entry["how"]),
        as_of=as_of,
        least=float(least),
        most=float(most),
    )
