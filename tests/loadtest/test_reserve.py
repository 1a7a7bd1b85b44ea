"""On a full disk a run is still ended properly, in room that it has kept from the beginning."""

import errno
import os
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from capplan.errors import InputError
from capplan.loadtest import run_directory
from capplan.loadtest.carry_out import carry_out
from capplan.loadtest.journal import Journal
from capplan.loadtest.live_view import Silent
from capplan.loadtest.order import order_of_run
from capplan.loadtest.run_directory import (
    PREDICTION,
    RUN,
    SCENARIO,
    SUMS,
    damaged,
    make_run_directory,
    read_run,
    write_document,
    write_text,
)
from capplan.scenario import Scenario
from tests.fabricated_run import measured

_RUN = measured().run.model_copy(update={"status": "running", "prediction_sha256": ""})
_KEPT = ".reserve-*"


def _begun(folder: Path) -> Path:
    make_run_directory(folder)
    write_document(folder, folder / RUN, _RUN)
    return folder


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run that goes on, on a disk that has been filled since."""
    run = _begun(tmp_path / "run")
    _fill(monkeypatch)
    return run


def _fill(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(**_named: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkstemp", no_room)


def test_a_run_that_lost_its_disk_is_ended_and_sealed(full_disk: Path) -> None:
    """Its state and its checksums are written, fit what lies there, and nothing of the reserve is left."""
    Journal(full_disk, _RUN).end("failed", "no space left on device")
    assert "failed" == read_run(full_disk).status
    assert [] == damaged(full_disk)
    assert RUN in (full_disk / SUMS).read_text("utf-8")
    assert [] == list(full_disk.glob(_KEPT))


def test_a_document_in_the_reserve_is_the_document(full_disk: Path) -> None:
    """It has its text and no more, and every such document takes one file of the reserve."""
    before = len(list(full_disk.glob(_KEPT)))
    assert before >= 3  # the result of a step, the state of the run, the checksums
    write_text(full_disk, full_disk / "steps" / "step.json", "{}\n")
    assert "{}\n" == (full_disk / "steps" / "step.json").read_text("utf-8")
    assert before - 1 == len(list(full_disk.glob(_KEPT)))


def test_what_finds_no_room_at_all_is_refused_and_leaves_what_was(full_disk: Path) -> None:
    """A document larger than the reserve, or after it is used up, is an error; the one before it stays whole."""
    state = (full_disk / RUN).read_bytes()
    with pytest.raises(InputError, match="no space left"):
        write_text(full_disk, full_disk / RUN, "x" * (1 << 21))
    for file in full_disk.glob(_KEPT):
        file.unlink()
    with pytest.raises(InputError, match="no space left"):
        write_text(full_disk, full_disk / RUN, "x")
    assert state == (full_disk / RUN).read_bytes()


def test_the_reserve_is_room_on_the_disk(tmp_path: Path) -> None:
    """Every file of it has as many blocks as it says it is long."""
    files = list(_begun(tmp_path / "run").glob(_KEPT))
    assert all(file.stat().st_blocks * 512 >= file.stat().st_size >= 1 << 20 for file in files)


def test_where_there_is_room_the_reserve_stays(tmp_path: Path) -> None:
    """Whatever a run writes on a disk that is not full takes nothing of it, and its end removes it."""
    run = _begun(tmp_path / "run")
    before = sorted(run.glob(_KEPT))
    write_text(run, run / PREDICTION, "{}\n")
    assert before == sorted(run.glob(_KEPT)) != []
    Journal(run, _RUN).end("finished")
    assert [] == list(run.glob(_KEPT))
    assert "reserve" not in (run / SUMS).read_text("utf-8")


def test_a_run_is_not_taken_up_on_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resumption is refused before anything is touched: the run stays as it was sealed."""
    run = _begun(tmp_path / "run")
    scenario = Scenario.model_validate({"name": "shop", "base_url": "http://127.0.0.1:1"})
    (run / SCENARIO).write_text(scenario.model_dump_json(), encoding="utf-8")
    Journal(run, _RUN).end("interrupted", "SIGINT")
    sealed = (run / SUMS).read_bytes()
    monkeypatch.setattr(run_directory, "_LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(InputError, match="MB free"):
        carry_out(order_of_run(run, ()), Silent(), resume=True)
    assert sealed == (run / SUMS).read_bytes()
    assert [] == damaged(run)
    assert "interrupted" == read_run(run).status
