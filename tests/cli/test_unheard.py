"""Where nobody reads what a command says, it does its work all the same and ends with its own exit code."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from capplan.cli.telling import _bearing
from tests.cli.running import PROFILE, capplan

_COMMAND = str(Path(sys.executable).with_name("capplan"))


@contextmanager
def _nobody() -> Iterator[int]:
    """Give the writing end of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


def _run(
    folder: Path, *words: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> tuple[int, str]:
    """Run a command with one of its streams going there, and return its exit code and what was said on the other."""
    done = subprocess.run(
        [_COMMAND, *words],
        cwd=folder,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        stdout=stdout,
        stderr=stderr,
        env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"},
    )
    return done.returncode, (done.stdout or "") + (done.stderr or "")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_that_nobody_hears_ends_as_it_would(stream: str, tmp_path: Path) -> None:
    """What is said on the other stream is the same, and so is the exit code, of a plan and of a wrong option."""
    for words in (("recommend",), ("recommend", "--nonsense"), ("--help",)):
        heard = capplan(*words, folder=tmp_path)
        with _nobody() as pipe:
            unheard = partial(_run, stdout=pipe) if stream == "stdout" else partial(_run, stderr=pipe)
            code, other = unheard(tmp_path, *words)
        assert heard.code == code
        assert (heard.err if stream == "stdout" else heard.out) == other


def test_a_result_is_written_though_nobody_hears_that_it_is(tmp_path: Path) -> None:
    """A plan that goes to a file stands there whole where standard error has no reader."""
    (tmp_path / "capplan.toml").write_text(PROFILE, encoding="utf-8")
    with _nobody() as pipe:
        code, _ = _run(tmp_path, "recommend", "-o", "plan.json", stderr=pipe)
    assert 0 == code
    assert (tmp_path / "plan.json").read_text("utf-8").endswith("}\n")


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_one_that_nobody_reads(closed: int, tmp_path: Path) -> None:
    """With standard output or standard error closed a command ends with its own exit code."""
    code = subprocess.run(
        ["sh", "-c", f'exec "$0" recommend {closed}>&-', _COMMAND],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        timeout=120,
    ).returncode
    assert 0 == code


def test_a_result_for_which_there_is_no_room_is_an_error(tmp_path: Path) -> None:
    """A full disk under standard output is told, once, with 2; under standard error it is nothing."""
    with Path("/dev/full").open("wb") as full:
        code, said = _run(tmp_path, "report", "--format", "markdown", stdout=full.fileno())
        assert 2 == code
        assert "no space left on device" in said
        assert "Traceback" not in said
        code, said = _run(tmp_path, "report", "--format", "markdown", stderr=full.fileno())
        assert 0 == code
        assert said.startswith("# ")


@pytest.mark.parametrize("borne", [BrokenPipeError, OSError])
def test_a_reader_who_leaves_is_not_missed(borne: type[OSError]) -> None:
    """What is written before a reader leaves is read; what is written afterwards is dropped, and raises nothing."""
    reader, writer = os.pipe()
    stream = _bearing(sys.__stderr__, writer, borne)
    stream.write("heard\n")
    stream.flush()
    assert b"heard\n" == os.read(reader, 100)
    os.close(reader)
    for _ in range(3):
        stream.write("unheard\n")
        stream.flush()
    stream.close()
    os.close(writer)
