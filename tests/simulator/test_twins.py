"""The compiled kernel and the plain one do the same, event by event."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capplan.network import Network
from capplan.network_layout import places_of
from capplan.simulator.compiled import CompiledRun
from capplan.simulator.plain import PlainRun
from capplan.simulator.replay import Arrival, recorded_model
from capplan.simulator.tables import Model, model_of
from capplan.simulator.tally import Tally
from tests.simulator.network_strategy import networks

EVENTS = 300


def _same(plain: Tally, compiled: Tally) -> None:
    """Everything recorded is the same, up to rounding in the order of sums."""
    assert plain.span_s == compiled.span_s
    for name in ("done", "entered", "lost"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(compiled, name), err_msg=name)
    for name in ("response_s", "spent_s", "busy_s"):
        np.testing.assert_allclose(
            getattr(compiled, name), getattr(plain, name), rtol=1e-9, atol=1e-9, err_msg=name
        )
    for one, other in zip(plain.samples, compiled.samples, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)


def _compare(model: Model, seed: int) -> None:
    plain, compiled = PlainRun(model, seed), CompiledRun(model, seed)
    told, traced = plain.advance(most_events=EVENTS), compiled.traced(EVENTS)
    assert [each.place for each in told] == [each.place for each in traced]
    np.testing.assert_allclose(
        [each.time_s for each in traced], [each.time_s for each in told], rtol=1e-9, atol=0.0
    )
    until_s = plain.now_s + 1.0
    plain.advance(until_s, EVENTS)
    compiled.advance(until_s, EVENTS)
    _same(plain.taken(), compiled.taken())
    plain.advance(until_s + 1.0, EVENTS)
    compiled.advance(until_s + 1.0, EVENTS)
    _same(plain.taken(), compiled.taken())
    np.testing.assert_allclose(compiled.response_s, plain.response_s, rtol=1e-9)


@given(network=networks(), seed=st.integers(0, 2**32))
def test_both_do_the_same(network: Network, seed: int) -> None:
    """The same events in the same order, at the same times to nine digits, and the same is recorded of them."""
    _compare(model_of(places_of(network)), seed)


@given(
    network=networks(),
    seed=st.integers(0, 2**32),
    apart_s=st.lists(st.sampled_from([0.0, 0.25, 1.0]) | st.floats(0.0, 2.0), min_size=1, max_size=40),
    asked=st.lists(st.sampled_from(["top0", "top1"]), min_size=40, max_size=40),
)
def test_both_replay_the_same(network: Network, seed: int, apart_s: list[float], asked: list[str]) -> None:
    """A recording, with arrivals at the same moment, takes the same way through both."""
    times = np.cumsum(apart_s)
    arrivals = [Arrival(float(at_s), name) for at_s, name in zip(times, asked, strict=False)]
    _compare(recorded_model(network, arrivals, until_s=1e6), seed)
