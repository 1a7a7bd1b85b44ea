"""A number as a person gives it in a profile."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from capplan.estimate import STATED, Basis, Estimate
from capplan.given import (
    AtLeastOne,
    Bytes,
    BytesPerSecond,
    Count,
    Months,
    Number,
    Percentile,
    Positive,
    PositiveShare,
    Seconds,
    Share,
)

# Kind, what a person writes as low, mid and high, and the same in base units.
_KINDS = {
    "Bytes": (Bytes, ("1 GB", "2 GiB", "3 GB"), (1e9, 2 * 2**30, 3e9)),
    "Seconds": (Seconds, ("250 ms", "1 s", "2 min"), (0.25, 1, 120)),
    "Months": (Months, ("6 months", "1 year", "24 months"), (6, 12, 24)),
    "BytesPerSecond": (BytesPerSecond, ("8 kbit/s", "1 MB/s", "1 Gbit/s"), (1e3, 1e6, 125e6)),
    "Number": (Number, (0, 2, 3.5), (0, 2, 3.5)),
    "Positive": (Positive, (0.5, 2, 3), (0.5, 2, 3)),
    "Count": (Count, (1, 4, 8), (1, 4, 8)),
    "Share": (Share, (0, 0.5, 1), (0, 0.5, 1)),
    "PositiveShare": (PositiveShare, (0.1, 0.5, 1), (0.1, 0.5, 1)),
    "Percentile": (Percentile, (0.5, 0.95, 0.9999), (0.5, 0.95, 0.9999)),
    "AtLeastOne": (AtLeastOne, (1, 2.5, 1000), (1, 2.5, 1000)),
}
_PLAIN = ["Number", "Positive", "Count", "Share", "PositiveShare", "Percentile", "AtLeastOne"]
_EACH = pytest.mark.parametrize("kind", _KINDS)


def _read(kind: str, raw: object) -> Estimate:
    read: Estimate = TypeAdapter(_KINDS[kind][0]).validate_python(raw)
    return read


def _refusal(kind: str, raw: object) -> str:
    with pytest.raises(ValidationError) as caught:
        _read(kind, raw)
    return str(caught.value.errors()[0]["msg"])


@_EACH
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_single_value_has_no_width(kind: str, place: int) -> None:
    """One value is low, mid and high in base units, assumed because nobody said it was measured."""
    _, written, base = _KINDS[kind]
    expected = Estimate.exactly(base[place], Basis.ASSUMED, STATED)
    assert expected == _read(kind, written[place])


@_EACH
def test_a_table_is_an_interval(kind: str) -> None:
    """Low, mid and high are read each with its own unit; basis and source are kept."""
    _, written, base = _KINDS[kind]
    low, mid, high = base
    expected = Estimate(low=low, mid=mid, high=high, basis=Basis.MEASURED, source="docker stats")
    table = dict(zip(("low", "mid", "high"), written, strict=True))
    assert expected == _read(kind, {**table, "basis": "measured", "source": "docker stats"})


@_EACH
def test_a_bound_left_out_is_the_middle(kind: str) -> None:
    """A table may give the middle alone, or with one bound."""
    _, written, base = _KINDS[kind]
    low, mid, high = base
    assert Estimate.exactly(mid, Basis.ASSUMED, STATED) == _read(kind, {"mid": written[1]})
    below = Estimate(low=low, mid=mid, high=mid, basis=Basis.ASSUMED, source=STATED)
    assert below == _read(kind, {"mid": written[1], "low": written[0]})
    above = Estimate(low=mid, mid=mid, high=high, basis=Basis.ASSUMED, source=STATED)
    assert above == _read(kind, {"mid": written[1], "high": written[2]})


@_EACH
def test_an_estimate_is_taken_as_it_is(kind: str) -> None:
    """A profile made by a program may hold estimates in base units."""
    estimate = Estimate(low=1, mid=1, high=1, basis=Basis.FITTED, source="a run")
    assert estimate == _read(kind, estimate)


@_EACH
def test_a_table_without_a_middle_is_refused(kind: str) -> None:
    """The most likely value cannot be guessed from the bounds."""
    _, written, _ = _KINDS[kind]
    assert "a table with mid" in _refusal(kind, {"low": written[0], "high": written[2]})


@_EACH
def test_a_table_with_another_key_is_refused(kind: str) -> None:
    """A key nobody reads is an error that names it."""
    assert "a table without 'median'" in _refusal(kind, {"mid": _KINDS[kind][1][1], "median": 3})


@_EACH
def test_bounds_out_of_order_are_refused(kind: str) -> None:
    """A middle outside its bounds is an error."""
    _, written, _ = _KINDS[kind]
    assert "low <= mid <= high" in _refusal(kind, {"mid": written[0], "low": written[1]})
    assert "low <= mid <= high" in _refusal(kind, {"mid": written[2], "high": written[1]})


@_EACH
@pytest.mark.parametrize("basis", ["guessed", "", 1, ["measured"], {"measured": True}])
def test_an_unknown_basis_is_refused(kind: str, basis: object) -> None:
    """A basis is one of four words, whatever else stands there."""
    raw = {"mid": _KINDS[kind][1][1], "basis": basis}
    assert "one of measured, fitted, derived, assumed" in _refusal(kind, raw)


@pytest.mark.parametrize("kind", _PLAIN)
@pytest.mark.parametrize("raw", ["2", "2 GB", True, None, [2], float("nan"), float("inf"), 10**400])
def test_a_plain_number_is_a_number(kind: str, raw: object) -> None:
    """Text, truth, lists and what is not finite are no numbers, alone and inside a table."""
    assert "such as" in _refusal(kind, raw)
    assert "such as" in _refusal(kind, {"mid": raw})


@pytest.mark.parametrize("kind", ["Bytes", "Seconds", "Months", "BytesPerSecond"])
@pytest.mark.parametrize("raw", [3, 2.5, True, None, [2], "2", "2 parsecs", "", "-1 GB", "1e999 GB"])
def test_an_amount_has_its_unit(kind: str, raw: object) -> None:
    """A bare number or an unknown unit is refused with an example of the right one."""
    assert "such as" in _refusal(kind, raw)
    assert "such as" in _refusal(kind, {"mid": raw})


@pytest.mark.parametrize(
    ("kind", "least", "less"),
    [
        ("Bytes", "0 B", "-1 B"),
        ("Seconds", "0 s", "-1 s"),
        ("Months", "1 month", "0.01 months"),
        ("BytesPerSecond", "1 B/s", "0.5 B/s"),
        ("Number", 0, -0.001),
        ("Positive", 1e-9, 0),
        ("Count", 1, 0.9),
        ("Share", 0, -0.001),
        ("PositiveShare", 1e-9, 0),
        ("Percentile", 0.5, 0.49),
        ("AtLeastOne", 1, 0.999),
    ],
)
def test_the_least_of_a_kind(kind: str, least: object, less: object) -> None:
    """The smallest possible value is read, a smaller one is refused."""
    assert _read(kind, least).low >= 0
    assert "such as" in _refusal(kind, less)


@pytest.mark.parametrize(
    ("kind", "most", "more"),
    [
        ("Bytes", "1000000 TB", "1000001 TB"),
        ("Months", "50 years", "601 months"),
        ("Number", 1e18, 1.1e18),
        ("Count", 10_000, 10_001),
        ("Share", 1, 1.001),
        ("PositiveShare", 1, 1.001),
        ("Percentile", 0.9999, 1),
        ("AtLeastOne", 1000, 1001),
    ],
)
def test_the_most_of_a_kind(kind: str, most: object, more: object) -> None:
    """The largest possible value is read, a larger one is refused with both bounds."""
    assert _read(kind, most).high > 0
    assert "a value from" in _refusal(kind, more)


@_EACH
def test_the_schema_allows_both_spellings(kind: str) -> None:
    """The JSON Schema of a number is one value, or a table that must have mid and nothing unknown."""
    annotated = _KINDS[kind][0]
    holder: type[BaseModel] = type("Holder", (BaseModel,), {"__annotations__": {"number": annotated}})
    single, table = holder.model_json_schema()["properties"]["number"]["anyOf"]
    assert ("number" if kind in _PLAIN else "string") == single["type"]
    assert (["mid"], False) == (table["required"], table["additionalProperties"])
    assert {"low", "mid", "high", "basis", "source"} == set(table["properties"])
