"""Faults: whatever goes wrong, a load test ends with the right code, keeps what it has and leaves no process behind."""

from pathlib import Path

import pytest

from tests.truth.fault import Fault, differences, tried
from tests.truth.fault_table import FAULTS


@pytest.mark.parametrize(
    "fault",
    [pytest.param(each, id=each.name, marks=() if each.is_quick else (pytest.mark.deep,)) for each in FAULTS],
)
def test_a_fault_ends_as_it_has_to(fault: Fault, tmp_path: Path) -> None:
    """The exit code, the state of the run and of its last step, and what is kept are those of the table."""
    if not fault.possible():
        pytest.skip("this machine cannot bring it about")
    found = tried(fault, tmp_path)
    assert [] == differences(fault, found), found
