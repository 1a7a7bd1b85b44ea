"""The plan as a whole: tiers, what breaks first, proposals, and that it is the same every time."""

import json
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from capplan.catalog import Shape
from capplan.errors import (
    EXIT_BAD_INPUT,
    EXIT_FINE,
    EXIT_NO_SOLUTION,
    CapplanError,
    InputError,
    NoSolutionError,
)
from capplan.plan import Figure, Plan, Server, Tier
from capplan.profile_file import parse_profile
from capplan.recommend import recommend
from tests.planning import AS_OF, SMALL, changed, plan_of, profile_of

_ROOT = Path(__file__).parents[2]
_SHIPPED = ("reference", "blog", "rest-api")
# Figures found by an algorithm; their formula says what was sought, not how to calculate it.
_ALGORITHMS = ("cpu_need_cores", "response_mean_s", "response_percentile_s", "miss_ratio")
_PLAN_IN_A_PROCESS = """
from datetime import date
from pathlib import Path
from capplan.profile_file import read_profile
from capplan.profile_file import parse_profile
from capplan.recommend import recommend
profile = read_profile(Path("profiles/reference.toml"))
print(recommend(profile, as_of=date(2026, 11, 23), name="reference.toml", digest="").model_dump_json())
"""


def _document(name: str) -> dict[str, Any]:
    return tomllib.loads((_ROOT / "profiles" / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    """Return the plans of the profiles that ship with capplan."""
    return {name: plan_of(_document(name)) for name in _SHIPPED}


_EACH = pytest.mark.parametrize("name", _SHIPPED)


def _shape(server: Server) -> Shape:
    return Shape(server.cores, server.memory_gib, server.disk_gb)


# ── tiers ──


@_EACH
def test_each_tier_dominates_the_one_before(plans: dict[str, Plan], name: str) -> None:
    """Minimum, recommended and optimal stand in this order, and none has less of anything than the one before."""
    tiers = plans[name].tiers
    assert ["minimum", "recommended", "optimal"] == [tier.name for tier in tiers]
    for before, after in pairwise(tiers):
        assert _shape(after.server).dominates(_shape(before.server))


@_EACH
def test_a_tier_meets_its_need(plans: dict[str, Plan], name: str) -> None:
    """The server of a tier has at least the need it was chosen for."""
    for tier in plans[name].tiers:
        shape = _shape(tier.server)
        assert tier.need.cores <= shape.cores
        assert tier.need.memory_bytes <= shape.memory_bytes
        assert tier.need.disk_bytes <= shape.disk_bytes


_BOTH_NEEDS_NEAR_A_RUNG = changed(
    SMALL,
    traffic={"requests_per_s": 0.5},
    containers__web__memory="1200 MB",
    containers__db__memory="300 MB",
    data__database="35 GB",
)


@pytest.mark.parametrize(
    "document",
    [*map(_document, _SHIPPED), SMALL, _BOTH_NEEDS_NEAR_A_RUNG],
    ids=[*_SHIPPED, "small", "two needs near a rung"],
)
def test_a_tier_holds_as_surely_as_it_says(document: dict[str, Any]) -> None:
    """Each need alone is met in the share of worlds the tier promises; all at once, their doubts may add up."""
    minimum, recommended, optimal = plan_of(document).tiers
    assert min(each.now_ratio for each in minimum.holdings) >= minimum.quantile_ratio
    assert min(each.horizon_ratio for each in recommended.holdings) >= recommended.quantile_ratio
    for tier in (minimum, recommended, optimal):
        assert tier.fits_ratio >= 1 - 3 * (1 - tier.quantile_ratio)


@_EACH
def test_the_shipped_profiles_hold_at_once(plans: dict[str, Plan], name: str) -> None:
    """The servers of the shipped profiles meet all needs together in the share of worlds promised for each."""
    for tier in plans[name].tiers:
        assert tier.fits_ratio >= tier.quantile_ratio


@_EACH
def test_a_smaller_server_fits_less(plans: dict[str, Plan], name: str) -> None:
    """One step down never fits in more worlds; where it has less than the need, in too few."""
    for tier in plans[name].tiers:
        for refusal in tier.smaller:
            assert refusal.fits_ratio <= tier.fits_ratio
            if refusal.has < refusal.need:
                assert refusal.fits_ratio < tier.quantile_ratio


@_EACH
def test_the_minimum_is_no_larger_than_it_must_be(plans: dict[str, Plan], name: str) -> None:
    """One step down in memory or disk, the minimum would not meet its need, or nobody sells so little per core."""
    minimum = plans[name].tiers[0]
    for refusal in minimum.smaller:
        sold = refusal.server.cores <= refusal.server.memory_gib <= 8 * refusal.server.cores
        assert refusal.has < refusal.need or not sold, refusal.resource


def test_a_need_beyond_the_ladder_has_no_plan() -> None:
    """A service that no server of the ladder can hold is told so, with its need."""
    with pytest.raises(NoSolutionError, match=r"10\d\d\d GB, more than the largest server of the ladder"):
        plan_of(changed(SMALL, data__media="7500 GB"))


# ── what breaks first ──

# Two workers, each held for a third of a second by a request that computes for 35 ms of it.
_WAITING: dict[str, Any] = changed(
    SMALL,
    traffic={"concurrent_users": 20, "requests_per_s": 4},
    containers__web={"role": "gunicorn", "memory": "900 MB", "processes": 2},
    classes={
        "page": {
            "share": 1,
            "cpu": {"web": "25 ms", "db": "10 ms"},
            "waits": "300 ms",
            "response_time": "2 s",
        }
    },
    host={"cpu_speed_ratio": 1},
)


@pytest.fixture(scope="module")
def waiting() -> dict[str, tuple[Plan, Tier]]:
    """Return plan and recommended tier of a service whose few workers mostly wait, and of three variants."""
    documents = {
        "two workers": _WAITING,
        "four workers": changed(_WAITING, containers__web__processes=4),
        "fast": changed(_WAITING, host__cpu_speed_ratio=16),
    }
    made = {name: plan_of(document) for name, document in documents.items()}
    return {name: (plan, plan.tiers[1]) for name, plan in made.items()}


def _workers_factor(tier: Tier) -> float:
    (found,) = (each.mid for each in tier.breaks if each.resource == "workers")
    assert found is not None
    return found


def test_few_workers_that_wait_give_way_first(waiting: dict[str, tuple[Plan, Tier]]) -> None:
    """With cores a tenth busy and two workers that wait, workers break first and more cores do not help."""
    plan, tier = waiting["two workers"]
    assert 0.05 < plan.figures[tier.utilization_key].mid < 0.15
    first = tier.breaks[0]
    assert ("workers", "web", False) == (first.resource, first.subject, first.more_cores_help)


def test_twice_the_workers_carry_about_twice_the_traffic(waiting: dict[str, tuple[Plan, Tier]]) -> None:
    """Doubling the processes doubles the traffic at which workers break; pooling waits of any length gives more."""
    two, four = (_workers_factor(waiting[name][1]) for name in ("two workers", "four workers"))
    assert 2.0 < four / two < 3.0


def test_a_faster_processor_hardly_helps_workers_that_wait(waiting: dict[str, tuple[Plan, Tier]]) -> None:
    """At 16 times the speed a tenth of the holding time is gone, and workers break at little more traffic."""
    two, fast = (_workers_factor(waiting[name][1]) for name in ("two workers", "fast"))
    assert 1 < fast / two < 1.2


_LOCKED = changed(
    SMALL,
    traffic={"concurrent_users": 60, "requests_per_s": 40},
    containers__web__processes=1,
    containers__web__threads=4,
    classes={
        "read": {
            "share": 1,
            "cpu": {"web": "20 ms", "db": "5 ms"},
            "waits": "20 ms",
            "response_time": "300 ms",
        }
    },
)


def test_no_core_mends_a_lock() -> None:
    """One process of four threads that misses its objective asks for processes, and not for all cores there are."""
    plan = plan_of(_LOCKED)
    several = plan_of(changed(_LOCKED, containers__web__processes=4, containers__web__threads=1))
    for tier, other in zip(plan.tiers, several.tiers, strict=True):
        assert tier.server.cores <= 2 * other.server.cores
        assert min(each.met_ratio for each in tier.responses) < 0.5
        assert tier.workers_wanted is not None
        assert tier.workers_wanted % 4 == 0
    assert min(each.met_ratio for each in several.tiers[0].responses) == 1.0


def test_more_workers_than_are_counted_out_change_nothing_at_once() -> None:
    """With 65 threads of one process, or one connection too few, the plan is nearly that with 64, and with enough."""

    def breaks(**changes: object) -> float:
        tier = plan_of(changed(_LOCKED, **changes)).tiers[0]
        found = next(each.mid for each in tier.breaks if each.resource == "workers")
        assert found is not None
        return found

    few = {"traffic": {"concurrent_users": 8, "requests_per_s": 2}}
    at_64, at_65 = (breaks(containers__web__threads=threads, **few) for threads in (64, 65))
    assert at_65 == pytest.approx(at_64, rel=0.03)
    enough, one_less = (breaks(containers__db__connection_pool=connections) for connections in (4, 3))
    assert one_less == pytest.approx(enough, rel=0.1)


@_EACH
def test_breaks_stand_in_the_order_in_which_they_come(plans: dict[str, Plan], name: str) -> None:
    """What gives way at less traffic is told first."""
    for tier in plans[name].tiers:
        factors = [each.mid if each.mid is not None else 1e9 for each in tier.breaks]
        assert sorted(factors) == factors


# ── derivations ──


def _evaluated(plan: Plan, figure: Figure, need: str) -> float:
    """Return what a formula gives with its inputs' values in the world that decides a need."""
    text = figure.formula
    values = {}
    for place, key in enumerate(sorted(figure.inputs, key=len, reverse=True)):
        text = text.replace(key, f"v{place}_")
        values[f"v{place}_"] = plan.figures[key].deciding[need]
    result: float = eval(text, {"max": max, "min": min}, values)  # noqa: S307 - a formula of our own plan
    return result


@_EACH
def test_every_derivation_can_be_checked_by_hand(plans: dict[str, Plan], name: str) -> None:
    """In the world that decides a tier's need, each formula on the way gives the figure's value there."""
    plan = plans[name]
    checked = 0
    for key, figure in plan.figures.items():
        if not figure.formula or key.endswith(_ALGORITHMS):
            continue
        for need, value in figure.deciding.items():
            assert value == pytest.approx(_evaluated(plan, figure, need), rel=1e-9), key
            checked += 1
    assert checked > 50


@_EACH
def test_every_key_of_a_plan_leads_to_a_figure(plans: dict[str, Plan], name: str) -> None:
    """Whatever the plan refers to by key is among its figures, and so is all that those were derived from."""
    plan = plans[name]
    inputs = {key for figure in plan.figures.values() for key in figure.inputs}
    text = json.loads(plan.model_dump_json(exclude={"figures"}))
    assert inputs | set(_keys_in(text)) <= set(plan.figures)


def _keys_in(part: object) -> list[str]:
    if isinstance(part, dict):
        here = [v for k, v in part.items() if isinstance(v, str) and (k == "key" or k.endswith("_key"))]
        return here + [key for value in part.values() for key in _keys_in(value)]
    return [key for value in part for key in _keys_in(value)] if isinstance(part, list) else []


# ── proposals ──


def test_a_proposal_changes_nothing_of_the_plan(plans: dict[str, Plan]) -> None:
    """Without what somebody proposed, the plan differs in the judgment of the proposal alone."""
    document = _document("reference")
    del document["proposal"]
    apart = {"proposals", "profile_sha256"}
    assert plans["reference"].model_dump(exclude=apart) == plan_of(document).model_dump(exclude=apart)


def test_a_proposal_is_judged(plans: dict[str, Plan]) -> None:
    """Every proposed server has a verdict, in the order in which they were proposed."""
    proposals = plans["reference"].proposals
    assert proposals is not None
    assert ["minimum", "recommended", "optimal"] == [verdict.name for verdict in proposals.servers]


def test_a_server_that_is_asked_about_changes_nothing_else() -> None:
    """A verdict on a server stands beside the plan and moves no number of it."""
    profile = profile_of(SMALL)
    asked = recommend(profile, as_of=AS_OF, name="profile.toml", digest="", servers=[Shape(2, 4, 80)])
    plain = plan_of(SMALL)
    assert ["2:4GB:80GB"] == [verdict.name for verdict in asked.servers]
    assert plain.model_dump(exclude={"servers"}) == asked.model_dump(exclude={"servers"})


# ── the document ──


def test_a_plan_is_the_same_every_time() -> None:
    """Two processes with different hash seeds write the same plan to the byte."""
    made = [
        subprocess.run(
            [sys.executable, "-c", _PLAN_IN_A_PROCESS],
            cwd=_ROOT,
            env={"PYTHONPATH": "src", "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(made[0]) > 10_000
    assert made[0] == made[1]


@_EACH
def test_a_plan_survives_the_way_through_its_file(plans: dict[str, Plan], name: str) -> None:
    """Written as JSON and read again, a plan is equal, and written again the same to the byte."""
    text = plans[name].model_dump_json()
    again = Plan.model_validate_json(text)
    assert plans[name] == again
    assert text == again.model_dump_json()


@_EACH
def test_the_bounds_of_a_figure_stand_in_order(plans: dict[str, Plan], name: str) -> None:
    """Low, mid and high of every figure are numbers in this order; infinite only where nothing is ever answered."""
    for key, figure in plans[name].figures.items():
        assert 0 <= figure.low <= figure.mid <= figure.high, key
        assert figure.mid < float("inf"), key


# ── what a person may write ──

# A class that waits, asks the database and misses its objective: capplan then looks for a better number of workers.
_POOLED: dict[str, Any] = changed(
    SMALL,
    containers__web__processes=2,
    containers__db__connection_pool=4,
    classes={"page": {"share": 1, "waits": "700 ms", "response_time": "800 ms"}},
)


@pytest.mark.parametrize(
    "document",
    [
        changed(SMALL, containers__db__connection_pool=4),
        changed(SMALL, containers__db__connection_pool=40),
        _POOLED,
    ],
    ids=["as many as workers", "more than workers", "an objective missed"],
)
def test_a_connection_pool_that_binds_nobody_gives_a_plan(document: dict[str, Any]) -> None:
    """With at least as many pooled connections as workers, a service can be planned."""
    assert len(plan_of(document).tiers) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"objectives": {"percentile_ratio": 1}},
        {"assume": {"gunicorn_processes": 0}},
        {"assume": {"cpu_speed_ratio": 0}},
        {"assume": {"disk_monitoring_interval_s": 0}},
        {"assume": {"memory_kernel_share_ratio": 1}},
        {"assume": {"plan_recommended_quantile_ratio": 5}},
    ],
    ids=str,
)
def test_a_number_that_cannot_be_is_refused_in_words(changes: dict[str, Any]) -> None:
    """What no service can have ends in a plan or in an error of capplan's own, never in a bug's."""
    code = EXIT_FINE
    try:
        profile = parse_profile(_toml(changed(SMALL, **changes)), "profile.toml")
        recommend(profile, as_of=AS_OF, name="profile.toml", digest="")
    except CapplanError as error:
        code = error.exit_code
    assert code in {EXIT_FINE, EXIT_BAD_INPUT, EXIT_NO_SOLUTION}


def _toml(document: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {_inline(value)}" for key, value in document.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value)


def test_a_share_above_one_is_refused() -> None:
    """More than all of something cannot be taken away: such an assumption is refused, not calculated with."""
    text = _toml(changed(SMALL, assume={"memory_kernel_share_ratio": 2}))
    with pytest.raises(InputError, match="memory_kernel_share_ratio"):
        recommend(parse_profile(text, "profile.toml"), as_of=AS_OF, name="profile.toml", digest="")
