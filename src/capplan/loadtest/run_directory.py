"""run_directory: where a run is kept: made, written whole or not at all, sealed with checksums, and read again."""

import json
import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from capplan.errors import InputError
from capplan.loadtest.reserve import drop_reserve, fill_reserve, reserved, write_kept
from capplan.measurements import RUN_SCHEMA, Measured, Predictions, Run, StepResult

_Document = TypeVar("_Document", bound=BaseModel)
RUN, PREDICTION, SAMPLES, STEP, SUMS = (
    "run.json",
    "prediction.json",
    "samples.jsonl",
    "step.json",
    "SHA256SUMS",
)
SCENARIO, PROFILE = "scenario.json", "profile.toml"
_CUT = ".cut"
_PATHLIKE = re.compile(r"[^A-Za-z0-9_.-]+")
_LEAST_FREE_BYTES = 200_000_000


def make_run_directory(folder: Path) -> None:
    """Make the folder of a new run, with its reserve.

    Raises
    ------
    InputError
        If something stands there, it cannot be made, or the disk is nearly full.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(
                str(folder),
                found="something that exists",
                expected="a new folder",
                remedy="name another with -o, or continue that run with --resume",
            )
        (folder / "logs").mkdir(parents=True)
        (folder / "steps").mkdir()
    except OSError as error:
        found = (error.strerror or "a place that cannot be written").lower()
        raise InputError(
            str(folder), found=found, expected="a folder that can be made", remedy="name another with -o"
        ) from error
    require_room(folder)
    fill_reserve(folder)


def require_room(folder: Path) -> None:
    """Refuse to begin on a disk that is nearly full.

    Raises
    ------
    InputError
        If there is less room than a run may need.
    """
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if free < _LEAST_FREE_BYTES:
        raise InputError(
            str(folder),
            found=f"{free / 1e6:.0f} MB free",
            expected=f"at least {_LEAST_FREE_BYTES / 1e6:.0f} MB for the records of a run",
            remedy="free some, or name another disk with -o",
        )


def write_document(run: Path, path: Path, document: BaseModel) -> str:
    """Write a document of a run and return its SHA-256."""
    return write_text(run, path, document.model_dump_json(indent=1) + "\n")


def write_text(run: Path, path: Path, text: str) -> str:
    """Write a text of a run whole and return its SHA-256."""
    write_kept(run, path, text)
    return sha256(text.encode()).hexdigest()


def step_folder(folder: Path, number: int, name: str) -> Path:
    """Return where a step is kept; a path in its name is no path of folders."""
    return folder / "steps" / f"{number:03}-{plain_name(name)}"


def plain_name(name: str) -> str:
    """Return a name as one folder may bear it."""
    return _PATHLIKE.sub("-", name)


def step_shards(folder: Path) -> list[Path]:
    """Return the shards of a step, one per Locust worker."""
    return sorted(folder.glob("requests-*.bin"))


def read_arrivals(folder: Path) -> NDArray[np.int64]:
    """Return when the arrivals of an open step were due, from all its workers, in order."""
    found = [_whole_numbers(path) for path in sorted(folder.glob("arrivals-*.bin"))]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def _whole_numbers(path: Path) -> NDArray[np.int64]:
    content = path.read_bytes()
    return np.frombuffer(content[: len(content) // 8 * 8], "<i8").astype(np.int64)


def samples_between(folder: Path, start_ns: int, end_ns: int) -> list[dict[str, Any]]:
    """Return the samples of a time, the last one before it included; a line that was cut off is left out."""
    found: list[dict[str, Any]] = []
    before: list[dict[str, Any]] = []
    with (folder / SAMPLES).open(encoding="utf-8") as lines:
        for line in lines:
            try:
                sample = json.loads(line)
            except ValueError:
                continue
            if sample["at_ns"] < start_ns:
                before = [sample]
            elif sample["at_ns"] <= end_ns:
                found.append(sample)
    return [*before, *found]


def set_aside(folder: Path) -> None:
    """Keep what is left of a step that was cut off, under another name, so that it can be run again."""
    for attempt in range(1, 1000):
        kept = folder.with_name(f"{folder.name}{_CUT}{attempt}")
        if not kept.exists():
            folder.rename(kept)
            return


def seal(folder: Path) -> None:
    """Write the checksums of every file of a run, and give back the room that it kept for them."""
    unused = set(reserved(folder))
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != SUMS and path.suffix != ".log"
    )
    lines = [f"{_digest(path)}  {path.relative_to(folder)}\n" for path in files if path not in unused]
    write_kept(folder, folder / SUMS, "".join(lines))
    drop_reserve(folder)


def damaged(folder: Path) -> list[str]:
    """Return the files of a sealed run that are missing or changed."""
    sums = folder / SUMS
    if not sums.exists():
        return []
    found = []
    for line in sums.read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            found.append(name)
    return found


def unseal(folder: Path) -> None:
    """Remove the checksums of a run that goes on."""
    (folder / SUMS).unlink(missing_ok=True)


def refuse_damaged(folder: Path) -> None:
    """Refuse a sealed run whose files were changed.

    Raises
    ------
    InputError
        If one was changed, or is missing.
    """
    changed = damaged(folder)
    if changed:
        raise InputError(
            f"{folder}/{SUMS}",
            found=f"a changed or missing {changed[0]}",
            expected="the files of the run as they were written",
            remedy="take the run from where it was made",
        )


def refuse_other_prediction(folder: Path, run: Run) -> None:
    """Refuse a run whose prediction is not the one that was frozen.

    Raises
    ------
    InputError
        If it is another, or missing.
    """
    file = folder / PREDICTION
    if run.prediction_sha256 and (not file.exists() or _digest(file) != run.prediction_sha256):
        raise InputError(
            str(file),
            found="another prediction than the one that was frozen",
            expected="the file as it was",
            remedy="take the run from where it was made, or start a new one",
        )


def read_run(folder: Path) -> Run:
    """Read the state of a run.

    Raises
    ------
    InputError
        If there is none, or it is of another version.
    """
    return _read(Run, folder / RUN)


def read_measured(folder: Path) -> Measured:
    """Read a run with its finished steps and predictions; steps that were cut off have no result and are left out.

    Raises
    ------
    InputError
        If the run cannot be read, or a file was changed after it was sealed.
    """
    run = read_run(folder)
    refuse_damaged(folder)
    refuse_other_prediction(folder, run)
    steps = sorted(path for path in (folder / "steps").glob(f"*/{STEP}") if _CUT not in path.parent.name)
    predictions = read_predictions(folder) if (folder / PREDICTION).exists() else None
    return Measured(run=run, steps=tuple(map(read_step, steps)), predictions=predictions)


def read_step(path: Path) -> StepResult:
    """Read the result of a step; raises as ``read_run``."""
    return _read(StepResult, path)


def read_predictions(folder: Path) -> Predictions:
    """Read the predictions of a run; raises as ``read_run``."""
    return _read(Predictions, folder / PREDICTION)


def _read(document: type[_Document], path: Path) -> _Document:
    try:
        content = path.read_bytes()
        version = json.loads(content).get("schema_version", RUN_SCHEMA) if path.name == RUN else RUN_SCHEMA
        if version != RUN_SCHEMA:
            raise InputError(
                str(path),
                found=f"schema version {version}",
                expected=f"version {RUN_SCHEMA}",
                remedy="read it with the capplan that wrote it",
            )
        return document.model_validate_json(content)
    except OSError as error:
        found = (error.strerror or "an unreadable file").lower()
        raise InputError(
            str(path), found=found, expected="a run of `capplan loadtest`", remedy="name the folder of a run"
        ) from error
    except (ValidationError, ValueError, AttributeError) as error:
        raise InputError(
            str(path),
            found="text that is no such document",
            expected="a run of this version of capplan",
            remedy="measure again, or name another run",
        ) from error


def _digest(path: Path) -> str:
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
