"""ladder: which steps a run takes: the profile's own point, levels up to beyond saturation, repeats in seeded order."""

from collections.abc import Sequence
from math import isclose

import numpy as np

from capplan.measurements import Asked, Mode, StepResult
from capplan.predict import OwnPoint
from capplan.scenario import Load, Step

_LEVELS = (0.25, 0.5, 0.75, 0.9, 1.0, 1.2)
"""Fractions of the predicted saturation, closer together where the curve bends; a decision of ours."""
_CLIMB = (1.7, 2.4, 3.4, 4.8, 6.8)
"""Where the target carries more than was predicted, the ladder goes on by steps of the square root of two."""
_LONGEST_WAIT_RATIO = 0.25
"""Users who wait longer than this part of their think time make less than 80 % of the requests they would make."""
_LEAST_CARRIED_RATIO = 0.9
_MOST_OPEN_LEVEL = 0.9
"""Beyond saturation open arrivals have no steady state to measure."""
_OUTSTANDING_S = 10.0
_FEWEST_OPEN_USERS = 50
_SAME_RATIO = 1e-3


def default_steps(own: OwnPoint, saturation_per_s: float | None, load: Load) -> tuple[Step, ...]:
    """Return the profile's own point (nothing at all, its users where it has any, its rate), and a ladder if asked for.

    Closed levels are fractions of the users at which the asymptotes of the throughput meet, N* = X (D + Z) with X
    the saturation (Lazowska et al. 1984, section 5.3), and above them climb on for as long as the target keeps up.
    Where the profile has no users the levels are rates, fractions of the saturation itself, up to 0.9. No level goes
    beyond the caps of the scenario.

    Parameters
    ----------
    saturation_per_s : what the model says the machine carries; None: no ladder.
    """
    steps = [Step(kind="idle")]
    if own.users is not None and own.think_time_s is not None:
        steps.append(_closed(own.users, own.think_time_s))
    steps.append(Step(kind="rate", rate=own.rate_per_s))
    if saturation_per_s is not None:
        steps += _levels(own, saturation_per_s, load)
    return tuple(steps)


def _levels(own: OwnPoint, saturation_per_s: float, load: Load) -> list[Step]:
    if own.users is None or own.think_time_s is None:
        chosen = [f * saturation_per_s for f in _LEVELS if f <= _MOST_OPEN_LEVEL]
        capped = dict.fromkeys(_plain(min(rate, load.most_requests_per_s)) for rate in chosen)
        return [Step(kind="rate", rate=rate) for rate in capped if not _same(rate, own.rate_per_s)]
    cycle_s = own.service_s + own.think_time_s
    most = min(load.most_users, max(int(load.most_requests_per_s * cycle_s), 1))
    populations = dict.fromkeys(
        min(max(round(f * saturation_per_s * cycle_s), 1), most) for f in (*_LEVELS, *_CLIMB)
    )
    highest = max(_LEVELS) * saturation_per_s * cycle_s
    return [
        _closed(users, own.think_time_s, climbing=users > highest + 1)
        for users in populations
        if users != own.users
    ]


def _closed(users: int, think_time_s: float, *, climbing: bool = False) -> Step:
    return Step.model_construct(kind="users", users=users, think_time=think_time_s, climbing=climbing)


def keeps_up(step: StepResult) -> bool:
    """Return whether the target still carries what is asked of it, as a climbing step asks of those before it.

    By Little's law N users who think for Z and wait for R make N / (Z + R) requests per second, N / Z at most.
    """
    if step.response is None or step.throughput_per_s is None:
        return step.asked.mode == "none"
    if step.asked.rate_per_s is not None:
        return step.throughput_per_s.mid >= _LEAST_CARRIED_RATIO * step.asked.rate_per_s
    think_s = step.achieved_think_time_s
    return think_s is None or step.response.mean_s.mid <= _LONGEST_WAIT_RATIO * think_s


def arranged(
    steps: Sequence[Step], load: Load, own: OwnPoint | None, *, seed: int
) -> tuple[tuple[str, Asked], ...]:
    """Return every step with its name in the order of the run; the repeats of a step share its name.

    Where nothing is repeated the order is as written, but for climbing steps, which come last. Repeats are shuffled
    among all steps, but for idle ones at the beginning, which warm nothing up and are warmed up by nothing, and for
    climbing ones. The seed of each repeat depends on its place among the steps as written, never on the shuffle.
    """
    seeds = np.random.default_rng([seed, 0])
    asked = [
        (step_name(step), _asked(step, load, own, repeat, int(seeds.integers(2**31))))
        for step in steps
        for repeat in range(step.repeats)
    ]
    first = next((index for index, (_, each) in enumerate(asked) if each.kind != "idle"), len(asked))
    rest = [each for each in asked[first:] if not each[1].climbing]
    climb = [each for each in asked if each[1].climbing]
    if any(step.repeats > 1 for step in steps):
        rest = [rest[index] for index in np.random.default_rng([seed, 1]).permutation(len(rest))]
    return (*asked[:first], *rest, *climb)


def step_name(step: Step) -> str:
    """Return the name of a step: all of it that a prediction depends on."""
    parts: list[str] = [step.kind]
    if step.kind == "users":
        parts.append(str(step.users))
    if step.kind == "rate":
        parts.append(f"{step.rate:g}")
    if step.think_time is not None and step.kind == "users":
        parts.append(f"think-{step.think_time:.3g}")
    if step.only is not None:
        parts.append(step.only)
    if step.backup:
        parts.append("backup")
    return "-".join(parts)


def open_users(rate_per_s: float, load: Load) -> int:
    """Return how many requests of an open step may be on their way at once: the arrivals of ten seconds."""
    return min(max(round(rate_per_s * _OUTSTANDING_S), _FEWEST_OPEN_USERS), load.most_users)


def _asked(step: Step, load: Load, own: OwnPoint | None, repeat: int, seed: int) -> Asked:
    think = _think_time(step, load, own)
    return Asked(
        kind=step.kind,
        mode=_MODES[step.kind],
        users=_users(step, load),
        rate_per_s=step.rate,
        think_time_s=think,
        only=step.only,
        backup=step.backup,
        duration_s=step.duration,
        settle_s=step.settle,
        seed=seed,
        repeat=repeat,
        is_profile=own is not None and _is_own(step, think, own),
        climbing=step.climbing,
    )


_MODES: dict[str, Mode] = {"idle": "none", "burst": "closed", "users": "closed", "rate": "open"}


def _users(step: Step, load: Load) -> int:
    match step.kind:
        case "idle":
            return 0
        case "burst":
            return 1
        case "users":
            return step.users or 1
        case "rate":
            return step.users or open_users(step.rate or 0.0, load)


def _think_time(step: Step, load: Load, own: OwnPoint | None) -> float | None:
    """Return a closed step's think time: its own, the scenario's, the locustfile's (None), or the profile's."""
    if step.kind == "burst":
        return 0.0
    if step.kind != "users":
        return None
    stated = step.think_time if step.think_time is not None else load.think_time
    if stated is None and load.locustfile is None and own is not None:
        return own.think_time_s
    return stated


def _is_own(step: Step, think_time_s: float | None, own: OwnPoint) -> bool:
    if step.only is not None or step.backup:
        return False
    if step.kind == "rate":
        return _same(step.rate, own.rate_per_s)
    return step.kind == "users" and step.users == own.users and _same(think_time_s, own.think_time_s)


def _same(found: float | None, wanted: float | None) -> bool:
    return found is not None and wanted is not None and isclose(found, wanted, rel_tol=_SAME_RATIO)


def _plain(rate: float) -> float:
    """Return a rate of three digits, which somebody can read aloud."""
    return float(f"{rate:.3g}")
