"""calendar_months: the date so many months after another, and periods of such dates."""

import calendar
from datetime import date, timedelta

import numpy as np

from capplan.plan import Period
from capplan.worlds import Array, interval

LAST_MONTH = 60


def months_after(start: date, months: float) -> date:
    """Return the date so many months later; a fraction of a month counts in days."""
    whole, part = divmod(months, 1)
    index = start.month - 1 + int(whole)
    year, month = start.year + index // 12, index % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    start_of_part = date(year, month, day)
    if part == 0:
        return start_of_part
    length = (months_after(start, whole + 1) - start_of_part).days
    return start_of_part + timedelta(days=int(part * length))


def period(start: date, months: Array) -> Period:
    """Return the 5 %, 50 % and 95 % date of something that happens after ``months``, shape (256,)."""
    low, middle, high = interval(months)
    return Period(earliest=_date(start, low), middle=_date(start, middle), latest=_date(start, high))


def _date(start: date, months: float) -> date | None:
    return months_after(start, max(months, 0.0)) if np.isfinite(months) and months <= LAST_MONTH else None
