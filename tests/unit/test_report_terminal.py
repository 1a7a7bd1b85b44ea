"""Reports for the terminal: lines that fit, tables where they hold together, and colors only where wanted."""

import re

import pytest
from rich.cells import cell_len

from capplan.message import Block, Bullets, Measure, Outline, Section, Table, Token, paragraph, say
from capplan.report.terminal import render
from capplan.words import LANGUAGES, Words

TABLE = Table(
    (say("column-part"), say("column-value"), say("column-kind")),
    (
        (Token("disk_wal_bytes", code=True), Measure(1, "GB"), say("basis-assumed")),
        (say("total"), Measure(2, "GB"), ""),
    ),
)
LONG = Bullets(
    tuple(say("gpu-maybe", libraries=Token(f"library{'-and-more' * count}")) for count in range(40))
)


def _outline(*blocks: Block) -> Outline:
    return Outline(say("summary-title"), (Section("disk", say("disk-title"), blocks),))


def test_whole_report() -> None:
    """A report is a title, sections with an empty line before, paragraphs, points and tables."""
    text = render(
        _outline(paragraph(say("cores-help")), Bullets((say("contradictions-none"),)), TABLE), Words("en")
    )
    expected = [
        "Summary",
        "",
        "6. Storage",
        "More vCPU would help.",
        "• None found.",
        "Part             Value   Kind",
        "────────────────────────────────",
        "disk_wal_bytes   1 GB    assumed",
        "total            2 GB",
        "",
    ]
    assert expected == text.split("\n")


def test_right_to_left_tables() -> None:
    """Persian has no columns, which a terminal would reorder: a row is a point, a cell a line, an empty one nothing."""
    text = render(_outline(TABLE), Words("fa"))
    expected = [
        "• بخش: \u2066disk_wal_bytes\u2069",
        "  مقدار: ۱ گیگابایت",
        "  نوع: فرضی",
        "• بخش: مجموع",
        "  مقدار: ۲ گیگابایت",
        "",
    ]
    assert expected == text.split("\n")[3:]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 100, 140])
def test_width(language: str, width: int) -> None:
    """No line is wider than asked for, and none ends in a space."""
    lines = render(_outline(LONG, TABLE), Words(language), width=width).split("\n")
    assert max(map(cell_len, lines)) <= width
    assert [] == [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut(language: str) -> None:
    """A name longer than its place is broken, not cut off."""
    name = "".join(f"part{number}" for number in range(60))
    row = Table((say("column-part"), say("column-key")), ((Token(name), ""),))
    bullet = Bullets((say("explain-source", source=Token(name)),))
    for block in (row, bullet):
        text = render(_outline(block), Words(language), width=60)
        assert name in re.sub("[^a-z0-9]", "", text)


def test_isolates_close_in_their_line() -> None:
    """A name broken over lines is isolated in each of them, for a terminal forgets isolates at the end of a line."""
    lines = render(_outline(LONG), Words("fa"), width=60).split("\n")
    outside = [re.sub("\u2066[^\u2066\u2069]*\u2069", "", line) for line in lines]
    assert [] == [line for line in outside if re.search("[A-Za-z\u2066\u2069]", line)]


def test_no_colors() -> None:
    """Without being asked a report has no color and no control sequence, whatever a name contains."""
    text = render(
        _outline(TABLE, Bullets((say("explain-source", source=Token("\x1b[31mred")),))), Words("en")
    )
    assert "\x1b" not in text
    assert "\x0e" not in text


def test_colors() -> None:
    """Asked for colors, code gets one, and nothing else of the text changes."""
    bare = render(_outline(TABLE), Words("en"))
    colored = render(_outline(TABLE), Words("en"), color=True)
    assert "\x1b[36mdisk_wal_bytes\x1b[0m" in colored
    assert bare == re.sub(" +\n", "\n", re.sub("\x1b\\[[0-9;]*m", "", colored))


def test_surroundings_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the size nor the settings of a terminal change the text."""
    expected = render(_outline(TABLE, LONG), Words("en"))
    for name, value in {"COLUMNS": "40", "FORCE_COLOR": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    assert expected == render(_outline(TABLE, LONG), Words("en"))


def test_markup_is_text() -> None:
    """Square brackets and emoji codes of a name are shown as they are."""
    text = render(
        _outline(Bullets((say("explain-source", source=Token("[bold]x[/] :smile:")),))), Words("en")
    )
    assert "• Source: [bold]x[/] :smile:" in text
