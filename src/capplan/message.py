"""message: what a report says, as keys and values without words; each language has its own words for every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its base unit ("B", "GiB", "GB", "s", "ratio", "cores", "1/s", "months", "users", ...)."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Spread:
    """An interval low to high of one unit."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Token:
    """A Latin word that no language translates: a name, a key, a formula, a version."""

    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence or phrase: the key of its words and the values they need."""

    key: str
    values: "Mapping[str, Value]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Series:
    """Several values one after the other, joined as the language joins them."""

    items: "tuple[Value, ...]"


Value = str | int | float | date | Measure | Spread | Token | Message | Series


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: header and rows of values."""

    header: tuple[Message, ...]
    rows: tuple[tuple[Value, ...], ...]


Block = Paragraph | Bullets | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report; ``name`` is its stable name in JSON."""

    name: str
    title: Message
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole report before it has a language and a format."""

    title: Message
    sections: tuple[Section, ...]


def say(key: str, /, **values: Value) -> Message:
    """Return a message; a short spelling, for outlines are made of little else."""
    return Message(key, values)


def paragraph(*messages: Message) -> Paragraph:
    """Return a paragraph."""
    return Paragraph(messages)
