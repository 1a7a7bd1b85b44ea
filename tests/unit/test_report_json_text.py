"""Reports as JSON: the text of each value beside what it was made of."""

import json
import math
from datetime import date
from typing import Any

import pytest

from capplan.message import (
    Bullets,
    Measure,
    Message,
    Outline,
    Section,
    Series,
    Spread,
    Table,
    Token,
    Value,
    paragraph,
    say,
)
from capplan.report.json_text import render
from capplan.words import LANGUAGES, Words

FIGURE = say(
    "figure", value=Measure(2, "cores"), spread=Spread(1, math.inf, "cores"), basis=say("basis-derived")
)


def _read(value: Value, language: str = "en") -> dict[str, Any]:
    table = Table((say("column-value"),), ((value,),))
    document = json.loads(
        render(Outline(say("total"), (Section("s", say("total"), (table,)),)), Words(language))
    )
    (((found,),),) = (block["rows"] for block in document["sections"][0]["blocks"])
    assert isinstance(found, dict)
    return found


def test_document() -> None:
    """The document names its language and direction, and each section by its stable name."""
    blocks = (paragraph(say("cores-help")), Bullets((say("contradictions-none"),)))
    outline = Outline(say("summary-title"), (Section("cpu", say("cpu-title"), blocks),))
    expected = {
        "language": "fa",
        "direction": "rtl",
        "title": {"text": "جدول خلاصه", "key": "summary-title", "values": {}},
        "sections": [
            {
                "name": "cpu",
                "title": {"text": "۴. پردازنده (\u2066CPU\u2069)", "key": "cpu-title", "values": {}},
                "blocks": [
                    {
                        "kind": "paragraph",
                        "messages": [
                            {
                                "text": "افزودن \u2066vCPU\u2069 کمک می‌کند.",
                                "key": "cores-help",
                                "values": {},
                            }
                        ],
                    },
                    {
                        "kind": "bullets",
                        "messages": [
                            {"text": "تناقضی پیدا نشد.", "key": "contradictions-none", "values": {}}
                        ],
                    },
                ],
            }
        ],
    }
    assert expected == json.loads(render(outline, Words("fa")))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Measure(2.5, "GiB"), {"text": "2.5 GiB", "value": 2.5, "unit": "GiB"}),
        (Measure(math.inf, "s"), {"text": "∞", "value": "Infinity", "unit": "s"}),
        (Spread(1, math.inf, "s"), {"text": "1–∞ s", "low": 1, "high": "Infinity", "unit": "s"}),
        (Token("a.b", code=True), {"text": "a.b", "token": "a.b"}),
        ("", {"text": "", "token": ""}),
        (date(2028, 2, 14), {"text": "14 February 2028", "date": "2028-02-14"}),
        (3, {"text": "3", "value": 3}),
        (Series((Token("a"), 1)), {"text": "a and 1", "items": [{"token": "a"}, {"value": 1}]}),
        (
            FIGURE,
            {
                "text": "2 cores (1–∞ cores; derived)",
                "key": "figure",
                "values": {
                    "value": {"value": 2, "unit": "cores"},
                    "spread": {"low": 1, "high": "Infinity", "unit": "cores"},
                    "basis": {"key": "basis-derived", "values": {}},
                },
            },
        ),
    ],
)
def test_machine_values(value: Value, expected: dict[str, object]) -> None:
    """Beside its text a value has what a program needs to use it without reading the text."""
    assert expected == _read(value)


def test_values_have_no_language() -> None:
    """Only the text depends on the language."""
    english, persian = ({**_read(FIGURE, language), "text": ""} for language in LANGUAGES)
    assert english == persian


def test_nothing_but_json() -> None:
    """Names that contain quotes, newlines or control characters leave the document valid."""
    name = 'a"b\\c\n\x1b'
    message = Message("explain-source", {"source": Token(name)})
    assert {"source": {"token": name}} == _read(message)["values"]
