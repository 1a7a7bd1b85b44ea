"""The simulator's 95 % intervals hold the truth as often as they promise."""

import pytest

from benchmarks.coverage import CASE_CERTAINTY, POOLED_CERTAINTY, Count, Counts, cases, counted

EXPERIMENTS = 400


@pytest.mark.deep
def test_intervals_hold_what_they_promise() -> None:
    """Over ten networks with exact answers and 4,000 simulations, mean, throughput and p95 are held 95 % of the times.

    Within the band in which 99 of 100 such counts lie, and each network's own within that of 999 of 1,000.
    """
    together = Counts()
    for number, (name, case) in enumerate(cases().items()):
        counts = counted(number, case, EXPERIMENTS)
        for each in (counts.response, counts.throughput, counts.late):
            assert each.experiments == 0 or each.fits(CASE_CERTAINTY), (name, each)
        together = together.joined(counts)
    for each in (together.response, together.throughput, together.late):
        assert each.fits(POOLED_CERTAINTY), each


def test_the_band_is_the_binomial_one() -> None:
    """Of 4,000 at 0.95, 99 of 100 counts lie between 94.1 and 95.9 %: the normal band to a rounding."""
    low, high = Count(held=3800, above=100, below=100).band(0.99)
    assert (low, high) == pytest.approx((0.95 - 2.576 * 0.003446, 0.95 + 2.576 * 0.003446), abs=3e-4)
    assert not Count(held=3740, above=130, below=130).fits(0.99)
