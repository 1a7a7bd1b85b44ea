"""Intervals are as wide as what is not known: nothing from certainty, and never less from more doubt."""

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from capplan.assumptions import Assumption, assumptions
from capplan.requirement import ResourceKind
from capplan.worlds import interval
from tests.planning import changed, needs_of, plan_of

_ROOT = Path(__file__).parents[2]
_REFERENCE = _ROOT / "profiles" / "reference.toml"
_ALL = (_REFERENCE, _ROOT / "profiles" / "rest-api.toml", _ROOT / "tests" / "data" / "full.toml")
_ROUNDING = 1e-9
_BOUNDS = ({"low", "mid", "high"}, {"earliest", "middle", "latest"})
# The needs are quantiles of 256 draws, not of the laws behind them. Of all inputs of the reference profile, widening
# the worker's memory narrows the need for memory most: by 2.11 % of its width; the next, disk_system_bytes, narrows
# that for disk by 1.60 %.
_SAMPLING_TOLERANCE_RATIO = 0.023


def _document(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _certain(part: Any) -> Any:  # noqa: ANN401 - any part of a TOML document, and the same without its intervals
    """Return a document in which every low/mid/high is its middle."""
    if isinstance(part, dict):
        return part["mid"] if "mid" in part else {key: _certain(value) for key, value in part.items()}
    return [_certain(value) for value in part] if isinstance(part, list) else part


def _intervals(part: object, place: str = "plan") -> Iterator[tuple[str, list[Any]]]:
    """Yield every interval of numbers or dates in a plan's JSON, with where it stands."""
    if isinstance(part, dict):
        for names in _BOUNDS:
            if names <= set(part):
                yield place, [value for key, value in part.items() if key in names]
        for key, value in part.items():
            yield from _intervals(value, f"{place}.{key}")
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from _intervals(value, f"{place}.{number}")


@pytest.mark.parametrize("path", _ALL, ids=lambda path: path.stem)
def test_without_doubt_there_is_no_interval(path: Path) -> None:
    """When every assumption and every number of a profile is exact, so is every figure, break and date of its plan."""
    middles = {key: each.estimate.mid for key, each in assumptions().items()}
    document = _certain(_document(path))
    document["assume"] = middles | document.get("assume", {})
    found = list(_intervals(json.loads(plan_of(document).model_dump_json())))
    assert len(found) > 80
    wide = [(place, values) for place, values in found if not _same(values)]
    assert [] == wide


def _same(values: list[Any]) -> bool:
    if all(isinstance(value, float | int) for value in values):
        return bool(max(values) - min(values) <= _ROUNDING * abs(max(values)))
    return len(set(values)) == 1


def _bounds_twice_as_far(assumption: Assumption) -> dict[str, float]:
    """Return the estimate with its distances from the middle doubled, as far as the number can be.

    What cannot be nothing stays a tenth of its low, a factor that raises stays at least 1, a share at most 1.
    """
    given = assumption.estimate
    least = 1.0 if assumption.unit == "x" and given.low >= 1 else given.low / 10
    most = 1.0 if assumption.unit == "ratio" else float("inf")
    low, high = max(2 * given.low - given.mid, least), min(2 * given.high - given.mid, most)
    return {"low": min(low, given.low), "mid": given.mid, "high": max(high, given.high)}


def _widths(document: dict[str, Any]) -> dict[ResourceKind, float]:
    """Return high - low of the three needs of the recommended tier."""
    bounds = {kind: interval(need) for kind, need in needs_of(document, months=24).items()}
    return {kind: high - low for kind, (low, _, high) in bounds.items()}


@cache
def _reference_widths() -> dict[ResourceKind, float]:
    return _widths(_document(_REFERENCE))


_WIDER: dict[str, object] = {
    f"assume__{key}": _bounds_twice_as_far(each)
    for key, each in assumptions().items()
    if each.estimate.low < each.estimate.high
}
# What the reference profile states as measured, its distances from the middle doubled.
_WIDER |= {
    f"containers__{name}__memory": {"low": f"{low} MB", "mid": f"{mid} MB", "high": f"{high} MB"}
    for name, (low, mid, high) in {
        "nginx": (6.1, 6.3, 28.7),
        "web": (172, 240, 284),
        "asgi": (78, 80, 86),
        "worker": (114, 146, 166),
        "beat": (66, 68, 70),
    }.items()
}
# Twelve months before its middle is as early as now; a month is the least that a profile can say.
_WIDER["data__growth_over"] = {"low": "1 month", "mid": "24 months", "high": "48 months"}


@pytest.mark.parametrize("key", _WIDER)
def test_more_doubt_is_never_told_as_less(key: str) -> None:
    """Widening what is known of one input never narrows what is told of a need, but for the sampling of 256 worlds."""
    after = _widths(changed(_document(_REFERENCE), **{key: _WIDER[key]}))
    for kind, width in _reference_widths().items():
        assert after[kind] >= width * (1 - _SAMPLING_TOLERANCE_RATIO), kind


def test_every_table_of_the_reference_profile_is_widened() -> None:
    """No interval of the reference profile is left out of the widening above."""
    tables = [path for path in _tables(_document(_REFERENCE)) if path]
    assert tables == [key for key in _WIDER if not key.startswith("assume__")]


def _tables(part: object, path: str = "") -> list[str]:
    if not isinstance(part, dict):
        return []
    if "mid" in part:
        return [path]
    return [found for key, value in part.items() for found in _tables(value, f"{path}__{key}".lstrip("_"))]
