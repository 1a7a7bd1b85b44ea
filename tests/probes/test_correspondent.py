"""Servers that answer late, wrongly or never delay nobody, and are asked again later."""

import threading
import time

import pytest

from capplan.machine.absence import AbsentError
from capplan.probe import Absences, Statistics
from capplan.sampler import correspondent
from capplan.sampler.correspondent import Correspondent


class Patient:
    """A probe whose server answers when it is let."""

    by = "test"
    address = version = ""

    def __init__(self) -> None:
        self.absent: Absences = {}
        self.may_answer = threading.Semaphore(0)
        self.asked: list[bool] = []
        self.closed = 0
        self.error: Exception | None = None

    def ask(self, *, full: bool) -> Statistics:
        """Wait, then answer with the number of the question."""
        self.asked.append(full)
        self.may_answer.acquire()
        if self.error is not None:
            raise self.error
        return {"number": len(self.asked)}

    def close(self) -> None:
        """Count it."""
        self.closed += 1


def _soon() -> float:
    return time.monotonic() + 5


def test_an_answer_in_time_is_given_and_a_late_one_is_dropped() -> None:
    """What comes after the deadline belongs to no sample: the next question gets an answer of its own."""
    probe = Patient()
    asked = Correspondent(probe)
    probe.may_answer.release()
    asked.ask(full=True)
    assert {"number": 1} == asked.answer(_soon())
    asked.ask(full=False)
    began = time.monotonic()
    assert {} == asked.answer(began + 0.05)
    assert time.monotonic() - began < 2
    asked.ask(full=False)  # the second is still open: nothing is asked
    probe.may_answer.release()
    assert {} == asked.answer(time.monotonic() + 0.2)
    probe.may_answer.release()
    _until_asked(asked, probe, 3)
    assert {"number": 3} == asked.answer(_soon())
    assert [True, False, False] == probe.asked


def _until_asked(asked: Correspondent, probe: Patient, number: int) -> None:
    """Ask until the question was taken: the late answer of the one before it may still be on its way."""
    until = _soon()
    while len(probe.asked) < number and time.monotonic() < until:
        asked.ask(full=False)
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (AbsentError("it does not want to"), "it does not want to"),
        (IndexError("nonsense"), "nonsense"),
    ],
)
def test_a_failure_is_an_absence_and_ends(
    error: Exception, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any error the connection is closed and nobody is asked for a while; then it begins anew."""
    monkeypatch.setattr(correspondent, "_RETRY_AFTER_S", 0.2)
    probe = Patient()
    probe.error = error
    probe.may_answer.release(2)
    asked = Correspondent(probe)
    asked.ask(full=True)
    assert {} == asked.answer(_soon())
    assert {"test": says} == probe.absent
    assert 1 == probe.closed
    asked.ask(full=True)
    assert 1 == len(probe.asked)
    probe.error = None
    time.sleep(0.25)
    asked.ask(full=True)
    assert {"number": 2} == asked.answer(_soon())


def test_who_is_to_be_asked_seldom_is() -> None:
    """Between two questions that are not full there is no answer; a full one is always put."""
    probe = Patient()
    probe.may_answer.release(9)
    asked = Correspondent(probe, every_s=60)
    found = []
    for full in (False, False, True, False):
        asked.ask(full=full)
        found.append(asked.answer(_soon()))
    assert [{"number": 1}, {}, {"number": 2}, {}] == found
