"""The sentences of each language as they stand in its files, read apart from the code that uses them."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from fluent.syntax import FluentParser
from fluent.syntax.ast import (
    FunctionReference,
    Junk,
    Message,
    Placeable,
    SelectExpression,
    TextElement,
    VariableReference,
)
from fluent.syntax.visitor import Visitor


def entries(language: str) -> Iterator[Message | Junk]:
    """Yield every message of a language, and whatever could not be read as one."""
    for file in (files("capplan") / "locales" / language).iterdir():
        if file.name.endswith(".ftl"):
            for entry in FluentParser().parse(file.read_text("utf-8")).body:
                if isinstance(entry, Message | Junk):
                    yield entry


@cache
def messages(language: str) -> dict[str, Message]:
    """Return the messages of a language by key."""
    return {entry.id.name: entry for entry in entries(language) if isinstance(entry, Message)}


class _Collector(Visitor):
    """Collects text, the variables that are written, and those that only select."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.written: set[str] = set()
        self.selecting: set[str] = set()

    def visit_TextElement(self, node: TextElement) -> None:  # noqa: N802 - the visitor looks methods up by class name
        self.texts.append(node.value)

    def visit_Placeable(self, node: Placeable) -> None:  # noqa: N802 - likewise
        expression = node.expression
        if isinstance(expression, SelectExpression):
            if isinstance(expression.selector, VariableReference):
                self.selecting.add(expression.selector.id.name)
            for variant in expression.variants:
                self.visit(variant)
        elif isinstance(expression, VariableReference):
            self.written.add(expression.id.name)
        elif isinstance(expression, FunctionReference):
            for argument in expression.arguments.positional:
                if isinstance(argument, VariableReference):
                    self.written.add(argument.id.name)


def parts(message: Message) -> _Collector:
    """Return the texts and variables of a message, all its variants included."""
    found = _Collector()
    found.visit(message)
    return found


def text(message: Message) -> str:
    """Return what a message says itself, without the values it is given."""
    return re.sub(r"\s+", " ", " ".join(parts(message).texts))
