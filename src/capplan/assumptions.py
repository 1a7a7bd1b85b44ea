"""The assumptions: every number capplan takes when a profile does not say, read from ``assumptions.toml``."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from capplan.estimate import Basis, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One assumed number: estimate in base units, unit, how its source was used, and since when it stands."""

    key: str
    estimate: Estimate
    unit: str
    how: str
    as_of: date


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
    return Assumption(key=key, estimate=estimate, unit=str(entry["unit"]), how=str(entry["how"]), as_of=as_of)
