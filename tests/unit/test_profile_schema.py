"""The published JSON Schema accepts what capplan accepts, and little else."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "profiles" / "profile.schema.json").read_text(encoding="utf-8"))
_PROFILES = [*sorted((ROOT / "profiles").glob("*.toml")), ROOT / "tests" / "data" / "full.toml"]


def _document(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(
        json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str)
    )
    return read


@pytest.mark.parametrize("path", _PROFILES, ids=lambda path: path.name)
def test_schema_accepts_a_good_profile(path: Path) -> None:
    """A shipped profile, and one that uses every number, is valid against the schema."""
    jsonschema.validate(_document(path), SCHEMA)


@pytest.mark.parametrize(
    "change", [{"trafic": {}}, {"data": {}}, {"traffic": {"requests_per_s": "two"}}], ids=str
)
def test_schema_refuses_a_bad_profile(change: dict[str, Any]) -> None:
    """An unknown table, a missing field or text for a number is invalid against the schema."""
    document = _document(ROOT / "profiles" / "blog.toml") | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_every_field_of_the_schema_says_what_it_is() -> None:
    """Every field has a description, for the editors that show it."""
    fields = {
        f"{table}.{name}": field
        for table, part in SCHEMA["$defs"].items()
        for name, field in part.get("properties", {}).items()
    }
    assert [] == [name for name, field in fields.items() if "description" not in field]


def test_a_full_profile_takes_fifteen_lines() -> None:
    """The small blog is a whole profile in at most fifteen lines without comments."""
    text = (ROOT / "profiles" / "blog.toml").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip() and not line.startswith("#")]) <= 15
