"""The published JSON Schema of a scenario accepts what capplan accepts, and little else."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capplan.scenario import Scenario

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8"))
_HOW_TO = (ROOT / "docs" / "how-to" / "load-test-your-own-stack.md").read_text(encoding="utf-8")
_EXAMPLE = re.findall(r"^```toml\n(.*?)^```", _HOW_TO, re.DOTALL | re.MULTILINE)[0]
_SHIPPED = sorted(ROOT.glob("scenarios/*/scenario.toml"))
_SCENARIOS = {"how-to": _EXAMPLE} | {path.parent.name: path.read_text("utf-8") for path in _SHIPPED}


@pytest.mark.parametrize("text", _SCENARIOS.values(), ids=_SCENARIOS)
def test_schema_accepts_a_good_scenario(text: str) -> None:
    """A shipped scenario, and that of the how-to page, is valid against the schema and accepted by capplan."""
    document = tomllib.loads(text)
    jsonschema.validate(document, SCHEMA)
    Scenario.model_validate(document)


@pytest.mark.parametrize(
    "change",
    [
        {"step": []},
        {"steps": [{"users": 20}]},
        {"steps": [{"kind": "ramp"}]},
        {"steps": [{"kind": "rate", "rate": 8, "duration": 60}]},
        {"load": {"most_users": 0}},
        {"observe": {"services": {"web": {"kind": "apache"}}}},
    ],
    ids=str,
)
def test_schema_refuses_a_bad_scenario(change: dict[str, Any]) -> None:
    """An unknown table, a missing or unknown kind, a time without unit or too few users is invalid, here and there."""
    document = tomllib.loads(_EXAMPLE) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
    with pytest.raises(ValueError, match="validation error"):
        Scenario.model_validate(document)


def test_every_field_of_the_schema_says_what_it_is() -> None:
    """Every field has a description, for the editors that show it."""
    parts = SCHEMA["$defs"] | {"scenario": SCHEMA}
    fields = {
        f"{name}.{key}": field
        for name, part in parts.items()
        for key, field in part.get("properties", {}).items()
    }
    told = {name for name, part in SCHEMA["$defs"].items() if "description" in part}
    assert [] == [
        name
        for name, field in fields.items()
        if "description" not in field and field.get("$ref", "").removeprefix("#/$defs/") not in told
    ]
