"""words: how a language writes every value: sentences, numbers with units, dates, lists, and names left in Latin."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise

import jdatetime
from babel.dates import format_date
from babel.numbers import format_decimal
from fluent.runtime import FluentBundle, FluentResource

from capplan.message import Measure, Message, Series, Spread, Token, Value

LANGUAGES = ("en", "fa")

_DIGITS = {"en": "latn", "fa": "arabext"}
_RIGHT_TO_LEFT = {"fa"}
_ISOLATE_LEFT, _ISOLATE_FIRST_STRONG, _POP = "\u2066", "\u2068", "\u2069"
_MARK = re.compile("\x02([0-9]+)\x03")
# A user's text may not reorder or colour ours: control characters and bidi controls become a space.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_RTL_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Latin words or digits with what stands between them; brackets only in pairs.
_LATIN_RUN = re.compile(
    r"[A-Za-z0-9]+(?:[ ./:=+×_-]+(?:[A-Za-z0-9]+|\([A-Za-z0-9][A-Za-z0-9 =+×]*\)))*", re.ASCII
)

# Unit of a value -> from which amount, how many base units, key of the words; the largest first.
_BYTES = ((1e12, 1e12, "terabytes"), (1e9, 1e9, "gigabytes"), (1e6, 1e6, "megabytes"), (1e3, 1e3, "kilobytes"))
_SCALES: dict[str, tuple[tuple[float, float, str], ...]] = {
    "B": (*_BYTES, (0, 1, "bytes")),
    "GB": ((1, 1, "gigabytes"), (1e-3, 1e-3, "megabytes"), (0, 1e-6, "kilobytes")),
    "GiB": ((1, 1, "gibibytes"), (2**-10, 2**-10, "mebibytes"), (0, 2**-20, "kibibytes")),
    "B/s": (*((least, size, f"{key}-per-second") for least, size, key in _BYTES), (0, 1, "bytes-per-second")),
    "s": (
        (172800, 86400, "days"),
        (7200, 3600, "hours"),
        (120, 60, "minutes"),
        (1, 1, "seconds"),
        (0, 1e-3, "milliseconds"),
    ),
    "1/s": ((0, 1, "per-second"),),
    "ratio": ((0, 1e-2, "percent"),),
    "fine_ratio": ((0, 1e-2, "percent"),),
    "x": ((0, 1, "times"),),
}
_NOUGHT = {"B": "bytes", "GB": "gigabytes", "GiB": "gibibytes", "B/s": "bytes-per-second", "s": "seconds"}
_SIGNIFICANT = 3
_TINY = 1e-3
_COMPARABLE = 1e-2
_SURE_PERCENT = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a format writes plain text (with its escapes) and a token that is code."""

    plain: Callable[[str], str] = str
    code: Callable[[str], str] = str


PLAIN = Style()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """One way to write amounts of a unit: base units in one, key of the words, decimals beyond the usual."""

    unit: str
    size: float
    key: str
    extra: int = 0


class Words:
    """The words of one language.

    Raises
    ------
    KeyError
        If the language is not one of ``LANGUAGES``.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise KeyError(language)
        self.language = language
        self.direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
        self._bundle = _bundle(language)

    def text(self, value: Value, style: Style = PLAIN) -> str:
        """Return a value as this language writes it.

        Raises
        ------
        KeyError
            If a message or unit has no words, or its words ask for a value that is missing.
        ValueError
            If a number is not a number.
        """
        match value:
            case Message():
                return self._message(value, style)
            case Series():
                return self._series([self.text(item, style) for item in value.items], style)
            case Token():
                return self._token(value, style)
            case str():
                return self._token(Token(value), style)
            case date():
                return style.plain(_date(value, self.language))
            case Measure() | Spread():
                return self._amount(value, _scale(value.unit, _ends(value), self.language), style)
            case _:
                return style.plain(_number(value, _decimals(value, _SIGNIFICANT), self.language))

    def _message(self, message: Message, style: Style) -> str:
        values = list(message.values.values())
        marked = {
            name: value if isinstance(value, int) else f"\x02{place}\x03"
            for place, (name, value) in enumerate(message.values.items())
        }
        scales = _shared_scales(values, self.language)
        pieces = _MARK.split(self._pattern(message.key, marked))
        written = [self._literal(pieces[0], style)]
        for place, literal in zip(pieces[1::2], pieces[2::2], strict=True):
            value = values[int(place)]
            if isinstance(value, Measure | Spread):
                written.append(self._amount(value, scales[value.unit](value), style))
            else:
                written.append(self.text(value, style))
            written.append(self._literal(literal, style))
        return "".join(written)

    def _pattern(self, key: str, values: Mapping[str, str | float]) -> str:
        """Return the words of a key. Marks stand in for texts: Fluent refuses values of more than 2,500 letters."""
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise KeyError(key)
        text, errors = self._bundle.format_pattern(pattern, dict(values))
        if errors:
            raise KeyError(f"{key}: {'; '.join(map(str, errors))}")
        return str(text)

    def _literal(self, text: str, style: Style) -> str:
        if self.direction == "rtl":
            text = _LATIN_RUN.sub(lambda run: f"{_ISOLATE_LEFT}{run.group()}{_POP}", text)
        return style.plain(text)

    def _token(self, token: Token, style: Style) -> str:
        text = _CONTROLS.sub(" ", token.text).strip()
        if not text:
            return ""
        written = style.code(text) if token.code else style.plain(text)
        if _RTL_LETTER.search(text):
            return f"{_ISOLATE_FIRST_STRONG}{written}{_POP}"
        return f"{_ISOLATE_LEFT}{written}{_POP}" if self.direction == "rtl" else written

    def _series(self, texts: list[str], style: Style) -> str:
        if not texts:
            return ""
        *most, last = texts
        if not most:
            return last
        comma, final = (self._joint(key, style) for key in ("series-comma", "series-and"))
        return f"{comma.join(most)}{final}{last}"

    def _joint(self, key: str, style: Style) -> str:
        return style.plain(self._pattern(key, {"left": "", "right": ""}))

    def _amount(self, value: Measure | Spread, scale: _Scale, style: Style) -> str:
        amounts = _ends(value)
        shown = [_written(amount, scale, self.language) for amount in amounts]
        texts = [
            self._pattern("number-below", {"number": text}) if tiny else text
            for text, tiny in shown
        ]  # fmt: skip
        if all(math.isinf(amount) for amount in amounts):
            return style.plain(texts[0])
        number = texts[0]
        if texts[0] != texts[-1]:
            number = self._pattern("number-spread", {"low": texts[0], "high": texts[-1]})
        count = _count(amounts[-1], scale)
        return style.plain(self._pattern(f"unit-{scale.key}", {"number": number, "count": count}))


@cache
def _bundle(language: str) -> FluentBundle:
    def number(value: float) -> str:
        return _number(value, _decimals(value, _SIGNIFICANT), language)

    bundle = FluentBundle([language], functions={"NUMBER": number}, use_isolating=False)
    folder = files("capplan") / "locales" / language
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".ftl"):
            bundle.add_resource(FluentResource(file.read_text("utf-8")))
    return bundle


def _date(value: date, language: str) -> str:
    if language != "fa":
        return format_date(value, "d MMMM y", locale=language)
    solar = jdatetime.date.fromgregorian(date=value)
    day, year = (format_decimal(part, "0", language, numbering_system="arabext") for part in (solar.day, solar.year))
    return f"{day} {jdatetime.date.j_months_fa[solar.month - 1]} {year}"
