"""Report formats, one file each: from an outline and the words of a language to text. One line here adds one."""

from collections.abc import Callable

from capplan.message import Outline
from capplan.report import json_text, markdown, terminal
from capplan.words import Words

Renderer = Callable[[Outline, Words], str]

RENDERERS: dict[str, Renderer] = {
    "markdown": markdown.render,
    "json": json_text.render,
    "terminal": terminal.render,
}
