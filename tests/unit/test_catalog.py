"""The ladder of servers and the smallest that will do."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.catalog import (
    CORES,
    DISK_GB,
    GB,
    GIB,
    LEAST_GIB_PER_CORE,
    MEMORY_GIB,
    MOST_GIB_PER_CORE,
    Need,
    Shape,
    at_least,
    one_smaller,
    parse_shape,
    smallest_shape,
    sold_gib,
)
from capplan.errors import InputError

_SOLD = [
    Shape(cores, memory, disk)
    for cores, memory, disk in product(CORES, MEMORY_GIB, DISK_GB)
    if LEAST_GIB_PER_CORE <= memory / cores <= MOST_GIB_PER_CORE
]
_SHAPES = st.sampled_from(_SOLD)
_NEEDS = st.builds(
    Need,
    cores=st.one_of(st.floats(0, 140), st.sampled_from(CORES).map(float)),
    memory_bytes=st.one_of(st.floats(0, 600), st.sampled_from(MEMORY_GIB).map(float)).map(
        lambda gib: gib * GIB
    ),
    disk_bytes=st.one_of(st.floats(0, 9000), st.sampled_from(DISK_GB).map(float)).map(lambda gb: gb * GB),
)


def _meets(shape: Shape, need: Need) -> bool:
    return (
        shape.cores >= need.cores - 1e-9
        and shape.memory_bytes >= need.memory_bytes - 1
        and shape.disk_bytes >= need.disk_bytes - 1
    )


@given(_NEEDS)
def test_the_smallest_shape_meets_the_need_and_no_smaller_one_does(need: Need) -> None:
    """Of all shapes that are sold and meet the need, the chosen one has the least of everything; or none does."""
    enough = [shape for shape in _SOLD if _meets(shape, need)]
    chosen = smallest_shape(need)
    if chosen is None:
        assert enough == []
    else:
        assert chosen in enough
        assert all(shape.dominates(chosen) for shape in enough)


@pytest.mark.parametrize(
    ("expected", "cores", "memory_gib", "disk_gb"),
    [
        (Shape(1, 1, 20), 0, 0, 0),
        (Shape(2, 4, 80), 2, 4, 80),
        (Shape(4, 8, 160), 2.01, 4.01, 80.01),
        (Shape(4, 32, 20), 1, 32, 20),
        (Shape(16, 16, 20), 16, 2, 20),
        (None, 129, 1, 20),
        (None, 1, 513, 20),
        (None, 1, 1, 7681),
    ],
)
def test_a_need_is_rounded_up_to_what_is_sold(
    expected: Shape | None, cores: float, memory_gib: float, disk_gb: float
) -> None:
    """Each need rises to its rung; much memory brings cores and many cores bring memory; a ladder has an end."""
    need = Need(cores=cores, memory_bytes=memory_gib * GIB, disk_bytes=disk_gb * GB)
    assert expected == smallest_shape(need)


def test_memory_is_sold_in_gib_and_disk_in_gb() -> None:
    """A server sold with 4 GB and 80 GB has 4 GiB of memory and 80 * 10^9 bytes of disk."""
    shape = Shape(2, 4, 80)
    assert (4294967296, 80_000_000_000) == (shape.memory_bytes, shape.disk_bytes)


@given(_SHAPES, _SHAPES)
def test_a_shape_dominates_what_has_nothing_more(first: Shape, second: Shape) -> None:
    """One shape dominates another exactly when the larger of both in everything is itself."""
    largest = Shape(
        max(first.cores, second.cores),
        max(first.memory_gib, second.memory_gib),
        max(first.disk_gb, second.disk_gb),
    )
    assert (largest == first) == first.dominates(second)


@given(_SHAPES, _SHAPES)
def test_a_floor_is_the_least_that_dominates_both(shape: Shape, floor: Shape) -> None:
    """A shape raised to a floor dominates shape and floor, and takes each size from one of them."""
    raised = at_least(shape, floor)
    assert raised.dominates(shape)
    assert raised.dominates(floor)
    assert raised.cores in {shape.cores, floor.cores}
    assert raised.memory_gib in {shape.memory_gib, floor.memory_gib}
    assert raised.disk_gb in {shape.disk_gb, floor.disk_gb}


def test_without_a_floor_a_shape_stays() -> None:
    """The first tier has none below it."""
    assert Shape(2, 4, 80) == at_least(Shape(2, 4, 80), None)


def test_one_smaller_is_one_rung_down_in_one_resource() -> None:
    """Each resource in turn goes one rung down, the others stay."""
    expected = {"cpu": Shape(2, 8, 160), "memory": Shape(4, 4, 160), "disk": Shape(4, 8, 80)}
    assert expected == one_smaller(Shape(4, 8, 160))


def test_below_the_first_rung_there_is_nothing() -> None:
    """The smallest server has no smaller neighbor."""
    assert {} == one_smaller(Shape(1, 1, 20))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Shape(2, 4, 80), "2:4GB:80GB"),
        (Shape(2, 4, 80), "2:4 GB:80 GB"),
        (Shape(2, 4, 80), "2:4GiB:80GB"),
        (Shape(1, 0.5, 20), "1:512MiB:20GB"),
        (Shape(1, 0.5, 20), "1:500MB:20GB"),
        (Shape(8, 32, 1000), "8:32GB:1TB"),
    ],
)
def test_a_server_is_read_as_it_is_sold(expected: Shape, text: str) -> None:
    """Memory of "4 GB" is 4 GiB, and 4 GiB stay 4 GiB; disk is decimal."""
    assert expected == parse_shape(text)


@pytest.mark.parametrize(
    "text",
    ["", "2", "2:4GB", "2:4GB:80GB:1", "two:4GB:80GB", "1.5:4GB:80GB", "2:4:80", "2:4GB:80", "2:4 s:80GB"],
)
def test_what_is_no_server_is_refused(text: str) -> None:
    """Anything but cores, memory and disk is an error that shows how to write one."""
    with pytest.raises(InputError, match="write for example --server 2:4GB:80GB"):
        parse_shape(text)


@pytest.mark.parametrize("text", ["0:4GB:80GB", "-2:4GB:80GB", "2:0GB:80GB", "2:4GB:0GB"])
def test_a_server_has_something_of_everything(text: str) -> None:
    """No cores, memory or disk is no server."""
    with pytest.raises(InputError, match="1 to 1024 cores and some memory and disk"):
        parse_shape(text)


@pytest.mark.parametrize(
    ("expected", "memory_bytes"), [(4, 4e9), (4, 4 * GIB), (0.5, 0.5e9), (7.5, 7.5 * GIB)]
)
def test_memory_on_a_price_list_is_gib(expected: float, memory_bytes: float) -> None:
    """A round number of decimal GB is what the price list says and means GiB; GiB are what they say."""
    assert expected == sold_gib(memory_bytes)


@pytest.mark.parametrize("ladder", [CORES, MEMORY_GIB, DISK_GB])
def test_a_ladder_rises(ladder: tuple[int, ...]) -> None:
    """Rungs stand in order, each once."""
    assert sorted(set(ladder)) == list(ladder)
