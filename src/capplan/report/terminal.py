"""A report for the terminal: tables as wide as asked for, or as lines where the language runs from right to left."""

import re
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from capplan.message import Block, Bullets, Outline, Paragraph, Table, Value
from capplan.words import Style, Words

WIDTH = 100

_CODE = re.compile("\x0e([^\x0f]*)\x0f")
_MARKED = Style(code=lambda text: f"\x0e{text}\x0f")
_ISOLATES = re.compile("[\u2066-\u2069]")
_POP = "\u2069"


def render(outline: Outline, words: Words, *, width: int = WIDTH, color: bool = False) -> str:
    """Return the report in lines of at most ``width`` columns, with colors only if asked for."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
    )
    console.print(_text(outline.title, words, "bold"))
    for section in outline.sections:
        console.print()
        if section.title != outline.title:
            console.print(_text(section.title, words, "bold"))
        for block in section.blocks:
            _print(console, block, words)
    return _isolated_by_line(out.getvalue())


def _print(console: Console, block: Block, words: Words) -> None:
    match block:
        case Paragraph():
            console.print(Text(" ").join(_text(message, words) for message in block.messages))
        case Bullets():
            console.print(_bullets([_text(message, words) for message in block.messages]))
        case Table():
            console.print(_lines(block, words) if words.direction == "rtl" else _columns(block, words))


def _bullets(texts: list[Text]) -> RenderableType:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")  # nothing is cut off, however long its words
    for text in texts:
        grid.add_row("•", text)
    return grid


def _columns(table: Table, words: Words) -> RenderableType:
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for message in table.header:
        grid.add_column(_text(message, words), overflow="fold")
    for row in table.rows:
        grid.add_row(*(_text(value, words) for value in row))
    return grid


def _lines(table: Table, words: Words) -> RenderableType:
    """Return one point per row and one line per cell: columns come apart where a terminal reorders each line."""
    label, *labels = (_text(message, words) for message in table.header)
    points = []
    for first, *others in ([_text(value, words) for value in row] for row in table.rows):
        lines = [Text(": ").join([label, first])]
        lines += [Text(": ").join(pair) for pair in zip(labels, others, strict=True) if pair[1]]
        points.append(Text("\n").join(lines))
    return _bullets(points)


def _text(value: Value, words: Words, style: str = "") -> Text:
    pieces = _CODE.split(words.text(value, _MARKED))
    return Text.assemble(
        *((piece, "cyan" if place % 2 else "") for place, piece in enumerate(pieces)), style=style
    )


def _isolated_by_line(text: str) -> str:
    """Close each isolate at the end of its line and open it again on the next: a line is a paragraph to a terminal."""
    lines, opened = [], ""
    for line in text.splitlines():
        pending = opened
        for control in _ISOLATES.findall(line):
            opened = opened[:-1] if control == _POP else opened + control
        words = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(f"{indent}{pending}{words}{_POP * len(opened)}" if words else "")
    return "\n".join(lines) + "\n"
