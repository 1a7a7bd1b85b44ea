"""What a tried load says of the objective: met, missed, or nothing because the measurement itself was spoiled."""

import pytest

from capplan.loadtest.capacity_run import meets
from capplan.measurements import Gate, StepResult
from capplan.scenario import Objective
from tests.fabricated_run import PROFILE, measured

_GOAL = Objective.model_validate({"response_time": "200 ms"})
_VALID = next(step for step in measured().steps if step.valid and step.response is not None)


def _step(p95_s: float, *failed: str, aborted: str = "") -> StepResult:
    assert _VALID.response is not None
    late = _VALID.response.p95_s.model_copy(update={"mid": p95_s})
    gates = tuple(Gate(code=code, passed=False, found=1.0, limit=0.0, unit="ratio") for code in failed)
    return _VALID.model_copy(
        update={
            "asked": PROFILE,
            "response": _VALID.response.model_copy(update={"p95_s": late}),
            "gates": gates,
            "aborted": aborted,
            "valid": not failed and not aborted,
        }
    )


@pytest.mark.parametrize(
    ("p95_s", "failed", "aborted", "answer"),
    [
        (0.1, (), "", True),
        (0.3, (), "", False),
        (0.3, ("drift", "steady"), "", False),
        (0.3, ("achieved",), "", False),
        (0.1, ("drift",), "", None),
        (0.1, ("errors",), "", False),
        (0.1, (), "target-down", False),
        (0.3, ("foreign",), "", None),
        (0.3, ("generator", "drift"), "", None),
        (0.3, ("steal",), "", None),
        (0.1, (), "rate-cap", None),
    ],
)
def test_only_what_the_target_did_counts(
    p95_s: float, failed: tuple[str, ...], aborted: str, *, answer: bool | None
) -> None:
    """Slow, failing and unsettled steps miss the objective; one that something else disturbed says nothing at all."""
    assert answer is meets(_step(p95_s, *failed, aborted=aborted), _GOAL)
