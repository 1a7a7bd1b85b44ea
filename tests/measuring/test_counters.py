"""What counters did between two moments at which nobody read them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.judging.counters import Series, process_cores, series
from tests.measuring.evidence import SECOND, samples


def _counter(*read: tuple[float, float]) -> Series:
    at = np.array([round(second * SECOND) for second, _ in read], dtype=np.int64)
    return Series(at, np.array([value for _, value in read]))


def test_a_window_between_readings_gets_its_part() -> None:
    """A counter that rose by 8 within 4 s rose by 2 within one of these seconds."""
    found = _counter((0, 10), (4, 18)).within(2 * SECOND, 3 * SECOND)
    assert found is not None
    assert found.difference == pytest.approx(2.0)
    assert found.per_s == pytest.approx(2.0)


@given(
    rises=st.lists(st.floats(0.0, 5.0), min_size=2, max_size=40),
    cut=st.floats(0.1, 0.9),
)
def test_two_windows_add_up_to_the_whole(rises: list[float], cut: float) -> None:
    """What a counter did in two windows that follow each other is what it did in both together."""
    read = _counter(*enumerate(np.cumsum(rises).tolist()))
    end = (len(rises) - 1) * SECOND
    middle = round(end * cut)
    whole, first, second = (read.within(*each) for each in ((0, end), (0, middle), (middle, end)))
    assert whole is not None
    assert first is not None
    assert second is not None
    assert first.difference + second.difference == pytest.approx(whole.difference, abs=1e-9)


def test_a_counter_that_went_back_tells_nothing() -> None:
    """A service that restarted counts from zero again: its difference would be too small, so there is none."""
    read = _counter((0, 50), (1, 51), (2, 1), (3, 2))
    assert read.within(0, 3 * SECOND) is None
    assert read.within(2 * SECOND, 3 * SECOND) is not None


def test_a_counter_read_once_tells_nothing() -> None:
    """One reading, or none, has no difference: it is absent, not zero."""
    assert _counter((1, 7)).within(0, 3 * SECOND) is None
    assert series(samples(5, web={}), "services", "web", "cpu_s").within(0, 3 * SECOND) is None


def test_a_window_longer_than_the_readings_is_judged_by_what_was_read() -> None:
    """A rate over a window of 10 s, read only from 2 s to 6 s, is the rate of these 4 s."""
    found = _counter((2, 0), (6, 4)).within(0, 10 * SECOND)
    assert found is not None
    assert found.per_s == pytest.approx(1.0)


def test_a_steady_counter_has_a_narrow_interval() -> None:
    """Half a core for a minute, read each second, is 0.5 cores with no width."""
    read = series(samples(60, web={"cpu_s": 0.5}), "services", "web", "cpu_s")
    counted = read.within(5 * SECOND, 55 * SECOND)
    assert counted is not None
    found = counted.interval()
    assert (found.low, found.mid, found.high) == pytest.approx((0.5, 0.5, 0.5))


def test_a_process_that_began_in_the_window_began_at_zero() -> None:
    """A process seen first at 3 s with 2 s of processor time used them in the window; one that was there did not."""
    found = [
        {
            "at_ns": second * SECOND,
            "of": {"1": 100.0 + 0.1 * second} | ({"2": second - 1.0} if second > 2 else {}),
        }
        for second in range(11)
    ]
    cores = process_cores(found, 0, 10 * SECOND, lambda sample: sample["of"])
    assert cores == pytest.approx([0.1, 0.9])


def test_a_process_there_from_the_first_sample_on_was_there_before() -> None:
    """Nothing is known of a process before the first sample: what it had used by then belongs to nobody's window."""
    found = [{"at_ns": second * SECOND, "of": {"1": 500.0 + second}} for second in range(5, 11)]
    assert process_cores(found, 5 * SECOND, 10 * SECOND, lambda sample: sample["of"]) == pytest.approx([1.0])
