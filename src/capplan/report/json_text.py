"""A report as JSON: every text beside the key and the numbers it was made of, for programs to read."""

import json
import math
from datetime import date

from capplan.message import (
    Block,
    Bullets,
    Measure,
    Message,
    Outline,
    Paragraph,
    Series,
    Spread,
    Table,
    Token,
    Value,
)
from capplan.words import Words

Json = dict[str, "Json"] | list["Json"] | str | int | float


def render(outline: Outline, words: Words) -> str:
    """Return the report as one JSON object: language, direction, title, sections with blocks.

    Each text is an object with ``text`` and its machine values: a message's ``key`` and ``values``, a measure's
    ``value`` and ``unit``, a spread's ``low``, ``high`` and ``unit``. An infinite number is "Infinity", since JSON has
    none.
    """
    document: Json = {
        "language": words.language,
        "direction": words.direction,
        "title": _told(outline.title, words),
        "sections": [
            {
                "name": section.name,
                "title": _told(section.title, words),
                "blocks": [_block(block, words) for block in section.blocks],
            }
            for section in outline.sections
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _block(block: Block, words: Words) -> Json:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "messages": [_told(message, words) for message in block.messages]}
        case Bullets():
            return {"kind": "bullets", "messages": [_told(message, words) for message in block.messages]}
        case Table():
            return {
                "kind": "table",
                "header": [_told(message, words) for message in block.header],
                "rows": [[_told(value, words) for value in row] for row in block.rows],
            }


def _told(value: Value, words: Words) -> Json:
    return {"text": words.text(value), **_machine(value)}


def _machine(value: Value) -> dict[str, Json]:
    """Return what a value is, without words."""
    found: dict[str, Json]
    match value:
        case Message():
            found = {
                "key": value.key,
                "values": {name: _machine(each) for name, each in value.values.items()},
            }
        case Series():
            found = {"items": [_machine(each) for each in value.items]}
        case Measure():
            found = {"value": _finite(value.value), "unit": value.unit}
        case Spread():
            found = {"low": _finite(value.low), "high": _finite(value.high), "unit": value.unit}
        case Token() | str():
            found = {"token": value.text if isinstance(value, Token) else value}
        case date():
            found = {"date": value.isoformat()}
        case _:
            found = {"value": _finite(value)}
    return found


def _finite(value: float) -> Json:
    return value if math.isfinite(value) else str(value).replace("inf", "Infinity")
