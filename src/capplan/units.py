"""Amounts as people write them ("900 MB", "250 ms", "24 months"), read into base units.

Inside capplan there are only bytes, seconds, months and plain numbers; this module is the one place where
other units come in. Decimal prefixes are decimal (1 MB = 10^6 B), binary ones binary (1 MiB = 2^20 B).
"""

import math
import re

BYTES = {
    "B": 1.0,
    "kB": 1e3,
    "KB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "TB": 1e12,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
    "TiB": 2.0**40,
}
DAY_S = 86400.0
SECONDS = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": DAY_S,
    "day": DAY_S,
    "days": DAY_S,
    "weeks": 7 * DAY_S,
}
MONTHS = {"month": 1.0, "months": 1.0, "year": 12.0, "years": 12.0}
BYTES_PER_S = {
    **{f"{name}/s": factor for name, factor in BYTES.items()},
    "kbit/s": 125.0,
    "Mbit/s": 125e3,
    "Gbit/s": 125e6,
}

_AMOUNT = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z][A-Za-z/]*)?\s*")


class UnitError(ValueError):
    """The text is no amount in these units; ``expected`` says what would be."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)


def parse_amount(text: str, factors: dict[str, float], example: str) -> float:
    """Read a number with one of the units in ``factors`` and return it in the base unit.

    Raises
    ------
    UnitError
        If the text is not a number and a unit, the unit is unknown, or the amount is not finite.
    """
    match = _AMOUNT.fullmatch(text)
    unit = match.group(2) if match else None
    if match is None or unit not in factors:
        raise UnitError(f'an amount with a unit ({", ".join(factors)}), such as "{example}"')
    amount = float(match.group(1)) * factors[unit]
    if not math.isfinite(amount):
        raise UnitError(f'a finite amount such as "{example}"')
    return amount
