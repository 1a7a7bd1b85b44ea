"""Dates so many months away."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.calendar_months import LAST_MONTH, months_after, period
from capplan.plan import Period
from capplan.worlds import WORLD_COUNT

_DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("expected", "start", "months"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 12, 23), date(2026, 11, 23), 1),
        (date(2027, 1, 23), date(2026, 11, 23), 2),
        (date(2028, 11, 23), date(2026, 11, 23), 24),
        (date(2027, 2, 28), date(2027, 1, 31), 1),
        (date(2028, 2, 29), date(2028, 1, 31), 1),
        (date(2027, 3, 31), date(2027, 1, 31), 2),
        (date(2027, 2, 28), date(2026, 2, 28), 12),
        (date(2027, 2, 28), date(2024, 2, 29), 36),
        (date(2026, 12, 8), date(2026, 11, 23), 0.5),
    ],
)
def test_the_date_months_later(expected: date, start: date, months: float) -> None:
    """The same day of the later month, or its last day; a fraction of a month counts in days."""
    assert expected == months_after(start, months)


@given(_DAYS, st.floats(0, LAST_MONTH), st.floats(0, 1))
def test_later_is_never_earlier(start: date, months: float, more: float) -> None:
    """More months never give an earlier date."""
    assert months_after(start, months) <= months_after(start, months + more)


@pytest.mark.parametrize(
    "start", [date(2026, 11, 23), date(2026, 11, 30), date(2027, 1, 31), date(2028, 1, 31)]
)
def test_the_end_of_a_month_comes_before_the_next_begins(start: date) -> None:
    """Almost a month more, whatever the length of the month, is not later than the whole month."""
    for month in range(24):
        assert months_after(start, month + 0.999) <= months_after(start, month + 1), month


def test_a_period_has_the_quantiles_as_dates() -> None:
    """The earliest, middle and latest date are those of the 5 %, 50 % and 95 % quantiles of the months."""
    months = np.repeat([1.0, 2.0, 3.0], [64, 128, 64])
    expected = Period(earliest=date(2026, 12, 23), middle=date(2027, 1, 23), latest=date(2027, 2, 23))
    assert expected == period(date(2026, 11, 23), months)


def test_what_is_overdue_happens_today() -> None:
    """A date before the plan's day is the plan's day."""
    today = date(2026, 11, 23)
    expected = Period(earliest=today, middle=today, latest=today)
    assert expected == period(today, np.full(WORLD_COUNT, -2.0))


@pytest.mark.parametrize("months", [np.inf, LAST_MONTH + 0.01])
def test_beyond_five_years_there_is_no_date(months: float) -> None:
    """What happens never, or later than the plan looks, has no date."""
    expected = Period(earliest=None, middle=None, latest=None)
    assert expected == period(date(2026, 11, 23), np.full(WORLD_COUNT, months))


def test_the_last_month_has_a_date() -> None:
    """Exactly five years ahead is still looked at."""
    found = period(date(2026, 11, 23), np.full(WORLD_COUNT, float(LAST_MONTH)))
    assert found.latest == date(2031, 11, 23)
