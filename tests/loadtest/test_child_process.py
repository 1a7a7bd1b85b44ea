"""A child that is talked to in lines: what it says is heard, and none outlives its parent."""

import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capplan.errors import MeasurementError
from capplan.loadtest.child_process import Child, listen
from capplan.loadtest.instruments import Instruments
from tests.truth.processes import ended_within

LONG_S = 60.0
STUBBORN = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print('{"event": "ready"}', flush=True)
    time.sleep(600)
"""
ECHO = "import sys\nfor line in sys.stdin: sys.stdout.write(line); sys.stdout.flush()\n"


def _child(tmp_path: Path, code: str, mark: str = "test") -> Child:
    return Child("echo", (sys.executable, "-c", textwrap.dedent(code)), log=tmp_path / "log", mark=mark)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_is_said_is_heard(tmp_path: Path) -> None:
    """Messages come back whole, however they are cut on their way."""
    child = _child(tmp_path, ECHO)
    sent = [{"n": n, "text": "x" * n * 1000} for n in range(30)]
    heard: list[dict[str, object]] = []
    for message in sent:
        child.tell(message)
        heard += [found for _, found in listen([child], 0.0)]
    deadline = time.monotonic() + 60
    while len(heard) < len(sent) and time.monotonic() < deadline:
        heard += [found for _, found in listen([child], 0.2)]
    child.end(5)
    assert sent == heard
    assert _gone(child.pid)


def test_a_message_said_in_pieces_is_waited_for(tmp_path: Path) -> None:
    """Half a line is nothing said: whoever listens waits for the rest of it."""
    code = """
        import os, time
        os.write(1, b'{"n":')
        time.sleep(0.3)
        os.write(1, b' 1}\\n')
        time.sleep(60)
    """
    child = _child(tmp_path, code)
    try:
        assert [{"n": 1}] == [message for _, message in listen([child], 60.0)]
    finally:
        child.end(0.1)


def test_a_child_that_ends_is_noticed(tmp_path: Path) -> None:
    """A child that ends unasked is an error of the measurement, told with its exit code."""
    child = _child(tmp_path, "raise SystemExit(9)")
    with pytest.raises(MeasurementError, match="code 9"):
        list(listen([child], 60.0))
    child.end(0)


def test_a_child_that_will_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    """One that ignores words and SIGTERM is killed after the timeout, and so is what it has started."""
    code = """
        import json, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print(json.dumps({"pid": other.pid}), flush=True)
        time.sleep(60)
    """
    child = _child(tmp_path, code)
    try:
        (_, message), *_ = listen([child], 60.0)
    finally:
        child.end(0.1)
    assert _gone(child.pid)
    assert ended_within([int(message["pid"])], 5.0)


@contextmanager
def _interrupted_by(act: Callable[[], None]) -> Iterator[None]:
    """Act in a signal's handler, as a second Ctrl-C does, in the midst of what is done here; it must not take long."""
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: act())
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    begun_s = time.monotonic()
    try:
        yield
        assert time.monotonic() - begun_s < LONG_S / 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def test_whoever_listens_to_a_child_that_is_killed_hears_of_it_at_once(tmp_path: Path) -> None:
    """Who waits for the word of a child, and kills it meanwhile, is told of its end, not that the time is over."""
    child = _child(tmp_path, STUBBORN)
    try:
        assert [{"event": "ready"}] == [message for _, message in listen([child], LONG_S)]
        with _interrupted_by(child.kill), pytest.raises(MeasurementError, match="code -9"):
            list(listen([child], LONG_S))
    finally:
        child.end(0.0)


def test_instruments_that_are_being_closed_can_be_killed(tmp_path: Path) -> None:
    """Whoever loses patience while a child is given its time to end need not wait for the rest of it."""
    instruments, child = Instruments(tmp_path, "test", LONG_S), _child(tmp_path, STUBBORN)
    assert [{"event": "ready"}] == [message for _, message in listen([child], LONG_S)]
    instruments._children["load generator"] = child
    with _interrupted_by(instruments.kill):
        instruments.close(LONG_S)
    assert _gone(child.pid)
