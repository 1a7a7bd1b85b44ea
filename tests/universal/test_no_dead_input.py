"""No number a person writes is read and forgotten: each moves something in the plan."""

import copy
import re
import tomllib
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from capplan.errors import CapplanError
from capplan.estimate import Estimate
from capplan.profile import ServiceProfile
from tests.planning import plan_of

_ROOT = Path(__file__).parents[2]
_PROFILES = {
    "reference": _ROOT / "profiles" / "reference.toml",
    "full": _ROOT / "tests" / "data" / "full.toml",
}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(.*)", re.DOTALL)
_FIFTH = 0.2
_HUNDREDTH = 0.01

# Numbers that describe and decide nothing, by profile and path, each with its reason.
DESCRIPTIVE: dict[tuple[str, str], str] = {}

Steps = tuple[str | int, ...]


@cache
def _document(name: str) -> dict[str, Any]:
    return tomllib.loads(_PROFILES[name].read_text(encoding="utf-8"))


def _leaves(part: object, path: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Yield every value of a document with its path."""
    if isinstance(part, dict | list):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            yield from _leaves(value, (*path, key))
    else:
        yield path, part


def _numeric(document: dict[str, Any]) -> Iterator[Steps]:
    """Yield the paths of numbers, and of texts that begin with one."""
    for path, value in _leaves(document):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number or (isinstance(value, str) and re.match(r"\d", value)):
            yield path


def _moved(value: float | str, by: float) -> float | str:
    """Return a number moved by a share of itself; a whole number by one at least; a text with its unit kept."""
    if isinstance(value, int):
        return value + max(round(value * abs(by)), 1) * (1 if by > 0 else -1)
    if isinstance(value, float):
        return value * (1 + by)
    match = _AMOUNT.fullmatch(value)
    assert match is not None
    return f"{float(match.group(1)) * (1 + by):.12g}{match.group(2)}"


def _with(document: dict[str, Any], path: Steps, by: float) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    *above, last = path
    part: Any = copied
    for key in above:
        part = part[key]
    part[last] = _moved(part[last], by)
    return copied


def _facts(document: dict[str, Any], without: str) -> dict[Steps, Any]:
    """Return every value of the plan by its path, but the figure that only repeats the input itself."""
    plan = plan_of(document).model_dump(mode="json")
    plan["figures"].pop(without, None)
    return dict(_leaves(plan))


@cache
def _before(name: str) -> dict[Steps, Any]:
    return _facts(_document(name), without="")


def _figure_key(path: Steps) -> str:
    """Return the key of the figure that a number of the profile has if it is told."""
    keys = [str(key) for key in path if key not in ("low", "mid", "high")]
    return keys[-1] if keys[0] == "assume" else ".".join(keys)


_CASES = [
    pytest.param(name, path, id=f"{name}:{'.'.join(map(str, path))}")
    for name in _PROFILES
    for path in _numeric(_document(name))
    if (name, ".".join(map(str, path))) not in DESCRIPTIVE
]


@pytest.mark.parametrize(("name", "path"), _CASES)
def test_every_number_moves_the_plan(name: str, path: Steps) -> None:
    """A fifth more, or less where more is impossible, changes something besides the number's own figure.

    A hundredth where the number's own bounds leave no room for a fifth.
    """
    own = _figure_key(path)
    before = {key: value for key, value in _before(name).items() if key[:2] != ("figures", own)}
    for by in (_FIFTH, -_FIFTH, _HUNDREDTH):
        try:
            after = _facts(_with(_document(name), path, by), without=own)
        except (ValidationError, CapplanError):
            continue
        moved = before != after
        assert moved
        return
    pytest.fail("neither a fifth more, nor a fifth less, nor a hundredth more is a possible profile")


def test_every_exception_is_a_number_that_exists() -> None:
    """The list of numbers that only describe names numbers of the profiles and a reason for each."""
    exist = {(name, ".".join(map(str, path))) for name in _PROFILES for path in _numeric(_document(name))}
    assert set(DESCRIPTIVE) <= exist
    assert all(len(reason.split()) > 3 for reason in DESCRIPTIVE.values())


def _fields(annotation: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every number in the definition of a profile, ``*`` for names and places in a list."""
    if annotation is Estimate or annotation is int:
        yield path
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from _fields(field.annotation, (*path, name))
    elif get_origin(annotation) is dict:
        yield from _fields(get_args(annotation)[1], (*path, "*"))
    elif get_origin(annotation) is tuple:
        yield from _fields(get_args(annotation)[0], (*path, "*"))
    elif get_origin(annotation) is Annotated:
        yield from _fields(get_args(annotation)[0], path)
    elif get_origin(annotation) in {Union, types.UnionType}:
        for inner in get_args(annotation):
            yield from _fields(inner, path)


def _matches(path: Steps, field: tuple[str, ...]) -> bool:
    steps = path[:-1] if path[-1] in ("low", "mid", "high") else path
    return len(steps) == len(field) and all(
        part in ("*", step) for step, part in zip(steps, field, strict=True)
    )


def test_the_full_profile_uses_every_number_of_the_schema() -> None:
    """No number of a profile's definition is left out of the profile that these tests walk over."""
    used = list(_numeric(_document("full")))
    fields = set(_fields(ServiceProfile))
    assert len(fields) > 60
    assert [] == sorted(field for field in fields if not any(_matches(path, field) for path in used))
