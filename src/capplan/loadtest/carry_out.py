"""carry_out: from an order to a run: freeze the prediction, bring up, look, load step by step, leave nothing behind."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from capplan import __version__
from capplan.canonical_json import canonical_json
from capplan.documents import write_whole
from capplan.errors import CapplanError, InputError, TargetError
from capplan.loadtest.backup_job import backup_starter
from capplan.loadtest.capacity_run import Foresee, search_capacity, sought
from capplan.loadtest.child_process import Child, Message
from capplan.loadtest.conduct import INTERRUPTED, LOST, TARGET_DOWN, Bench, conduct_step
from capplan.loadtest.instruments import Instruments
from capplan.loadtest.interruption import Interruption, interruptible
from capplan.loadtest.journal import Journal
from capplan.loadtest.machine import machine
from capplan.loadtest.progress import View
from capplan.loadtest.referenced_secrets import resolved
from capplan.loadtest.run_directory import (
    PREDICTION,
    PROFILE,
    SCENARIO,
    STEP,
    make_run_directory,
    read_run,
    read_step,
    set_aside,
    step_folder,
    write_text,
)
from capplan.loadtest.target import Target, authorize, require_answer
from capplan.loadtest.watched import sampler_settings
from capplan.measurements import Asked, Predictions, Run, ServerVersion
from capplan.probes import container_addresses
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
            journal.end("target-down", str(error))
            raise
        except (CapplanError, OSError) as error:
            journal.end("failed", str(error))
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
        frozen = write_text(order.folder / PREDICTION, canonical_json(order.predictions))
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
        search=sought(order.scenario.objective) if order.search is not None else None,
    )


def _resumed(order: Order) -> Run:
    """Set aside what was cut off, and take up the run where it stands."""
    run = read_run(order.folder)
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
    _look(order, journal, scenario, instruments)
    database = next((s.url for s in scenario.observe.services.values() if s.kind == "postgresql"), None)
    log = order.folder / "logs" / "backup.log"
    disturbed = any(asked.backup for _, asked in journal.run.planned)
    bench = Bench(
        folder=order.folder,
        scenario=scenario,
        instruments=instruments,
        view=view,
        total=len(journal.run.planned),
        backup=backup_starter(database, dump, log, mark) if disturbed else None,
    )
    offset_s = _wall_offset_s()
    if order.search is not None:
        search_capacity(bench, journal, order.search, order.foresee)
    else:
        _follow(bench, journal)
    drift_s = _wall_offset_s() - offset_s
    if abs(drift_s) > _CLOCK_DRIFT_S:
        journal.note(clock_offset_drift_s=drift_s)


def _follow(bench: Bench, journal: Journal) -> None:
    """Run every planned step that has not been run."""
    for number, (name, asked) in enumerate(journal.run.planned, 1):
        if not step_folder(bench.folder, number, name).exists():
            conduct_step(bench, number, name, asked)


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


def _look(order: Order, journal: Journal, scenario: Scenario, instruments: Instruments) -> None:
    """Authorize the target, see that it answers, start both children, and note what was found."""
    if scenario.base_url is None:
        raise AssertionError("a scenario has a base URL or a stack that has one")
    target = authorize(
        scenario.base_url,
        named=scenario.hosts,
        confirmed=order.confirmed_hosts,
        containers=container_addresses(),
    )
    require_answer(target)
    journal.note(base_url=target.base_url, addresses=target.addresses)
    instruments.open_sampler(sampler_settings(scenario.observe, target.addresses))
    servers = tuple(ServerVersion(**found) for found in instruments.ready["sampler"].get("servers", ()))
    fingerprint = _fingerprint(journal.run, servers, _identities(scenario, instruments))
    if journal.run.target_sha256 not in ("", fingerprint):
        raise InputError(
            str(order.folder),
            found="a run against another target: its machine, servers, processes or containers have changed",
            expected="the same target",
            remedy="start a new run",
        )
    journal.note(servers=servers, target_sha256=fingerprint)
    instruments.open_load(_load_settings(scenario, target, order.workers))


def _identities(scenario: Scenario, instruments: Instruments) -> Iterable[str]:
    """Return what a watched target may not change: nothing where each run brings up a stack of its own."""
    if scenario.stack is not None:
        return ()
    services = instruments.ready["sampler"].get("services", {})
    return sorted(f"{name}={found.get('identity')}" for name, found in services.items())


def _fingerprint(run: Run, servers: Iterable[ServerVersion], identities: Iterable[str]) -> str:
    parts = [run.scenario_sha256, *(f"{key}={value}" for key, value in sorted(run.machine.items()))]
    parts += sorted(f"{server.name}={server.version}" for server in servers)
    return sha256("\n".join([*parts, *identities]).encode()).hexdigest()


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
