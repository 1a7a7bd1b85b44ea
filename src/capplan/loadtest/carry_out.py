"""carry_out: from an order to a run: freeze the prediction, bring up, look, load step by step, leave nothing behind."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from capplan import __version__
from capplan.canonical_json import canonical_json
from capplan.documents import write_whole
from capplan.errors import InputError, TargetError
from capplan.ladder import keeps_up
from capplan.loadtest.backup_job import BackupJob, backup_starter
from capplan.loadtest.capacity_run import Foresee, search_capacity, sought
from capplan.loadtest.child_process import Child, Message
from capplan.loadtest.conduct import INTERRUPTED, LOST, TARGET_DOWN, Bench, conduct_step
from capplan.loadtest.fingerprint import fingerprint
from capplan.loadtest.instruments import Instruments
from capplan.loadtest.interruption import Interruption, interruptible
from capplan.loadtest.journal import Journal
from capplan.loadtest.machine import machine
from capplan.loadtest.progress import View
from capplan.loadtest.referenced_secrets import resolved, resolved_url
from capplan.loadtest.reserve import fill_reserve
from capplan.loadtest.run_directory import (
    PREDICTION,
    PROFILE,
    SCENARIO,
    STEP,
    make_run_directory,
    read_run,
    read_step,
    refuse_damaged,
    require_room,
    set_aside,
    step_folder,
    unseal,
    write_text,
)
from capplan.loadtest.target import Target, answering, authorize
from capplan.loadtest.watched import sampler_settings
from capplan.measurements import Asked, Predictions, Run, ServerVersion
from capplan.probes import container_addresses
from capplan.profile import Role
from capplan.scenario import Scenario
from capplan.stack import down, up

_CLOCK_DRIFT_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run, decided before anything is touched. ``planned`` are the steps in order, by name."""

    scenario: Scenario
    scenario_text: str
    profile_text: str
    predictions: Predictions | None
    planned: tuple[tuple[str, Asked], ...]
    folder: Path
    seed: int
    workers: int
    confirmed_hosts: tuple[str, ...]
    search: Asked | None = None
    """Where the largest load that meets the objective is searched: the first step to try; then nothing is planned."""
    foresee: Foresee | None = None


def carry_out(order: Order, view: View, *, resume: bool = False) -> Run:
    """Carry an order out and return the state in which the run ended; what was measured lies in its folder.

    Raises
    ------
    InputError, TargetError, AuthorityError, MeasurementError
        If the run could not begin or go on; what was measured until then is sealed.
    Interruption
        Likewise, after Ctrl-C or SIGTERM.
    """
    journal = Journal(order.folder, _resumed(order) if resume else _begun(order))
    mark = f"{journal.run.began:%Y%m%dT%H%M%S}-{os.getpid()}"
    instruments = Instruments(order.folder, mark, order.scenario.load.timeout)
    with interruptible(instruments.kill):
        try:
            with ExitStack() as opened:
                opened.callback(instruments.close)
                _run_inside(order, journal, instruments, view, mark, opened)
        except Interruption as error:
            journal.end("interrupted", str(error))
            raise
        except TargetError as error:
            never_up = order.scenario.stack is not None and not journal.run.addresses
            journal.end("failed" if never_up else "target-down", str(error))
            raise
        except Exception as error:
            journal.end("failed", str(error) or type(error).__name__)
            raise
        journal.end("finished")
    return journal.run


def _begun(order: Order) -> Run:
    """Make the run's folder and freeze the prediction in it."""
    make_run_directory(order.folder)
    write_whole(order.folder / SCENARIO, order.scenario_text)
    frozen = ""
    if order.predictions is not None:
        write_whole(order.folder / PROFILE, order.profile_text)
        frozen = write_text(order.folder, order.folder / PREDICTION, canonical_json(order.predictions))
    return Run(
        capplan_version=__version__,
        name=order.scenario.name,
        began=_now(),
        status="running",
        scenario=order.scenario.name,
        scenario_sha256=sha256(order.scenario_text.encode()).hexdigest(),
        base_url=order.scenario.base_url or "",
        seed=order.seed,
        workers=order.workers,
        machine=machine(),
        prediction_sha256=frozen,
        planned=order.planned,
        search=sought(order.scenario.objective, order.search) if order.search is not None else None,
    )


def _resumed(order: Order) -> Run:
    """Set aside what was cut off, and take up the run where it stands.

    From now on files change again: the checksums go, for they would call the run damaged until it has ended.
    """
    refuse_damaged(order.folder)
    run = read_run(order.folder)
    require_room(order.folder)
    fill_reserve(order.folder)
    unseal(order.folder)
    for number, (name, _) in enumerate(run.planned, 1):
        folder = step_folder(order.folder, number, name)
        if folder.exists() and not _is_whole(folder):
            set_aside(folder)
    return run.model_copy(update={"status": "running", "reason": "", "ended": None})


def _is_whole(folder: Path) -> bool:
    file = folder / STEP
    if not file.exists():
        return False
    return read_step(file).aborted not in (INTERRUPTED, LOST, TARGET_DOWN)


def _run_inside(
    order: Order, journal: Journal, instruments: Instruments, view: View, mark: str, opened: ExitStack
) -> None:
    scenario, dump = order.scenario, None
    if scenario.stack is not None:
        view.phase("Bringing up the stack")
        scenario, dump = opened.enter_context(_own_stack(scenario, order.folder, mark, view))
    view.phase("Looking at the target")
    target = _look(order, journal, scenario, instruments)
    bench = Bench(
        folder=order.folder,
        scenario=scenario,
        instruments=instruments,
        view=view,
        total=len(journal.run.planned),
        require_answer=partial(answering, target),
        backup=_backup(order, journal, scenario, target, dump, mark),
    )
    offset_s = _wall_offset_s()
    if order.search is not None:
        search_capacity(bench, journal, order.search, order.foresee)
    else:
        _follow(bench, journal)
    drift_s = _wall_offset_s() - offset_s
    if abs(drift_s) > _CLOCK_DRIFT_S:
        journal.note(clock_offset_drift_s=drift_s)


def _backup(
    order: Order, journal: Journal, scenario: Scenario, target: Target, dump: str | None, mark: str
) -> Callable[[], BackupJob] | None:
    """Return what starts a backup, if any step wants one."""
    planned = [asked for _, asked in journal.run.planned] + ([order.search] if order.search else [])
    if not any(asked.backup for asked in planned):
        return None
    urls = {n: s.url for n, s in scenario.observe.services.items() if s.kind is Role.POSTGRESQL and s.url}
    url = next((resolved_url(f"observe.services.{name}.url", text) for name, text in urls.items()), None)
    return backup_starter(url, dump, target.addresses, order.folder / "logs" / "backup.log", mark)


def _follow(bench: Bench, journal: Journal) -> None:
    """Run every planned step that has not been run; climbing ones, which are the last, while the target keeps up."""
    up = True
    for number, (name, asked) in enumerate(journal.run.planned, 1):
        if asked.climbing and not up:
            journal.note(planned=journal.run.planned[: number - 1])
            return
        folder = step_folder(bench.folder, number, name)
        done = folder.exists()
        result = read_step(folder / STEP) if done else conduct_step(bench, number, name, asked)
        up = up and keeps_up(result)


def _wall_offset_s() -> float:
    """Return how far the wall clock is ahead of the monotonic one: it changes when somebody sets the clock."""
    return time.time() - time.monotonic()


@contextmanager
def _own_stack(
    scenario: Scenario, folder: Path, mark: str, view: View
) -> Iterator[tuple[Scenario, str | None]]:
    """Bring up the scenario's stack, and take it down whatever happens, even to this process."""
    stack = Path(scenario.stack or "")
    name = f"{scenario.name}-{mark}"
    guardian = Child(
        "guardian",
        (sys.executable, "-m", "capplan.loadtest.guardian", name),
        log=folder / "logs" / "guardian.log",
        mark=mark,
    )
    try:
        state = up(stack, name=name, tell=view.phase)
        observe = scenario.observe.model_copy(
            update={"services": state.observed() | scenario.observe.services}
        )
        yield scenario.model_copy(update={"base_url": state.base_url, "observe": observe}), state.pg_dump
    finally:
        down(name, tell=view.phase)
        guardian.end(5.0)


def _look(order: Order, journal: Journal, scenario: Scenario, instruments: Instruments) -> Target:
    """Authorize the target, see that it answers, start both children, and note what was found."""
    if scenario.base_url is None:
        raise AssertionError("a scenario has a base URL or a stack that has one")
    target = answering(
        authorize(
            scenario.base_url,
            named=scenario.hosts,
            confirmed=order.confirmed_hosts,
            containers=container_addresses(),
        )
    )
    journal.note(base_url=target.base_url, addresses=target.addresses)
    instruments.open_sampler(sampler_settings(scenario.observe, target.addresses))
    _require_watched(scenario, instruments)
    servers = tuple(ServerVersion(**found) for found in instruments.ready["sampler"].get("servers", ()))
    own = scenario.stack is not None
    found = fingerprint(
        scenario,
        (order.scenario_text, order.profile_text),
        None if own else target,
        servers,
        () if own else _identities(instruments),
    )
    if journal.run.target_sha256 not in ("", found):
        raise InputError(
            str(order.folder),
            found="a run of something else: capplan, the machine, the files of the scenario, the servers, or the "
            "processes or containers have changed",
            expected="all as it was when the run began",
            remedy="start a new run",
        )
    journal.note(servers=servers, target_sha256=found)
    instruments.open_load(_load_settings(scenario, target, order.workers))
    return target


def _require_watched(scenario: Scenario, instruments: Instruments) -> None:
    """Refuse to watch a Compose project of which nothing runs: the name is wrong, or no engine answers."""
    project = scenario.observe.compose_project
    if project is not None and not instruments.kinds:
        reasons = {reason for absences in instruments.absent.values() for reason in absences.values()}
        raise InputError(
            "observe.compose_project",
            found=f"no running container of {project!r} ({'; '.join(sorted(reasons)) or 'none has that label'})",
            expected="a project that runs on this machine",
            remedy="correct the name, or leave it out to watch nothing",
        )


def _identities(instruments: Instruments) -> list[str]:
    """Return what a watched target may not change."""
    services = instruments.ready["sampler"].get("services", {})
    return sorted(f"{name}={found.get('identity')}" for name, found in services.items())


def _load_settings(scenario: Scenario, target: Target, workers: int) -> Message:
    load = scenario.load
    return {
        "base_url": target.base_url,
        "locustfile": load.locustfile,
        "user_classes": list(load.user_classes),
        "paths": list(load.paths),
        "headers": {k: resolved(f"load.headers.{k}", v) for k, v in load.headers.items()},
        "timeout_s": load.timeout,
        "verify_tls": load.verify_tls,
        "workers": workers,
        "allowed": list(target.addresses),
        "pinned": target.pinned,
        "most_users": load.most_users,
    }


def _now() -> datetime:
    return datetime.now(UTC)
