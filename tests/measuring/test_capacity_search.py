"""The search for the largest load that meets an objective."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.capacity_search import CapacitySearch
from capplan.measurements import Verdict


def _run(search: CapacitySearch, truth: float) -> CapacitySearch:
    while (tried := search.next_load()) is not None:
        search = search.feed(tried <= truth)
    return search


@given(truth=st.floats(1.0, 900.0), start=st.floats(1.0, 1000.0))
def test_a_search_ends_around_the_truth(truth: float, start: float) -> None:
    """The load that meets and the one that misses lie on both sides of the truth, at most 5 % apart."""
    found = _run(CapacitySearch(start=start, least=0.5, most=1000.0), truth)
    assert found.verdict() == Verdict.FOUND
    assert found.met <= truth < found.missed
    assert found.missed <= found.met * 1.05 + 1e-9
    assert found.steps <= 16


@given(truth=st.integers(1, 4999), start=st.integers(1, 5000))
def test_users_are_whole(truth: int, start: int) -> None:
    """A search among users tries whole numbers, none twice, and ends on one user or 5 %."""
    search, tried = CapacitySearch(start=float(start), least=1.0, most=5000.0, whole=True), []
    while (load := search.next_load()) is not None:
        tried.append(load)
        search = search.feed(load <= truth)
    assert all(load == int(load) for load in tried)
    assert len(tried) == len(set(tried))
    assert search.verdict() in (Verdict.FOUND, Verdict.OUT_OF_STEPS)
    assert search.met <= truth < search.missed


def test_the_first_loads_double_and_then_halve_the_gap() -> None:
    """From 10 with the truth at 35: 10, 20, 40, then between 20 and 40 by the geometric mean."""
    search, tried = CapacitySearch(start=10.0, least=1.0, most=1000.0), []
    for _ in range(4):
        load = search.next_load()
        assert load is not None
        tried.append(load)
        search = search.feed(load <= 35)
    assert tried == pytest.approx([10, 20, 40, 800**0.5])


def test_a_load_without_a_valid_answer_is_tried_once_more() -> None:
    """An invalid step is repeated at the same load; a second one in a row ends the search as unknown."""
    search = CapacitySearch(start=8.0, least=1.0, most=100.0).feed(None)
    assert search.next_load() == 8.0
    recovered = search.feed(met=True)
    assert recovered.next_load() == 16.0
    assert recovered.invalid == 0
    lost = search.feed(None)
    assert lost.next_load() is None
    assert lost.verdict() == Verdict.UNKNOWN
    with pytest.raises(ValueError, match="over"):
        lost.feed(met=True)


def test_a_search_ends_at_its_bounds() -> None:
    """Where every load meets the objective the search ends at the cap, and where none does at the least."""
    assert _run(CapacitySearch(start=10.0, least=1.0, most=50.0), 1e9).verdict() == Verdict.AT_CAP
    never = _run(CapacitySearch(start=10.0, least=1.0, most=50.0), 0.0)
    assert never.verdict() == Verdict.NEVER
    assert never.met == 0
