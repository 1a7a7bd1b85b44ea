"""What is compiled is kept where it can be, and works where it cannot."""

from typing import Any

import pytest

from capplan.errors import NoSolutionError
from capplan.network_layout import places_of
from capplan.simulator import compiled
from capplan.simulator.compiled import CompiledRun
from capplan.simulator.state import SAMPLES_HELD
from capplan.simulator.tables import model_of
from tests.simulator.small_networks import single


def test_without_a_folder_to_keep_it_a_function_is_compiled_all_the_same() -> None:
    """A function without a file has no folder where numba could keep it."""
    names: dict[str, Any] = {}
    exec("def twice(number):\n    return 2 * number\n", names)  # noqa: S102 - a function that is in no file
    assert compiled.compiled(names["twice"])(21) == 42


def test_room_is_made_for_what_comes() -> None:
    """More requests and more response times than there was room for at first are all recorded."""
    run = CompiledRun(model_of(places_of(single(rate_per_s=3.0, servers=2))), 1)
    run.advance(20_000.0)
    tally = run.taken()
    assert tally.done[0] > 2 * SAMPLES_HELD
    assert tally.samples[0].size == tally.done[0]
    assert tally.samples[0].sum() == pytest.approx(tally.response_s[0])
    assert tally.entered.sum() - tally.done[0] > 10_000


def test_requests_that_pile_up_are_not_let_to_fill_the_memory() -> None:
    """Beyond 131,072 requests at once it gives up."""
    run = CompiledRun(model_of(places_of(single(rate_per_s=100.0))), 1)
    with pytest.raises(NoSolutionError, match="131072 requests"):
        run.advance(1e6)


def test_only_every_so_manyth_response_time_is_kept() -> None:
    """A stride of 3 keeps a third of them, and all are counted."""
    run = CompiledRun(model_of(places_of(single())), 1)
    run.strides = run.strides * 3
    run.advance(1000.0)
    tally = run.taken()
    assert tally.done[0] > 500
    assert tally.samples[0].size == tally.done[0] // 3


def test_a_run_goes_on_where_it_was() -> None:
    """In one go or in pieces, by time or by events, the same happens."""
    at_once, in_pieces = (CompiledRun(model_of(places_of(single())), 1) for _ in range(2))
    at_once.advance(100.0)
    in_pieces.advance(40.0)
    in_pieces.advance(100.0, most_events=7)
    assert in_pieces.now_s < 100.0
    in_pieces.advance(100.0)
    assert at_once.event_count == in_pieces.event_count
    assert at_once.taken().samples[0].tolist() == in_pieces.taken().samples[0].tolist()
