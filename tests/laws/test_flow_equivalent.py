"""What flow equivalence says of its own error, against the exact answer of networks too large for it to look there."""

from itertools import islice

import numpy as np
import pytest

from capplan.solvers import flow_equivalent
from capplan.solvers.flow_equivalent import solve_flow_equivalent
from capplan.solvers.markov_chain import solve_markov_chain
from tests.laws.larger_networks import larger_networks

LEAST_COVERED_RATIO = 0.95


@pytest.mark.parametrize(
    ("compared", "most", "count"),
    [(200, 1_500, 40), pytest.param(3_000, 9_000, 60, marks=pytest.mark.deep)],
    ids=["small", "large"],
)
def test_the_estimate_covers_the_error(
    monkeypatch: pytest.MonkeyPatch, compared: int, most: int, count: int
) -> None:
    """In at least 95 of 100 random networks the estimate is no less than the real error of the mean response times.

    All are larger than those where the error is found itself; to be quick, that limit is lowered first.
    """
    monkeypatch.setattr(flow_equivalent, "_COMPARED_STATES", compared)
    covered = 0
    for network in islice(larger_networks(1, least_states=compared + 1, most_states=most), count):
        near, exact = solve_flow_equivalent(network), solve_markov_chain(network)
        error = float(np.max(np.abs(near.response_time_s / exact.response_time_s - 1.0)))
        covered += error <= near.error_ratio + 1e-9
    assert covered >= LEAST_COVERED_RATIO * count
