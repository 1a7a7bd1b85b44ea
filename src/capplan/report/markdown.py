"""A report as GitHub Flavored Markdown; what a profile says stays text, whatever Markdown or HTML it contains.

Escapes: GitHub Flavored Markdown Spec 0.29, sections 4.10 (pipes in tables), 6.1 (backslashes), 6.3 (code spans).
"""

import re

from capplan.message import Block, Bullets, Outline, Paragraph, Table, Value
from capplan.words import Style, Words

_SPECIAL = re.compile(r"[\\`*\[\]<>&|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<!\S)#|#(?!\S)")
_BLOCK_START = re.compile(r"^([0-9]{0,9})([-+.)])(?=[\s-]|$)")


def render(outline: Outline, words: Words) -> str:
    """Return the report; one in a right-to-left language stands in an element that says so."""
    parts = [f"# {_line(outline.title, words)}"]
    for section in outline.sections:
        parts.append(f"## {_line(section.title, words)}")
        parts += [_block(block, words) for block in section.blocks]
    if words.direction == "rtl":
        # The blank lines around each part make GitHub read Markdown, not HTML, inside the element.
        parts = [f'<div dir="rtl" lang="{words.language}">', *parts, "</div>"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block, words: Words) -> str:
    match block:
        case Paragraph():
            return _start(" ".join(_line(message, words) for message in block.messages))
        case Bullets():
            return "\n".join(f"- {_start(_line(message, words))}" for message in block.messages)
        case Table():
            rows = [[_cell(value, words) for value in row] for row in block.rows]
            return _table([_cell(value, words) for value in block.header], rows)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(value: Value, words: Words) -> str:
    return words.text(value, Style(plain=_escape, code=_code))


def _cell(value: Value, words: Words) -> str:
    return words.text(value, Style(plain=_escape, code=lambda text: _code(text).replace("|", "\\|")))


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found.group()}", text)


def _code(text: str) -> str:
    """Return a code span; its fence is longer than any run of backticks inside."""
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (max(map(len, re.findall("`+", text))) + 1)
    return f"{fence} {text} {fence}"


def _start(text: str) -> str:
    """Keep the first characters of a line from starting a list or a rule."""
    return _BLOCK_START.sub(r"\1\\\2", text)
