"""On a terminal, init asks a few questions; what is answered stands in the profile."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

_SECONDS = 60


def _answer_every_question(folder: Path) -> str:
    """Run `capplan init` on a terminal of its own, type an answer to each question, and return what it showed."""
    command = str(Path(sys.executable).with_name("capplan"))
    terminal, theirs = pty.openpty()
    child = subprocess.Popen([command, "init"], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, asked, deadline = b"", 0, time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
        if shown.count(b"]: ") > asked:
            asked += 1
            os.write(terminal, b"80\n" if asked == 1 else b"7\n" if asked == 2 else b"\n")
    child.wait(_SECONDS)
    os.close(terminal)
    return shown.decode("utf-8", "replace")


def test_answers_on_a_terminal_stand_in_the_profile(tmp_path: Path) -> None:
    """The first two answers, users and requests per second, are the profile's; Enter keeps the marked example."""
    shown = _answer_every_question(tmp_path)
    text = (tmp_path / "capplan.toml").read_text(encoding="utf-8")
    assert "Written: capplan.toml" in shown
    assert "traffic.concurrent_users = 80" in text
    assert "traffic.requests_per_s = 7" in text
    assert "# example: replace" in text
