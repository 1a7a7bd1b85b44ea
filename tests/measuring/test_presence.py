"""How long users think, and how many there are, from nothing but their requests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.judging.presence import pauses
from capplan.records import Outcome, Records
from tests.measuring.evidence import SECOND, closed_users, records

_WINDOW = (10 * SECOND, 70 * SECOND)


def _without(found: Records, user: int, after_s: float) -> Records:
    rows = found.rows
    return Records(rows[~((rows["user"] == user) & (rows["start_ns"] > after_s * SECOND))], found.names)


def test_the_think_time_is_the_pause_between_requests() -> None:
    """Users who wait 0.2 s and think 0.8 s have a think time of 0.8 s."""
    found = pauses(closed_users(5, response_s=0.2, think_s=0.8, until_s=75))
    assert found.think_time_s(*_WINDOW) == pytest.approx(0.8)


def test_every_user_is_accounted_for() -> None:
    """Five users who wait and think in turn are five users, to the last digit."""
    found = pauses(closed_users(5, response_s=0.2, think_s=0.8, until_s=75, apart_s=0.1))
    assert found.users(*_WINDOW) == pytest.approx(5.0, abs=1e-9)


def test_the_border_of_the_window_takes_no_user_away() -> None:
    """Three users whose 11 s cycles the window cuts are three, where counting cycles finds 2.75 or 3.3."""
    cut = closed_users(3, response_s=1.0, think_s=10.0, until_s=70)
    found = pauses(cut).users(*_WINDOW)
    assert found == pytest.approx(3.0, abs=0.01)


def test_a_user_first_seen_late_may_have_been_thinking() -> None:
    """A user who thinks for 10 s and is first seen at 18 s was there at 10 s; one first seen at 40 s was not."""
    late = records([(1, float(s), s + 1.0) for s in range(18, 75, 11)])
    assert pauses(late).users(*_WINDOW) == pytest.approx(1.0, abs=1e-6)
    later = records([(1, float(s), s + 1.0) for s in range(40, 75, 11)])
    assert pauses(later).users(*_WINDOW) == pytest.approx(40 / 60, abs=1e-6)


def test_a_user_who_vanishes_is_missed() -> None:
    """One of four users gone after 30 s of the minute leaves three and a half, and the second he may have thought."""
    whole = closed_users(4, response_s=0.2, think_s=0.8, until_s=75)
    found = pauses(_without(whole, 2, 40.0)).users(*_WINDOW)
    assert found == pytest.approx(3.5, abs=0.03)


def test_a_user_who_never_came_is_missed() -> None:
    """Nine users of ten make nine."""
    whole = closed_users(10, response_s=0.2, think_s=0.8, until_s=75)
    assert pauses(_without(whole, 7, -1.0)).users(*_WINDOW) == pytest.approx(9.0, abs=1e-6)


def test_a_user_who_does_not_wait_counts_twice() -> None:
    """A user with two requests on their way at all times is not one closed user but two."""
    both = records([(1, s + shift, s + shift + 1.0) for s in range(75) for shift in (0.0, 0.5)])
    found = pauses(both)
    assert found.users(*_WINDOW) == pytest.approx(2.0, abs=0.02)
    assert found.think_time_s(*_WINDOW) == 0


def test_failed_requests_take_a_user_s_time_too() -> None:
    """A user whose requests all time out is still there."""
    slow = records([(1, float(s), s + 4.0, Outcome.TIMEOUT) for s in range(0, 75, 5)])
    assert pauses(slow).users(*_WINDOW) == pytest.approx(1.0, abs=1e-6)


def test_without_a_pause_nothing_is_known() -> None:
    """One request of each user, or none at all, says nothing of how long anybody thinks."""
    once = pauses(records([(user, 20.0, 21.0) for user in range(5)]))
    assert once.users(*_WINDOW) is None
    assert once.think_time_s(*_WINDOW) is None
    assert pauses(records([])).users(*_WINDOW) is None


def test_long_think_times_hardly_move_the_count() -> None:
    """20 users who think for 10 s on average, exponentially, are found 20 within 3 % in all of 50 runs of a minute."""
    rng = np.random.default_rng(11)
    for _ in range(50):
        requests = []
        for user in range(20):
            now = 0.0
            while now < 70.0:
                end = now + rng.exponential(0.06)
                requests.append((user, now, end))
                now = end + rng.exponential(10.0)
        found = pauses(records(requests)).users(*_WINDOW)
        assert found is not None
        assert abs(found - 20) / 20 <= 0.03


@given(
    cycles=st.lists(
        st.tuples(st.integers(0, 4), st.floats(0.01, 5.0), st.floats(0.0, 5.0)), min_size=2, max_size=60
    )
)
def test_the_pauses_are_the_brute_force_ones(cycles: list[tuple[int, float, float]]) -> None:
    """The mean pause before the requests that end in a window is the one found by walking along each user."""
    clock: dict[int, float] = {}
    requests, expected = [], []
    for user, wait, think in cycles:
        start = clock.get(user, 0.0) + (think if user in clock else 0.0)
        requests.append((user, start, start + wait))
        if user in clock and 10.0 <= start + wait < 70.0:
            expected.append(think)
        clock[user] = start + wait
    found = pauses(records(requests)).think_time_s(*_WINDOW)
    if expected:
        assert found == pytest.approx(np.mean(expected), abs=1e-6)
    else:
        assert found is None
