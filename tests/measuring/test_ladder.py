"""Which steps a run takes, and in which order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.judging.step_result import step_result
from capplan.ladder import arranged, default_steps, keeps_up, open_users
from capplan.predict import OwnPoint
from capplan.scenario import Load, Step
from tests.measuring.evidence import asked, closed_users, evidence, records

_OWN = OwnPoint(rate_per_s=2.0, users=20, think_time_s=9.9, service_s=0.1)
_ARRIVALS = OwnPoint(rate_per_s=2.0, users=None, think_time_s=None, service_s=0.1)


def _users(steps: tuple[Step, ...]) -> list[int]:
    return [step.users for step in steps if step.kind == "users" and step.users is not None]


def _rates(steps: tuple[Step, ...]) -> list[float]:
    return [step.rate for step in steps if step.rate is not None]


def test_without_a_ladder_a_run_is_the_profile_s_own_point() -> None:
    """Nothing, 20 users, 2 arrivals/s; a profile of arrivals has no closed step."""
    steps = default_steps(_OWN, None, Load())
    assert ["idle", "users", "rate"] == [step.kind for step in steps]
    assert ([20], [2.0]) == (_users(steps), _rates(steps))
    assert ["idle", "rate"] == [step.kind for step in default_steps(_ARRIVALS, None, Load())]


def test_a_ladder_s_levels_are_fractions_of_the_model_s_saturation() -> None:
    """At a saturation of 30/s and cycles of 10 s, N* = 300: the levels are 75, 150, 225, 270, 300 and 360 users."""
    steps = default_steps(_OWN, 30.0, Load())
    assert [20, 75, 150, 225, 270, 300, 360] == _users(tuple(step for step in steps if not step.climbing))


def test_a_ladder_climbs_on_where_the_model_was_wrong() -> None:
    """Above 1.2 N* come 1.7 to 6.8 N*, as climbing steps at the end of the run, repeats shuffled or not."""
    steps = default_steps(_OWN, 30.0, Load())
    repeated = tuple(step.model_copy(update={"repeats": 2}) for step in steps)
    climb = [510, 720, 1020, 1440, 2040]
    assert climb == _users(tuple(step for step in steps if step.climbing))
    for each, times in ((steps, 1), (repeated, 2)):
        run = [asked for _, asked in arranged(each, Load(), _OWN, seed=4)]
        assert [users for users in climb for _ in range(times)] == [a.users for a in run[-5 * times :]]
        assert not any(asked.climbing for asked in run[: -5 * times])


def test_a_ladder_of_rates_stays_below_saturation() -> None:
    """Of a profile of arrivals the levels are 0.25 to 0.9 of the saturation, and nothing climbs beyond."""
    steps = default_steps(_ARRIVALS, 40.0, Load())
    assert [2.0, 10.0, 20.0, 30.0, 36.0] == _rates(steps)
    assert not any(step.climbing for step in steps)


@pytest.mark.parametrize(
    ("response_s", "up"),
    [(2.4, True), (2.6, False)],
)
def test_users_who_wait_a_quarter_of_their_think_time_are_not_kept_up_with(
    response_s: float, *, up: bool
) -> None:
    """Of users who think 10 s, those who wait 2.4 s are still served as they ask, those who wait 2.6 s no longer."""
    found = closed_users(20, response_s=response_s, think_s=10.0, until_s=90.0, apart_s=0.6)
    result = step_result(evidence(asked(users=20), found))
    assert up is keeps_up(result)


def test_a_rate_that_is_carried_to_nine_tenths_is_kept_up_with() -> None:
    """Of 2/s asked for, 1.9/s carried are enough and 1.7/s are not; a step that sends nothing convicts nobody."""
    for carried, up in ((1.9, True), (1.7, False)):
        starts = [float(start) for start in np.arange(0.0, 75.0, 1 / carried)]
        found = records([(0, start, start + 0.1) for start in starts])
        assert up is keeps_up(step_result(evidence(asked("rate", "open", rate_per_s=2.0), found)))
    assert keeps_up(step_result(evidence(asked("idle", "none"))))


@given(
    saturation=st.floats(0.5, 1e5),
    most_users=st.integers(1, 5000),
    most_rate=st.floats(1.0, 2000.0),
    own=st.sampled_from([_OWN, _ARRIVALS]),
)
def test_no_level_goes_beyond_a_cap(
    *, saturation: float, most_users: int, most_rate: float, own: OwnPoint
) -> None:
    """Whatever the model says, levels respect the scenario's caps on users and rate, and none is taken twice."""
    load = Load(most_users=most_users, most_requests_per_s=most_rate)
    steps = default_steps(own, saturation, load)
    levels, offered = _users(steps)[1:], _rates(steps)[1:]
    assert all(each <= most_users and each / 10.0 <= max(most_rate, 0.1) * 1.001 for each in levels)
    assert all(each <= most_rate * 1.01 for each in offered)
    names = [name for name, _ in arranged(steps, load, own, seed=1)]
    assert len(names) == len(set(names))


def test_the_profile_s_own_point_is_marked() -> None:
    """Of a ladder, exactly the closed and the open step of the profile's own numbers are marked as such."""
    steps = arranged(default_steps(_OWN, 30.0, Load()), Load(), _OWN, seed=1)
    marked = {name for name, each in steps if each.is_profile}
    assert marked == {"users-20-think-9.9", "rate-2"}


def test_repeats_are_shuffled_by_the_seed_and_idle_comes_first() -> None:
    """Three repeats of three steps: all nine are there, in another order than written, the same for the same seed."""
    steps = (
        Step(kind="idle"),
        *(Step(kind="rate", rate=rate, repeats=3) for rate in (1.0, 2.0, 3.0)),
    )
    once, again, other = (arranged(steps, Load(), None, seed=seed) for seed in (5, 5, 6))
    assert once == again
    assert [name for name, _ in once] != [name for name, _ in other]
    assert once[0][0] == "idle"
    written = sorted((f"rate-{rate}", repeat) for rate in (1, 2, 3) for repeat in range(3))
    found = [(name, each.repeat) for name, each in once[1:]]
    assert found != written
    assert sorted(found) == written
    seeds = [each.seed for _, each in once]
    assert len(seeds) == len(set(seeds))


def test_a_shuffle_does_not_change_a_step_s_seed() -> None:
    """A step has the same seed with and without the repeats of the steps after it."""
    plain = (Step(kind="rate", rate=1.0), Step(kind="rate", rate=2.0))
    repeated = (plain[0], plain[1].model_copy(update={"repeats": 4}))
    seeds = [
        next(each.seed for name, each in arranged(steps, Load(), None, seed=3) if name == "rate-1")
        for steps in (plain, repeated)
    ]
    assert seeds[0] == seeds[1]


def test_without_repeats_the_order_is_as_written() -> None:
    """Steps that are not repeated are run as somebody wrote them, whatever the seed."""
    steps = tuple(Step(kind="rate", rate=rate) for rate in (3.0, 1.0, 2.0))
    assert ["rate-3", "rate-1", "rate-2"] == [name for name, _ in arranged(steps, Load(), None, seed=9)]


@pytest.mark.parametrize(
    ("step", "load", "think_time_s"),
    [
        (Step.model_construct(kind="users", users=5, think_time=1.0), Load(), 1.0),
        (Step(kind="users", users=5), Load.model_construct(think_time=2.0, locustfile=None), 2.0),
        (Step(kind="users", users=5), Load(locustfile="locustfile.py"), None),
        (Step(kind="users", users=5), Load(), 9.9),
        (Step(kind="burst"), Load(), 0.0),
        (Step(kind="rate", rate=2.0), Load(), None),
    ],
)
def test_the_think_time_is_the_nearest_that_is_stated(
    step: Step, load: Load, think_time_s: float | None
) -> None:
    """A step's own, else the scenario's, else what the locustfile says (None), else the profile's; none when open."""
    whole = Load().model_copy(update={"think_time": load.think_time, "locustfile": load.locustfile})
    assert think_time_s == arranged((step,), whole, _OWN, seed=1)[0][1].think_time_s


def test_steps_that_differ_in_what_is_predicted_have_different_names() -> None:
    """Users, think time, task and backup are in the name; length is not, for no prediction depends on it."""
    base = Step(kind="users", users=5)
    others = [
        base.model_copy(update=each)
        for each in ({"users": 6}, {"think_time": 1.0}, {"only": "search"}, {"backup": True})
    ]
    names = [arranged((step,), Load(), _OWN, seed=1)[0][0] for step in (base, *others)]
    assert len(set(names)) == 5
    longer = base.model_copy(update={"duration": 300.0})
    assert names[0] == arranged((longer,), Load(), _OWN, seed=1)[0][0]


def test_an_open_step_has_room_for_the_arrivals_of_a_stall() -> None:
    """At 20/s 200 requests may be on their way, at 1/s 50, and never more than the scenario allows."""
    assert open_users(20.0, Load()) == 200
    assert open_users(1.0, Load()) == 50
    assert open_users(1000.0, Load(most_users=300)) == 300
