"""Short ways from a profile, as text or table, to its needs and its plan."""

import copy
from datetime import date
from typing import Any

from capplan.growth import moment
from capplan.inputs import Inputs
from capplan.plan import Plan
from capplan.profile import ServiceProfile
from capplan.profile_file import parse_profile
from capplan.quantity import constant
from capplan.recommend import recommend
from capplan.requirement import ResourceKind
from capplan.sizing import SIZERS
from capplan.workload import build_workload
from capplan.worlds import Array

AS_OF = date(2026, 11, 23)

SMALL: dict[str, Any] = {
    "name": "small",
    "traffic": {"concurrent_users": 20, "requests_per_s": 2},
    "containers": {
        "web": {"role": "gunicorn", "memory": "900 MB"},
        "db": {"role": "postgresql", "memory": "1 GB"},
    },
    "data": {"database": "20 GB", "media": "20 GB", "growth": "60 GB", "growth_over": "24 months"},
}


def changed(document: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return a copy of a profile's table with key paths set, ``__`` for the dots."""
    copied = copy.deepcopy(document)
    for path, value in changes.items():
        table = copied
        *above, last = path.split("__")
        for key in above:
            table = table.setdefault(key, {})
        table[last] = value
    return copied


def profile_of(document: dict[str, Any]) -> ServiceProfile:
    """Return the checked profile of a table."""
    return ServiceProfile.model_validate(document)


def plan_of(document: dict[str, Any], *, simulate: bool = False) -> Plan:
    """Return the plan of a table."""
    return recommend(profile_of(document), as_of=AS_OF, name="profile.toml", digest="", simulate=simulate)


def plan_of_text(text: str, *changes: str) -> Plan:
    """Return the plan of a profile's text."""
    profile = parse_profile(text, "profile.toml", changes)
    return recommend(profile, as_of=AS_OF, name="profile.toml", digest="")


def needs_of(
    document: dict[str, Any], months: float = 24, multiplier: float = 1
) -> dict[ResourceKind, Array]:
    """Return the need for every resource in every world at a moment."""
    inputs = Inputs(profile_of(document))
    workload = build_workload(inputs)
    at = moment("then", months, constant("times", multiplier, "ratio", "a test"))
    return {kind: size(inputs, workload, at).need.values for kind, size in SIZERS.items()}
