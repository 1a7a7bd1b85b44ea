"""words: a language's sentence for every message, with its numbers, dates and lists, and names left in Latin."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import jdatetime
from babel.dates import format_date
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import FluentType

from capplan.message import Measure, Message, Series, Spread, Token, Value
from capplan.numerals import NUMBERING_SYSTEMS, TINY, Scale, comparable, digits, number, rounded, scale_of

LANGUAGES = tuple(NUMBERING_SYSTEMS)

_RIGHT_TO_LEFT = {"fa"}
_SOLAR_HIJRI = {"fa"}
_ISOLATE_LEFT, _ISOLATE_FIRST_STRONG, _POP = "\u2066", "\u2068", "\u2069"
# A user's text must not reorder, color or break ours: controls of any kind become a space.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_RTL_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Latin words and figures with what stands between them; brackets only in pairs.
_LATIN_RUN = re.compile(
    r"[A-Za-z0-9]+(?:[ ./:=+×_-]+(?:[A-Za-z0-9]+|\([A-Za-z0-9][A-Za-z0-9 =+×]*\)))*", re.ASCII
)
_PLACE = re.compile("\x02([0-9]+)\x03")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a format writes plain text, with its escapes, and a token that is code."""

    plain: Callable[[str], str] = str
    code: Callable[[str], str] = str


AS_IT_IS = Style()


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

    def text(self, value: Value, style: Style = AS_IT_IS) -> str:
        """Return a value as this language writes it.

        Raises
        ------
        KeyError
            If a message or a unit has no words, or the words need a value that the message does not have.
        ValueError
            If a number is not a number.
        """
        match value:
            case Message():
                return self._message(value, style)
            case Series():
                return self._series([self.text(item, style) for item in value.items], style)
            case Measure() | Spread():
                return self._amount(value, _own_scale(value), style)
            case Token() | str():
                return self._token(value if isinstance(value, Token) else Token(value), style)
            case date():
                return style.plain(self._date(value))
            case _:
                return style.plain(number(value, self.language))

    def _message(self, message: Message, style: Style) -> str:
        # Fluent refuses texts of more than 2,500 letters and knows no styles: it gets marks, texts come afterwards.
        values = tuple(message.values.values())
        places = {
            name: value if isinstance(value, int) else f"\x02{place}\x03"
            for place, (name, value) in enumerate(message.values.items())
        }
        pieces = _PLACE.split(self._sentence(message.key, places))
        texts = [self._own(pieces[0], style)]
        shared = _shared_scales(message)
        for place, literal in zip(pieces[1::2], pieces[2::2], strict=True):
            value = values[int(place)]
            if isinstance(value, Measure | Spread):
                texts.append(self._amount(value, shared.get(value.unit) or _own_scale(value), style))
            else:
                texts.append(self.text(value, style))
            texts.append(self._own(literal, style))
        return "".join(texts)

    def _sentence(self, key: str, values: Mapping[str, str | float]) -> str:
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise KeyError(key)
        text, errors = self._bundle.format_pattern(pattern, dict(values))
        if errors:
            raise KeyError(f"{key}: {'; '.join(map(str, errors))}")
        return str(text)

    def _own(self, text: str, style: Style) -> str:
        """Return words of the language; Latin ones among right-to-left words are isolated from what follows them."""
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
        comma, final = (style.plain(self._sentence(key, {})) for key in ("series-comma", "series-and"))
        return final.join([comma.join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)

    def _amount(self, value: Measure | Spread, scale: Scale, style: Style) -> str:
        low, high = _ends(value)
        text = self._number(low, scale)
        if self._number(high, scale) != text:
            key = "number-spread-signed" if low < 0 else "number-spread"
            text = self._sentence(key, {"low": text, "high": self._number(high, scale)})
        if math.isinf(low):
            return style.plain(text)
        shown = rounded(high, scale)
        # Only a whole number can take the singular; infinitely many take the plural.
        count = int(shown) if math.isfinite(shown) and shown == int(shown) else 0.5
        return style.plain(self._sentence(f"unit-{scale.key}", {"number": text, "count": count}))

    def _number(self, amount: float, scale: Scale) -> str:
        shown = rounded(amount, scale)
        if 0 < shown < TINY:
            return self._sentence("number-below", {"number": digits(TINY, self.language)})
        return digits(shown, self.language)

    def _date(self, value: date) -> str:
        if self.language not in _SOLAR_HIJRI:
            return format_date(value, "d MMMM y", locale=self.language)
        solar = jdatetime.date.fromgregorian(date=value)
        day, year = (digits(part, self.language, grouped=False) for part in (solar.day, solar.year))
        return f"{day} {jdatetime.date.j_months_fa[solar.month - 1]} {year}"


class _Written(FluentType):
    """A number that Fluent passes on as it is written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def format(self, locale: object) -> str:
        del locale
        return self._text


@cache
def _bundle(language: str) -> FluentBundle:
    # Fluent's own NUMBER writes Latin digits in every language.
    numbers: dict[str, Callable[[float], FluentType]] = {
        "NUMBER": lambda value: _Written(number(value, language))
    }
    bundle = FluentBundle([language], functions=numbers, use_isolating=False)
    folder = files("capplan") / "locales" / language
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".ftl"):
            bundle.add_resource(FluentResource(file.read_text("utf-8")))
    return bundle


def _ends(value: Measure | Spread) -> tuple[float, float]:
    return (value.value, value.value) if isinstance(value, Measure) else (value.low, value.high)


def _own_scale(value: Measure | Spread) -> Scale:
    return scale_of(value.unit, _ends(value))


def _shared_scales(message: Message) -> dict[str, Scale]:
    """Return one scale per unit, so that the numbers of a sentence can be compared, where they all read well in it."""
    amounts: dict[str, list[float]] = {}
    for value in message.values.values():
        if isinstance(value, Measure | Spread):
            amounts.setdefault(value.unit, []).extend(_ends(value))
    scales = {unit: scale_of(unit, found) for unit, found in amounts.items()}
    return {unit: scale for unit, scale in scales.items() if comparable(scale, amounts[unit])}
