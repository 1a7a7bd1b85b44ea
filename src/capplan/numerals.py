"""numerals: how many digits a number gets, in which multiple of its unit, and in which digits a language writes it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from babel.numbers import format_decimal

NUMBERING_SYSTEMS = {"en": "latn", "fa": "arabext"}
TINY = 1e-3

_SIGNIFICANT = 3
_PERCENT_SIGNIFICANT = 2
_NEARLY_ALL_PERCENT, _ALL_PERCENT = 99, 100
_FINE_DECIMALS = 3
_MOST_EXTRA = 2
_COMPARABLE_RATIO = 1e-2
_NOISE_RATIO = 1e-6

_DIGITS = {
    "latn": {},
    "arabext": {ord("0") + digit: ord("\u06f0") + digit for digit in range(10)},
}

# Unit -> multiples of it: from which amount on it is used, its size, the key of its words; the largest first.
_MULTIPLES: dict[str, tuple[tuple[float, float, str], ...]] = {
    "B": (
        (1e12, 1e12, "terabytes"),
        (1e9, 1e9, "gigabytes"),
        (1e6, 1e6, "megabytes"),
        (1e3, 1e3, "kilobytes"),
        (0, 1, "bytes"),
    ),
    "B/s": (
        (1e9, 1e9, "gigabytes-per-second"),
        (1e6, 1e6, "megabytes-per-second"),
        (1e3, 1e3, "kilobytes-per-second"),
        (0, 1, "bytes-per-second"),
    ),
    # What is sold stays in the unit it is sold in, however much of it there is.
    "GB": ((1, 1, "gigabytes"), (1e-3, 1e-3, "megabytes"), (0, 1e-6, "kilobytes")),
    "GiB": ((1, 1, "gibibytes"), (2**-10, 2**-10, "mebibytes"), (0, 2**-20, "kibibytes")),
    "s": (
        (172800, 86400, "days"),
        (7200, 3600, "hours"),
        (120, 60, "minutes"),
        (1, 1, "seconds"),
        (0, 1e-3, "milliseconds"),
    ),
    "1/s": ((0, 1, "per-second"),),
    "1/h": ((0, 1, "per-hour"),),
    "ratio": ((0, 1e-2, "percent"),),
    "fine_ratio": ((0, 1e-2, "percent"),),
    "x": ((0, 1, "times"),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A multiple of a unit: its size, the key of its words, and the decimals beyond the usual ones."""

    unit: str
    size: float
    key: str
    extra: int = 0


def scale_of(unit: str, amounts: Iterable[float]) -> Scale:
    """Return the multiple of a unit that fits the largest of some amounts, with digits enough to tell them apart.

    Amounts stay in the unit itself where all are zero or infinite.
    """
    values = [abs(amount) for amount in amounts if math.isfinite(amount)]
    largest = max(values, default=0.0)
    if unit not in _MULTIPLES:
        return _distinct(Scale(unit=unit, size=1.0, key=unit), values)
    found = _MULTIPLES[unit]
    if largest == 0:
        found = tuple(each for each in found if each[1] == 1) or found
    _, size, key = next(each for each in found if largest >= each[0] or each is found[-1])
    return _distinct(Scale(unit=unit, size=size, key=key), values)


def comparable(scale: Scale, amounts: Iterable[float]) -> bool:
    """Return whether every amount reads well in one scale: none is a tiny part of its unit."""
    return all(
        not math.isfinite(amount) or amount == 0 or abs(amount) / scale.size >= _COMPARABLE_RATIO
        for amount in amounts
    )


def _distinct(scale: Scale, amounts: Sequence[float]) -> Scale:
    """Return the scale with as many more decimals as keep different amounts from reading alike, if two will do."""
    kept: list[float] = []
    for amount in sorted(amounts):
        if not kept or amount > kept[-1] * (1 + _NOISE_RATIO):
            kept.append(amount)
    for extra in range(_MOST_EXTRA + 1):
        tried = replace(scale, extra=extra)
        if len({rounded(amount, tried) for amount in kept}) == len(kept):
            return tried
    return scale


def rounded(amount: float, scale: Scale) -> float:
    """Return an amount in a scale, rounded to the digits it is shown with.

    Raises
    ------
    ValueError
        If the amount is not a number.
    """
    if math.isnan(amount):
        raise ValueError(f"an amount in {scale.unit} is not a number")
    if math.isinf(amount) or amount == 0:
        return amount
    value = amount / scale.size
    return round(value, _decimals(value, scale) + scale.extra)


def _decimals(value: float, scale: Scale) -> int:
    if scale.unit == "fine_ratio":
        return _FINE_DECIMALS
    significant = _SIGNIFICANT
    if scale.unit == "ratio":
        significant = _PERCENT_SIGNIFICANT
        if _NEARLY_ALL_PERCENT < value < _ALL_PERCENT:  # what is missing is the message: 99.7 % is not 100 %
            value, significant = _ALL_PERCENT - value, 1
    return max(0, significant - 1 - math.floor(math.log10(abs(value))))


def number(value: float, language: str) -> str:
    """Return a number without a unit in the digits of a language, to three significant digits or the whole."""
    if isinstance(value, float):
        value = rounded(value, Scale(unit="", size=1.0, key=""))
    return digits(value, language)


def digits(value: float, language: str, *, grouped: bool = True) -> str:
    """Return a number as it is, in the digits and separators of a language; never in scientific notation."""
    system = NUMBERING_SYSTEMS[language]
    text = str(
        format_decimal(
            int(value) if math.isfinite(value) and value == int(value) else value,
            locale=language,
            decimal_quantization=False,
            group_separator=grouped,
            numbering_system=system,
        )
    )
    return text.translate(_DIGITS[system])  # Babel localizes the separators, and leaves the digits Latin
