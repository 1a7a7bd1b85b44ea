"""The chosen tier, simulated beside what was computed of it."""

from math import inf

import pytest

from capplan import crosscheck
from capplan.facts import contradicted
from capplan.interval import Interval
from capplan.outline import first_screen, report_outline
from capplan.plan import Crosscheck, Plan, Severity, TriedWorld
from capplan.report import markdown
from capplan.service import Service
from capplan.words import Words
from tests.planning import SMALL, changed, plan_of

# Few data, so that hardly any request goes to the disk and a simulation is short.
BUSY = changed(
    SMALL,
    traffic={"concurrent_users": 300, "requests_per_s": 40},
    containers__web__processes=8,
    data={"database": "200 MB", "media": "1 GB", "growth": "100 MB", "growth_over": "24 months"},
)


@pytest.fixture(scope="module")
def busy() -> Plan:
    """A plan whose recommended server shares its cores among many requests, simulated."""
    return plan_of(BUSY, simulate=True)


def test_what_is_computed_is_what_a_simulation_finds(busy: Plan) -> None:
    """Means and percentiles of both worlds lie within 2 % of the simulation's interval."""
    assert busy.crosscheck is not None
    assert {"central", "unfavorable"} == {each.world for each in busy.crosscheck.worlds}
    for world in busy.crosscheck.worlds:
        assert "settled" == world.state
        assert {"mean", "percentile"} == {each.statistic for each in world.trials}
        for trial in world.trials:
            error = busy.figures[trial.error_key]
            assert error.low <= 0.02
            assert error.high >= -0.02


def test_the_error_is_that_of_the_calculation(busy: Plan) -> None:
    """Each error is computed over simulated, less one, and its figure names the two it follows from."""
    assert busy.crosscheck is not None
    for trial in (each for world in busy.crosscheck.worlds for each in world.trials):
        computed, simulated = busy.figures[trial.computed_key], busy.figures[trial.simulated_key]
        assert busy.figures[trial.error_key].mid == pytest.approx(computed.mid / simulated.mid - 1.0)
        assert (trial.computed_key, trial.simulated_key) == busy.figures[trial.error_key].inputs
        assert simulated.low < simulated.mid < simulated.high


def test_the_unfavorable_world_is_the_slower_one(busy: Plan) -> None:
    """The world at the tier's quantile answers more slowly than the central one."""
    assert busy.crosscheck is not None
    central, unfavorable = (
        [busy.figures[trial.simulated_key].mid for trial in each.trials] for each in busy.crosscheck.worlds
    )
    assert all(slow > usual for usual, slow in zip(central, unfavorable, strict=True))


def test_a_simulation_changes_nothing_else(busy: Plan) -> None:
    """The plan is the same with a simulation as without one, but for what was simulated."""
    alone = plan_of(BUSY)
    assert alone.crosscheck is None
    kept = {key: each for key, each in busy.figures.items() if key in alone.figures}
    assert alone == busy.model_copy(update={"crosscheck": None, "figures": kept})


def test_a_world_without_a_steady_state_is_told() -> None:
    """Where more arrives than one worker can answer nothing is simulated, and the report says so of both worlds."""
    profile = changed(SMALL, containers__web__processes=1, containers__web__threads=1)
    profile["traffic"] = {"requests_per_s": 60}
    plan = plan_of(profile, simulate=True)
    assert plan.crosscheck is not None
    assert [("none", ()), ("none", ())] == [(each.state, each.trials) for each in plan.crosscheck.worlds]
    text = markdown.render(report_outline(plan), Words("en"))
    assert "web, central world: not simulated" in text
    assert "web, unfavorable world: not simulated" in text
    assert "simulated" in {each.name for each in first_screen(plan).sections}


def _contradicted(computed_s: float, found: Interval, objective_s: float) -> dict[str, Severity]:
    """Return the findings of a percentile computed and simulated, with how grave they are."""
    service = Service.__new__(Service)
    object.__setattr__(service, "noted", {})
    trial = crosscheck._trial(service, "key", ("page", "percentile"), (computed_s, found), "a test")
    missed = objective_s if computed_s <= objective_s < found.low else None
    world = TriedWorld(
        container="web",
        world="central",
        state="settled",
        trials=(trial.model_copy(update={"missed_s": missed}),),
    )
    checked = Crosscheck(
        tier="recommended", percentile_ratio=0.95, quantile_ratio=0.95, seed=1, events=1, worlds=(world,)
    )
    return {each.code: each.severity for each in contradicted(checked, service.noted)}


def test_a_simulation_that_contradicts_the_plan_is_a_finding() -> None:
    """An objective that only the simulation misses is an error; an error beyond 10 % and all chance a warning."""
    slow = Interval(low=2.0, mid=2.1, high=2.2)
    assert {"simulated-objective-missed": "error", "simulated-slower": "warning"} == _contradicted(
        0.5, slow, 1.0
    )
    assert {"simulated-slower": "warning"} == _contradicted(0.5, slow, 3.0)
    assert {"simulated-faster": "warning"} == _contradicted(4.0, slow, 5.0)
    assert {} == _contradicted(2.15, slow, 3.0)
    assert {} == _contradicted(1.9, slow, 3.0)


def test_what_was_hardly_seen_is_not_told() -> None:
    """An interval without an end, below zero, or of a single request says nothing."""
    assert crosscheck._is_told(Interval(low=0.1, mid=0.2, high=0.3))
    for low, high in ((-inf, inf), (-0.1, 0.3), (0.2, 0.2)):
        assert not crosscheck._is_told(Interval(low=low, mid=0.2, high=high))


def test_users_behind_requests_of_very_different_length_are_warned_of() -> None:
    """A pool too large to be followed whose classes differ is told; one class is not, nor a small pool."""
    classes = {
        "fast": {"share": 0.9, "cpu": {"web": "20 ms"}},
        "slow": {"share": 0.1, "cpu": {"web": "500 ms"}},
    }

    def told(**changes: object) -> list[object]:
        unknowns = plan_of(changed(SMALL, **changes)).unknowns
        return [each.values["container"] for each in unknowns if each.code == "unknown-mixed-classes"]

    assert ["web"] == told(classes=classes, containers__web__processes=32)
    assert [] == told(containers__web__processes=32)
    assert [] == told(classes=classes)
