"""How traffic and data grow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.growth import moment, stored, traffic_factor
from capplan.inputs import Inputs
from capplan.quantity import constant
from tests.planning import SMALL, changed, profile_of

_TWICE = constant("twice", 2, "ratio", "a test")


def _inputs(**changes: object) -> Inputs:
    return Inputs(profile_of(changed(SMALL, **changes)))


@pytest.mark.parametrize(
    ("months", "expected"), [(0, 1.0), (6, 1.2**0.5), (12, 1.2), (24, 1.44), (36, 1.728)]
)
def test_traffic_grows_by_the_same_ratio_every_year(months: float, expected: float) -> None:
    """A fifth more per year is a fifth of what was there, and half a year is the square root of it."""
    factor = traffic_factor(_inputs(growth__traffic_per_year_ratio=0.2), moment("then", months))
    assert expected == pytest.approx(factor.values.mean(), rel=1e-12)


def test_without_growth_traffic_stays() -> None:
    """No growth is the same traffic at every date."""
    factor = traffic_factor(_inputs(growth__traffic_per_year_ratio=0), moment("then", 60))
    assert (factor.values == 1).all()


def test_the_multiplier_multiplies_traffic() -> None:
    """A tier with twice the traffic has twice what growth alone brings."""
    inputs = _inputs()
    plain = traffic_factor(inputs, moment("then", 24))
    twice = traffic_factor(inputs, moment("then", 24, _TWICE))
    assert np.allclose(2 * plain.values, twice.values, rtol=1e-12)


def test_data_grows_by_the_same_amount_every_month() -> None:
    """60 GB in 24 months are 15 GB in 6, divided like the 20 GB and 20 GB that are there."""
    data = stored(_inputs(), moment("then", 6))
    assert [20e9 + 7.5e9] * 2 == pytest.approx([data.database_bytes.values[0], data.media_bytes.values[0]])


def test_growth_is_shared_in_proportion() -> None:
    """With three quarters of the data in the database, so are three quarters of what is added."""
    data = stored(_inputs(data__database="30 GB", data__media="10 GB"), moment("then", 24))
    assert [30e9 + 45e9, 10e9 + 15e9] == pytest.approx(
        [data.database_bytes.values[0], data.media_bytes.values[0]]
    )


def test_the_multiplier_multiplies_what_is_added() -> None:
    """Twice the growth leaves what is there today as it is."""
    data = stored(_inputs(), moment("then", 24, _TWICE))
    assert [20e9 + 60e9] * 2 == pytest.approx([data.database_bytes.values[0], data.media_bytes.values[0]])


def test_what_grows_from_nothing_is_database() -> None:
    """Where nothing is stored today, all that is added is taken as database, the dearer of the two."""
    data = stored(_inputs(data__database="0 B", data__media="0 B"), moment("then", 12))
    assert [30e9, 0] == pytest.approx([data.database_bytes.values[0], data.media_bytes.values[0]])


@given(st.floats(0, 60), st.floats(0, 500), st.floats(0, 500), st.floats(0, 500))
def test_nothing_that_is_added_is_lost(months: float, database: float, media: float, growth: float) -> None:
    """Database and media together are today's data and the growth, whatever their proportion."""
    inputs = _inputs(data__database=f"{database} GB", data__media=f"{media} GB", data__growth=f"{growth} GB")
    data = stored(inputs, moment("then", months))
    whole = data.database_bytes.values + data.media_bytes.values
    assert (database + media + growth * months / 24) * 1e9 == pytest.approx(whole.mean(), rel=1e-9, abs=1e-3)
