"""Inputs: every number of a profile as a Quantity, or the assumption that stands in where the profile is silent."""

from math import ceil

from pydantic import BaseModel

from capplan.assumptions import assumptions
from capplan.estimate import Basis, Estimate
from capplan.profile import ServiceProfile
from capplan.quantity import Quantity, constant
from capplan.worlds import median

_UNIT_OF_SUFFIX = {
    "_per_s": "1/s",
    "_cores": "cores",
    "_ratio": "ratio",
    "_users": "users",
    "_days": "days",
    "processes": "processes",
    "threads": "threads",
    "connections": "connections",
    "connection_pool": "connections",
    "per_hour": "1/h",
    "share": "ratio",
    "growth_over": "months",
    "horizon": "months",
    "think_time": "s",
}


class Inputs:
    """Looks numbers up in a profile by key path, and in the assumptions by key."""

    def __init__(self, profile: ServiceProfile, name: str = "profile") -> None:
        self.profile = profile
        self.name = name
        self._taken: dict[str, Quantity] = {}

    def given(self, path: str, unit: str) -> Quantity | None:
        """Return the number at a key path of the profile, or None where the profile is silent."""
        if path not in self._taken:
            estimate = _look_up(self.profile, path)
            if estimate is None:
                return None
            self._taken[path] = Quantity.drawn(path, estimate, unit)
        return self._taken[path]

    def assumed(self, key: str) -> Quantity:
        """Return an assumption, or what the profile's ``assume`` table puts in its place."""
        if key not in self._taken:
            assumption = assumptions()[key]
            estimate = self.profile.assume.get(key, assumption.estimate)
            self._taken[key] = Quantity.drawn(key, estimate, assumption.unit)
        return self._taken[key]

    def get(self, path: str, assumption: str) -> Quantity:
        """Return the profile's number at ``path``, else the assumption that stands in for it."""
        found = self.given(path, assumptions()[assumption].unit)
        return found if found is not None else self.assumed(assumption)

    def assumptions_taken(self) -> list[Quantity]:
        """Return the assumptions that were asked for, whether or not the profile put its own number in their place."""
        return [quantity for key, quantity in self._taken.items() if key in assumptions()]

    def number(self, path: str) -> Quantity:
        """Return a number the profile must have; its unit follows from the last word of its path.

        Raises
        ------
        KeyError
            If the profile does not have it, which validation rules out.
        """
        unit = next((unit for suffix, unit in _UNIT_OF_SUFFIX.items() if path.endswith(suffix)), "B")
        found = self.given(path, unit)
        if found is None:
            raise KeyError(path)
        return found

    def fixed(self, path: str, assumption: str) -> Quantity:
        """Return a setting that is a whole number (processes, connections): its median, rounded up, without width."""
        found = self.get(path, assumption)
        whole = constant(found.key, float(ceil(median(found.values))), found.unit, found.source, found.basis)
        self._taken[found.key] = whole
        return whole


def nothing(key: str, unit: str) -> Quantity:
    """Return zero, for a part of the service that the profile does not have."""
    return constant(key, 0.0, unit, "the profile has none", Basis.DERIVED)


def _look_up(profile: ServiceProfile, path: str) -> Estimate | None:
    found: object = profile
    for key in path.split("."):
        if found is None:
            return None
        found = getattr(found, key) if isinstance(found, BaseModel) else _entry(found, key)
    if found is not None and not isinstance(found, Estimate):
        raise TypeError(f"{path} is no number of a profile")
    return found


def _entry(table: object, key: str) -> object:
    return table.get(key) if isinstance(table, dict) else None
