"""toml_document: a TOML file that a person wrote, read and checked: a document out, or one clear sentence."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from capplan.errors import InputError
from capplan.part import IN_THE_CLEAR

_Document = TypeVar("_Document", bound=BaseModel)
_LARGEST_BYTES = 1_000_000
# Where the library that checks profiles would speak of its own types.
_PLAIN = {
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "tuple_type": "a list",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "date_type": "a date such as 2026-11-23",
    "date_parsing": "a date such as 2026-11-23",
    "date_from_datetime_parsing": "a date such as 2026-11-23",
    "date_from_datetime_inexact": "a date such as 2026-11-23",
}


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """What a file is called, and what to do where one is wrong or missing."""

    name: str
    remedy: str
    missing: str


def read_text(path: Path, kind: DocumentKind) -> str:
    """Return the text of a file a person wrote.

    Raises
    ------
    InputError
        If it cannot be read, is too large, or is no UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            expected = f"at most {_LARGEST_BYTES} bytes"
            raise InputError(
                str(path),
                found="a larger file",
                expected=expected,
                remedy=f"name a {kind.name}, not a data file",
            )
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            str(path), found="bytes that are not UTF-8", expected="UTF-8 text", remedy="save it as UTF-8"
        ) from error
    except OSError as error:
        found = (error.strerror or "an unreadable file").lower()
        raise InputError(
            str(path), found=found, expected=f"a readable {kind.name}", remedy=kind.missing
        ) from error


def parse_toml(text: str, name: str, kind: DocumentKind) -> dict[str, Any]:
    """Return the table that a text from ``name`` holds.

    Raises
    ------
    InputError
        If it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            name, found=f"text that is not TOML ({error})", expected="a TOML document", remedy=kind.remedy
        ) from error


def checked(document: type[_Document], table: dict[str, Any], name: str, kind: DocumentKind) -> _Document:
    """Return the document that a table is.

    Raises
    ------
    InputError
        If a key or a value is wrong; it names the first and counts the others.
    """
    try:
        return document.model_validate(table)
    except ValidationError as error:
        found = error.errors()
        raise _sentence(document, name, kind, found[0], len(found) - 1) from error


def read_document(document: type[_Document], path: Path, kind: DocumentKind) -> _Document:
    """Read a file into a document; raises what the three functions above raise."""
    return checked(document, parse_toml(read_text(path, kind), str(path), kind), str(path), kind)


def _sentence(
    document: type[BaseModel], name: str, kind: DocumentKind, error: ErrorDetails, others: int
) -> InputError:
    path = tuple(part for part in error["loc"] if part != "[key]")
    place = f"{name}: {'.'.join(map(str, path)) or 'the whole file'}"
    remedy = kind.remedy + (f" ({others} more to mend after this)" if others else "")
    if error["type"] == "missing":
        return InputError(
            place, found="nothing", expected=f"a value for {path[-1]!r}", remedy=f"add it; {remedy}"
        )
    if error["type"] == "extra_forbidden":
        known = _known_keys(document, path[:-1])
        near = get_close_matches(str(path[-1]), known, n=1)
        hint = f"did you mean {near[0]!r}? otherwise remove it" if near else "remove it"
        return InputError(
            place, found=f"an unknown key {path[-1]!r}", expected=f"one of {', '.join(known)}", remedy=hint
        )
    if error["type"] == IN_THE_CLEAR:
        return InputError(place, found="a secret in the clear", expected=str(error["msg"]), remedy=remedy)
    if error["type"] in _PLAIN:
        return InputError(place, found=_shown(error["input"]), expected=_PLAIN[error["type"]], remedy=remedy)
    expected = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return InputError(place, found=_shown(error["input"]), expected=expected, remedy=remedy)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one terminal line


def _known_keys(document: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """Return the keys of the table at a path; names of containers, classes and jobs, and list positions, are passed."""
    part = document
    for key in path:
        if str(key) in part.model_fields:
            part = _inner_part(part.model_fields[str(key)].annotation) or part
    return list(part.model_fields)


def _inner_part(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {dict, tuple, Union, UnionType}:
        return next((found for inner in get_args(annotation) if (found := _inner_part(inner))), None)
    return None
