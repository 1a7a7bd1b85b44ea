"""The table of assumptions, and its use in the source."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import capplan
from capplan.assumptions import Assumption, assumptions
from capplan.estimate import Basis
from capplan.growth import moment
from capplan.inputs import Inputs
from capplan.profile import Role
from capplan.requirement import ResourceKind
from capplan.sizing import SIZERS
from capplan.workload import build_workload
from tests.planning import SMALL, changed, profile_of

_SOURCE = Path(capplan.__file__).parent
# How a key ends says in what its number is counted; what is none of these is a plain number of things.
_SUFFIX = {
    "B": ("_bytes", "_bytes_per_request"),
    "s": ("_s",),
    "1/s": ("_per_s",),
    "B/s": ("_bytes_per_s",),
    "ratio": ("_ratio",),
    "x": ("_ratio",),
    "cores": ("_cores",),
    "months": ("_months",),
    "days": ("_days",),
}
_COUNTED = {
    "processes",
    "threads",
    "connections",
    "copies",
    "writes",
    "commits",
    "jobs",
    "pages",
    "operations",
    "series",
}
_COUNT = re.compile(
    r"_(processes|threads|connections|copies|generations|count|depth|series|\w+_per_(request|commit))$"
)
_ASKING = {"assumed": 0, "get": 1, "fixed": 1}

_EACH = pytest.mark.parametrize("assumption", assumptions().values(), ids=list(assumptions()))


@_EACH
def test_an_assumption_says_where_it_comes_from(assumption: Assumption) -> None:
    """Every assumption has a source of some words, one of four ways it was used, and a day it stands since."""
    assert len(assumption.estimate.source.split()) > 1
    assert assumption.how in {"measured", "read", "recalled", "policy"}
    assert date(2026, 11, 1) <= assumption.as_of
    assert assumption.estimate.basis is Basis.ASSUMED


@_EACH
def test_a_key_ends_with_the_unit_of_its_number(assumption: Assumption) -> None:
    """A number with a unit has it as its key's suffix; the others are counts and say of what."""
    if assumption.unit in _SUFFIX:
        assert assumption.key.endswith(_SUFFIX[assumption.unit])
        assert assumption.unit in {"1/s", "B/s"} or not assumption.key.endswith("_per_s")
    else:
        assert assumption.unit in _COUNTED
        assert _COUNT.search(assumption.key)


@_EACH
def test_an_assumption_is_possible(assumption: Assumption) -> None:
    """No assumption is negative, and a share that something is divided by leaves something."""
    assert assumption.estimate.low >= 0
    if assumption.key.endswith("_share_ratio"):
        assert assumption.estimate.high < 1


def test_what_nobody_measured_has_no_claim_of_certainty() -> None:
    """Only decisions and product defaults are exact: what was measured is stated with its spread."""
    exact = {key for key, each in assumptions().items() if each.estimate.low == each.estimate.high}
    assert [] == [key for key in exact if assumptions()[key].how == "measured"]


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield every text in a piece of source as a pattern, with whatever an f-string fills in left open."""
    inside = {
        id(part) for joined in ast.walk(node) if isinstance(joined, ast.JoinedStr) for part in joined.values
    }
    for found in ast.walk(node):
        if isinstance(found, ast.JoinedStr):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                for part in found.values
            )
        elif isinstance(found, ast.Constant) and isinstance(found.value, str) and id(found) not in inside:
            yield re.escape(found.value)


def _planning() -> Iterator[ast.Module]:
    """Yield the modules that compute: those that ask for an assumption, directly or through a table."""
    for path in sorted(_SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "inputs" in text and "starter" not in path.name:
            yield ast.parse(text)


def _asked() -> Iterator[str]:
    """Yield the pattern of every assumption that a call of ``inputs`` asks for by name."""
    calls = [node for module in _planning() for node in ast.walk(module) if isinstance(node, ast.Call)]
    for call in calls:
        if not isinstance(call.func, ast.Attribute) or not ast.unparse(call.func.value).endswith("inputs"):
            continue
        place = _ASKING.get(call.func.attr)
        if place is not None and isinstance(call.args[place], ast.Constant | ast.JoinedStr):
            yield from _strings(call.args[place])


def test_every_assumption_is_used() -> None:
    """No number stands in the table for nothing: each key, or a pattern that makes it, occurs in a calculation."""
    patterns = {pattern for module in _planning() for pattern in _strings(module) if pattern != r"\w+"}
    used = re.compile("|".join(f"(?:{pattern})" for pattern in patterns if "_" in pattern))
    assert [] == [key for key in assumptions() if not used.fullmatch(key)]


def test_every_assumption_asked_for_exists() -> None:
    """No calculation asks for a number that is not in the table."""
    asked = sorted(set(_asked()))
    assert len(asked) > 50
    assert [] == [
        pattern for pattern in asked if not any(re.fullmatch(pattern, key) for key in assumptions())
    ]


@pytest.mark.parametrize("role", Role)
def test_a_container_of_every_role_can_be_assumed(role: Role) -> None:
    """A container of which nothing but its role is known is sized from assumptions alone."""
    document = changed(
        SMALL, containers__more={"role": str(role)}, jobs={"later": {"per_hour": 5, "container": "more"}}
    )
    inputs = Inputs(profile_of(document))
    workload = build_workload(inputs)
    for kind in (ResourceKind.MEMORY, ResourceKind.DISK):
        assert SIZERS[kind](inputs, workload, moment("then", 1)).need.values.min() > 0


def test_every_assumption_lies_in_its_own_range() -> None:
    """What is assumed could also have been stated: it lies in the range that a profile's number must lie in."""
    outside = [
        key
        for key, each in assumptions().items()
        if not each.least <= each.estimate.low <= each.estimate.high <= each.most
    ]
    assert [] == outside
