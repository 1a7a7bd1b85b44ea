"""Growth: how much traffic and data there will be at a later date."""

from dataclasses import dataclass

from capplan.inputs import Inputs
from capplan.quantity import ONE, Quantity, constant, power

MONTHS_PER_YEAR = 12.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Moment:
    """A point the plan is computed for: months after ``as_of``, and a multiplier on traffic and data growth.

    ``scope`` begins the key of every quantity that belongs to it.
    """

    scope: str
    months: Quantity
    multiplier: Quantity

    def key(self, name: str) -> str:
        """Return the key of a quantity of this moment."""
        return f"{self.scope}.{name}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stored:
    """What lies on disk at a moment, in bytes."""

    database_bytes: Quantity
    media_bytes: Quantity


def moment(scope: str, months: float | Quantity, multiplier: Quantity | None = None) -> Moment:
    """Return a moment; a plain number of months is without doubt."""
    if not isinstance(months, Quantity):
        months = constant(f"{scope}.months", months, "months", "distance from as_of")
    return Moment(scope=scope, months=months, multiplier=multiplier or ONE)


def traffic_factor(inputs: Inputs, at: Moment) -> Quantity:
    """Return traffic at the moment over traffic today: multiplier * (1 + growth per year) ** years."""
    per_year = inputs.get("growth.traffic_per_year_ratio", "traffic_growth_per_year_ratio")
    grown = power(1 + per_year, at.months / MONTHS_PER_YEAR)
    return (at.multiplier * grown).named(at.key("traffic_factor_ratio"), "x")


def stored(inputs: Inputs, at: Moment) -> Stored:
    """Return database and media at the moment: today's size plus linear growth, shared in proportion to size."""
    database, media = inputs.number("data.database"), inputs.number("data.media")
    per_month = inputs.number("data.growth") / inputs.number("data.growth_over")
    added = (per_month * at.months * at.multiplier).named(at.key("data_growth_bytes"), "B")
    if float((database + media).values.max()) == 0:
        return Stored(database_bytes=added, media_bytes=media)
    part = (database / (database + media)).named("data.database_share_ratio", "ratio")
    return Stored(
        database_bytes=(database + added * part).named(at.key("database_bytes"), "B"),
        media_bytes=(media + added * (1 - part)).named(at.key("media_bytes"), "B"),
    )
