"""Amounts as people write them, read into base units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.units import BYTES, BYTES_PER_S, MONTHS, SECONDS, UnitError, parse_amount

_SIZES = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_TIMES = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400, "weeks": 604800}
_SPEEDS = {"MB/s": 1e6, "MiB/s": 2**20, "kbit/s": 125, "Mbit/s": 125e3, "Gbit/s": 125e6}
_AGES = {"month": 1, "months": 1, "year": 12, "years": 12}


@pytest.mark.parametrize(
    ("factors", "unit", "base"),
    [
        *((BYTES, unit, base) for unit, base in (_SIZES | _BINARY).items()),
        *((SECONDS, unit, base) for unit, base in _TIMES.items()),
        *((BYTES_PER_S, unit, base) for unit, base in _SPEEDS.items()),
        *((MONTHS, unit, base) for unit, base in _AGES.items()),
    ],
)
def test_a_unit_is_worth_its_base_units(factors: dict[str, float], unit: str, base: float) -> None:
    """Three of a unit are three times what the unit is by definition, decimal or binary."""
    assert parse_amount(f"3 {unit}", factors, "1") == pytest.approx(3 * base, rel=1e-15)


@pytest.mark.parametrize("text", ["1500 MB", "1500MB", " 1500  MB ", "1_500 MB", "1.5e3 MB", "1500.0 MB"])
def test_an_amount_is_read_however_it_is_spaced(text: str) -> None:
    """Spaces, underscores, decimals and exponents do not change an amount."""
    assert parse_amount(text, BYTES, "1 GB") == 1.5e9


@given(st.floats(0, 1e12))
def test_every_number_is_read_back(value: float) -> None:
    """A number that Python writes is read back to the last bit."""
    assert parse_amount(f"{value!r} B", BYTES, "1 GB") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GB",
        "4",
        "4 gb",
        "4 Gb",
        "4 GB GB",
        "-4 GB",
        "+4 GB",
        "1,5 GB",
        ".5 GB",
        "nan GB",
        "inf GB",
        "4 s",
        "۴ GB",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Nothing is guessed: a missing, unknown or misspelt unit, a sign or another decimal mark is an error."""
    with pytest.raises(UnitError):
        parse_amount(text, BYTES, "20 GB")


@pytest.mark.parametrize("text", ["1e999 GB", "1e308 GB"])
def test_an_infinite_amount_is_refused(text: str) -> None:
    """A number, or a product with its unit, beyond what a float holds is an error and not infinity."""
    with pytest.raises(UnitError, match='a finite amount such as "20 GB"'):
        parse_amount(text, BYTES, "20 GB")


def test_the_error_names_the_units_and_an_example() -> None:
    """Whoever wrote a wrong unit is told every right one and sees an example."""
    with pytest.raises(UnitError) as caught:
        parse_amount("4 parsecs", SECONDS, "250 ms")
    units = ", ".join(SECONDS)
    assert caught.value.expected == f'an amount with a unit ({units}), such as "250 ms"'
