"""Writes the pages of docs/reference that follow from the code, and the JSON Schema of a profile.

``python docs/generate.py`` writes them; a test compares them with what this would write today.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel

from capplan.assumptions import assumptions
from capplan.profile import ServiceProfile
from capplan.profile_schema import schema_text

ROOT = Path(__file__).parents[1]
COMMANDS = ("", "recommend", "report", "init", "schema")
HOW = {
    "measured": "measured once by this project, on one service and machine",
    "read": "read in the source named",
    "recalled": "well known; the source was not opened for this entry",
    "policy": "a decision of capplan's authors, not a fact",
}

ASSUMPTIONS_INTRO = """\
# Assumptions

Every number capplan assumes when a profile does not say. A profile replaces one by its own field, or by key in its
`assume` table (in the unit shown). An interval is low, most likely and high.

"""
PROFILE_INTRO = """\
# The service profile

A TOML file. Only `traffic`, `containers` and `data` are required; what is left out is taken from the
[assumptions](assumptions.md). Every number may be one value, or a table with `low`, `mid` and `high`, and `basis`
(measured, fitted, derived, assumed) and `source`. Editors read
[profile.schema.json](../../profiles/profile.schema.json).
"""


def pages() -> dict[Path, str]:
    """Return every generated file with its text."""
    reference = ROOT / "docs" / "reference"
    return {
        ROOT / "profiles" / "profile.schema.json": schema_text(),
        reference / "assumptions.md": "".join(assumptions_page()),
        reference / "profile.md": "".join(profile_page()),
        reference / "findings.md": "".join(findings_page()),
        reference / "cli.md": "".join(cli_page()),
    }


def assumptions_page() -> Iterator[str]:
    """Yield the page of assumptions."""
    yield ASSUMPTIONS_INTRO
    for how, meaning in HOW.items():
        yield f"- *{how}*: {meaning}.\n"
    yield "\n| key | value | unit | how | since | source |\n|---|---|---|---|---|---|\n"
    for key, each in assumptions().items():
        low, mid, high = (
            f"{value:g}" for value in (each.estimate.low, each.estimate.mid, each.estimate.high)
        )
        value = mid if low == high else f"{low} / {mid} / {high}"
        yield f"| `{key}` | {value} | {each.unit} | {each.how} | {each.as_of} | {cell(each.estimate.source)} |\n"


def profile_page() -> Iterator[str]:
    """Yield the page of the profile's tables and fields."""
    yield PROFILE_INTRO
    seen: list[type[BaseModel]] = []
    yield from part_page(ServiceProfile, "the whole file", seen)


def part_page(part: type[BaseModel], name: str, seen: list[type[BaseModel]]) -> Iterator[str]:
    """Yield one table of the profile and the tables inside it."""
    if part in seen:
        return
    seen.append(part)
    text = re.sub(r"\s+", " ", (part.__doc__ or "").strip())
    yield f"\n## {name}\n\n{text}\n\n| field | what it is | kind | required |\n|---|---|---|---|\n"
    inner: list[tuple[type[BaseModel], str]] = []
    for field, info in part.model_fields.items():
        kind, below = described(info.annotation, info.metadata)
        meaning = info.description or ""
        yield f"| `{field}` | {cell(meaning)} | {kind} | {'yes' if info.is_required() else ''} |\n"
        path = field if name == "the whole file" else f"{name.strip('`')}.{field}"
        inner += [(found, f"`{path}`") for found in below]
    for found, path in inner:
        yield from part_page(found, path, seen)


def described(annotation: object, metadata: list[object]) -> tuple[str, list[type[BaseModel]]]:
    """Return how a field is written, and the tables it holds."""
    text = str(annotation)
    below = [part for part in all_parts() if re.search(rf"\b{part.__name__}\b", text)]
    example = next((each.example for each in kinds(annotation, metadata)), None)
    if "dict" in text:
        what = (
            "table of tables" if below else f'table of amounts such as `"{example}"`' if example else "table"
        )
    elif "tuple" in text:
        what = "list of tables" if below else "list"
    elif below:
        what = "table"
    elif example is not None:
        what = (
            f"number, such as `{example}`"
            if re.fullmatch(r"[\d.]+", example)
            else f'amount, such as `"{example}"`'
        )
    elif "Literal" in text or "Role" in text:
        what = "one of " + ", ".join(f"`{value}`" for value in choices(annotation))
    else:
        what = {"bool": "true or false", "date": "date", "int": "whole number"}.get(simple(text), "text")
    return what, below


def simple(text: str) -> str:
    """Return the plain type a field's annotation names."""
    return next((name for name in ("bool", "date", "int", "str") if re.search(rf"\b{name}\b", text)), "str")


def all_parts() -> list[type[BaseModel]]:
    """Return every table of a profile."""
    base = ServiceProfile.__mro__[1]
    return [part for part in base.__subclasses__() if part is not ServiceProfile]


def kinds(annotation: object, metadata: list[object]) -> Iterator[object]:
    """Yield the ways to write a number that an annotation carries."""
    yield from (each for each in metadata if hasattr(each, "example"))
    for each in getattr(annotation, "__metadata__", ()):
        if hasattr(each, "example"):
            yield each
    for each in getattr(annotation, "__args__", ()):
        yield from kinds(each, [])


def choices(annotation: object) -> list[str]:
    """Return the words a field may have."""
    if hasattr(annotation, "__members__"):
        return [str(member) for member in annotation.__members__.values()]
    return [each for each in getattr(annotation, "__args__", ()) if isinstance(each, str)]


def findings_page() -> Iterator[str]:
    """Yield the page of finding codes."""
    yield "# Findings\n\nStable codes, with the sentence each becomes in English.\n\n| code | sentence |\n|---|---|\n"
    text = files("capplan").joinpath("locales/en/findings.ftl").read_text(encoding="utf-8")
    for key, sentence in re.findall(r"^([a-z-]+) = (.+)$", text, re.MULTILINE):
        if not key.endswith("-short"):
            shown = re.sub(r"{ [$]([a-z_]+) }", r"*\1*", sentence)
            yield f"| `{key}` | {cell(shown)} |\n"


def cli_page() -> Iterator[str]:
    """Yield the page of commands, as they describe themselves."""
    yield "# Commands\n"
    for command in COMMANDS:
        words = ["capplan", *([command] if command else []), "--help"]
        run = subprocess.run(
            [sys.executable, "-m", *words],
            capture_output=True,
            text=True,
            check=True,
            env={
                "COLUMNS": "100",
                "TERM": "dumb",
                "NO_COLOR": "1",
                "PYTHONIOENCODING": "utf-8",
                "LANG": "C.UTF-8",
            },
        )
        lines = "\n".join(line.rstrip() for line in run.stdout.strip().splitlines())
        yield f"\n## {' '.join(words)}\n\n```text\n{lines.replace('python -m capplan', 'capplan')}\n```\n"


def cell(text: str) -> str:
    """Return text that cannot end a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
