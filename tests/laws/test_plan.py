"""Laws of the need for every resource, before it is rounded up to a server."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from capplan.catalog import GB, GIB, Shape
from capplan.inputs import Inputs
from capplan.requirement import ResourceKind
from capplan.timeline import Timeline
from capplan.workload import build_workload
from capplan.worlds import median
from tests.planning import changed, needs_of, profile_of
from tests.profile_strategies import TEMPERS, profiles

# A plan solves some eighty networks in 256 worlds each: 200 of them are more than 2,000 networks.
PLANS = settings(max_examples=min(settings().max_examples, 200))
_ROUNDING = 1e-9
_LEAST_SHARE = 0.2
# What one core, 2 GiB and 40 GB are to a balanced small server; only used to say which need weighs most.
_BALANCED = {ResourceKind.CPU: 1.0, ResourceKind.MEMORY: 2 * GIB, ResourceKind.DISK: 40 * GB}


def _never_less(before: dict[ResourceKind, Any], after: dict[ResourceKind, Any]) -> None:
    for kind, need in before.items():
        assert (after[kind] >= need * (1 - _ROUNDING)).all(), kind


def _bound_by(document: dict[str, Any]) -> str:
    needs = needs_of(document)
    inputs = Inputs(profile_of(document))
    timeline = Timeline(inputs, build_workload(inputs))
    shape = Shape(int(median(needs[ResourceKind.CPU])), 16, 80)
    if median(timeline.workers_limit(shape.memory_bytes)) < median(timeline.cores_limit(shape)):
        return "workers"
    return str(max(needs, key=lambda kind: median(needs[kind]) / _BALANCED[kind]))


@pytest.mark.hypothesis
def test_needs_never_fall_when_the_service_grows() -> None:
    """More traffic, users, time or data never need less of anything; each kind of service is tried often enough."""
    tried: Counter[str] = Counter()

    def laws(document: dict[str, Any]) -> None:
        tried[_bound_by(document)] += 1
        needs = needs_of(document)
        traffic = document["traffic"]
        users, rate = traffic["concurrent_users"], traffic["requests_per_s"]
        _never_less(needs, needs_of(changed(document, traffic__concurrent_users=users * 2)))
        more = changed(document, traffic__concurrent_users=users * 2, traffic__requests_per_s=rate * 2)
        _never_less(needs, needs_of(more))
        _never_less(needs, needs_of(document, months=36))
        _never_less(needs, needs_of(document, multiplier=2))
        _never_less(needs, needs_of(changed(document, data__media="50 GB", data__growth="90 GB")))

    for temper in TEMPERS:
        few = settings(max_examples=PLANS.max_examples // len(TEMPERS))
        few(given(profiles(temper))(laws))()
    total = tried.total()
    assert {kind: count for kind, count in tried.items() if count < _LEAST_SHARE * total} == {}, tried
    assert set(tried) == {"cpu", "workers", "memory", "disk"}


@PLANS
@given(profiles())
def test_a_faster_processor_never_needs_more_cores(document: dict[str, Any]) -> None:
    """Cores never rise with the speed of a core."""
    slow = needs_of(changed(document, host__cpu_speed_ratio=0.8))[ResourceKind.CPU]
    fast = needs_of(changed(document, host__cpu_speed_ratio=1.3))[ResourceKind.CPU]
    assert (fast <= slow).all()


@PLANS
@given(profiles())
def test_needs_are_the_same_every_time(document: dict[str, Any]) -> None:
    """The same profile gives the same needs to the last bit."""
    first, second = needs_of(document), needs_of(document)
    assert all(np.array_equal(first[kind], second[kind]) for kind in first)
