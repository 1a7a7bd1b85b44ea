"""Writes the pages of docs/reference that follow from the code, and the JSON Schemas of profile and scenario.

``python docs/generate.py`` writes them; a test compares them with what this would write today.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from capplan.assumptions import assumptions
from capplan.network_file import NetworkFile
from capplan.part import Part
from capplan.profile import ServiceProfile
from capplan.profile_schema import schema_text
from capplan.scenario import Scenario
from capplan.stack_file import StackFile

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "", "recommend", "loadtest", "report", "solve", "init", "schema", "stack up", "stack status", "stack down",
)  # fmt: skip
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
SCENARIO_INTRO = """\
# The scenario

A TOML file that says what to load, how, and how to watch it; `capplan loadtest` takes the file or its folder. Only
`base_url` or `stack` is required. Unknown keys are errors. A time is written with its unit, and passwords only as
`${NAME}` of the environment. Editors read [scenario.schema.json](../../scenarios/scenario.schema.json). How to write
one: [load-test your own stack](../how-to/load-test-your-own-stack.md).
"""
STACK_INTRO = """\
# The stack file

A TOML file that says which services a scenario's own stack has and how each is started; the scenario's `stack` names
it. `capplan stack up` starts them in the order of the file, on free ports of 127.0.0.1. Unknown keys are errors. Texts
may hold `{{NAME.port}}`, `{{NAME.address}}` and `{{NAME.folder}}` of any service, and `{{secret}}`, which is drawn anew
each time. `PG_BIN`, `REDIS_BIN` and `NGINX_BIN` in the environment name programs of the system to use instead of the
wheels. Where root calls, services run as `nobody`.
"""
NETWORK_INTRO = """\
# The network file

A queueing network in TOML, or in JSON if its name ends so; `capplan solve` takes it. What a request does is an
operation: it takes a member of its pool, if it has one, and keeps it while it alternates slices of its own code with
visits to other stations and calls of other operations. After each slice it chooses among its visits, its calls and its
end in proportion to their mean numbers, the end counting as one: numbers are geometric, and slices one more than they.
Times are written with their unit; everything is exponential unless a `law` says otherwise. Unknown keys are errors. How
the answer is found, and how far it is to be trusted: [the solvers](../explanation/the-solvers.md).

```toml
[stations.cpu]
servers = 2

[pools.workers]
size = 4

[pools.connections]
size = 1

[operations.page]
station = "cpu"
service = "60 ms"
pool = "workers"
calls = { query = 3 }

[operations.query]
station = "cpu"
service = "10 ms"
pool = "connections"

[sources.people]
population = 20
think_time = "1 s"
mix = { page = 1 }
```
"""
WHOLE = "the whole file"


def pages() -> dict[Path, str]:
    """Return every generated file with its text."""
    reference = ROOT / "docs" / "reference"
    return {
        ROOT / "profiles" / "profile.schema.json": schema_text(),
        reference / "assumptions.md": "".join(assumptions_page()),
        reference / "profile.md": "".join(profile_page()),
        ROOT / "scenarios" / "scenario.schema.json": scenario_schema(),
        reference / "scenario.md": "".join(scenario_page()),
        reference / "stack.md": "".join(stack_page()),
        reference / "network.md": "".join(network_page()),
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
    yield from part_page(ServiceProfile, WHOLE, [], defaults=False)


def scenario_page() -> Iterator[str]:
    """Yield the page of the scenario's tables and fields, with the values of what is left out."""
    yield SCENARIO_INTRO
    yield from part_page(Scenario, WHOLE, [], defaults=True)


def stack_page() -> Iterator[str]:
    """Yield the page of the stack file's tables and fields, with the values of what is left out."""
    yield STACK_INTRO
    yield from part_page(StackFile, WHOLE, [], defaults=True)


def network_page() -> Iterator[str]:
    """Yield the page of the network file's tables and fields, with the values of what is left out."""
    yield NETWORK_INTRO
    yield from part_page(NetworkFile, WHOLE, [], defaults=True)


def scenario_schema() -> str:
    """Return the JSON Schema of a scenario."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema()}
    schema["title"] = "capplan scenario"
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def part_page(
    part: type[BaseModel], name: str, seen: list[type[BaseModel]], *, defaults: bool
) -> Iterator[str]:
    """Yield one table of a document and the tables inside it, with the fields' defaults if asked for."""
    if part in seen:
        return
    seen.append(part)
    text = re.sub(r"\s+", " ", (part.__doc__ or "").strip())
    last = "left out" if defaults else "required"
    yield f"\n## {name}\n\n{text}\n\n| field | what it is | kind | {last} |\n|---|---|---|---|\n"
    inner: list[tuple[type[BaseModel], str]] = []
    for field, info in part.model_fields.items():
        kind, below = described(info.annotation, info.metadata)
        meaning = re.sub(r"\s+", " ", info.description or "")
        end = default(info, kind) if defaults else "yes" if info.is_required() else ""
        yield f"| `{field}` | {cell(meaning)} | {kind} | {end} |\n"
        path = field if name == WHOLE else f"{name.strip('`')}.{field}"
        inner += [(found, f"`{path}`") for found in below]
    for found, path in inner:
        yield from part_page(found, path, seen, defaults=defaults)


def default(info: FieldInfo, kind: str) -> str:
    """Return what holds where a field is left out."""
    value = info.default
    if info.is_required():
        return "required"
    if value is None or value in ((), {}) or isinstance(value, BaseModel):
        return ""
    if kind.startswith("amount"):
        return f"`{value:g} s`"
    if isinstance(value, bool):
        return str(value).lower()
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"`{each:g}`" if isinstance(each, float) else f"`{each}`" for each in values)


def described(annotation: object, metadata: list[object]) -> tuple[str, list[type[BaseModel]]]:
    """Return how a field is written, and the tables it holds."""
    text = str(annotation)
    below = [part for part in all_parts() if re.search(rf"\b{part.__module__}\.{part.__name__}\b", text)]
    example = next(examples(annotation, metadata), None)
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
    elif "Literal" in text or hasattr(annotation, "__members__"):
        what = "one of " + ", ".join(f"`{value}`" for value in choices(annotation))
    else:
        what = {"bool": "true or false", "date": "date", "int": "whole number", "float": "number"}.get(
            simple(text), "text"
        )
    return what, below


def simple(text: str) -> str:
    """Return the plain type a field's annotation names."""
    return next(
        (name for name in ("bool", "date", "int", "float", "str") if re.search(rf"\b{name}\b", text)), "str"
    )


def all_parts() -> Sequence[type[BaseModel]]:
    """Return every table of every document."""
    return Part.__subclasses__()


def examples(annotation: object, metadata: list[object]) -> Iterator[str]:
    """Yield the ways to write a number that an annotation carries."""
    marks: list[Any] = [*metadata, *getattr(annotation, "__metadata__", ())]
    for each in marks:
        if hasattr(each, "example"):
            yield each.example
        elif isinstance(each, WithJsonSchema):
            yield from (each.json_schema or {}).get("examples", ())
    for inner in getattr(annotation, "__args__", ()):
        yield from examples(inner, [])


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
        words = ["capplan", *command.split(), "--help"]
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
