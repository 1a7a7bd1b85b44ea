"""planning: a plan computed for a command, and the exit code it deserves."""

from pathlib import Path
from typing import TYPE_CHECKING

from capplan.cli.telling import tell
from capplan.errors import EXIT_BAD_ANSWER

if TYPE_CHECKING:
    from capplan.plan import Plan


def plan_of(
    profile: Path | None, changes: list[str], servers: list[str], *, simulate: bool = False
) -> "Plan":
    """Return the plan of a profile with these changes and servers to judge, its chosen tier simulated if asked for."""
    from datetime import date

    from capplan.catalog import parse_shape
    from capplan.documents import digest, find_profile
    from capplan.profile_file import read_profile
    from capplan.recommend import recommend as compute

    shapes = [parse_shape(text) for text in servers]
    path, shipped = find_profile(profile)
    if shipped:
        tell("No profile given: this is capplan's reference profile. Write your own with `capplan init`.")
    name = "capplan's reference profile" if shipped else str(path)
    read = read_profile(path, changes)
    today = date.today()  # noqa: DTZ011,TID251 - the one clock: a plan without as_of describes the day it is made
    if simulate:
        tell("Simulating the recommended tier in two worlds.")
    return compute(
        read, as_of=today, name=name, digest=digest(path, changes), servers=shapes, simulate=simulate
    )


def verdict(plan: "Plan") -> int:
    """Return 1 where the recommended server misses an objective, or one asked about is too small.

    An objective is missed as computed, or as simulated.
    """
    minimum, recommended, _ = plan.tiers
    missed = any(row.met_ratio < recommended.quantile_ratio for row in recommended.responses)
    tried = plan.crosscheck.worlds if plan.crosscheck is not None else ()
    missed = missed or any(each.missed_s is not None for world in tried for each in world.trials)
    refused = any(server.now_ratio < minimum.quantile_ratio for server in plan.servers)
    return EXIT_BAD_ANSWER if missed or refused else 0
