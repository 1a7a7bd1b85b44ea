"""fault: something that goes wrong during a load test, what has to come of it, and what does."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.truth.running import Running, loadtest, read_rows, read_steps
from tests.truth.scenarios import NOISE, scenario, stack, users_step
from tests.truth.servers import FAULT_SERVER, Server, serving

_ORPHANS_WITHIN_S = 15.0
_GRACE_S = 1.0
"""A child that nobody waited for sees the end of its input, and ends."""
INVALID = 3
SHORT = users_step(duration_s=4)
LONG = users_step(duration_s=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A load test against a server, into which something happens."""

    server: Server
    running: Running
    folder: Path

    def signal(self, number: signal.Signals, pid: int | None = None) -> None:
        """Signal the load test, or a process of it."""
        os.kill(self.running.process.pid if pid is None else pid, number)


Act = Callable[[Scene], None]
Check = Callable[[Scene], str]


def _nothing(scene: Scene) -> None:
    """Let the load test go on undisturbed."""


def _no_more(scene: Scene) -> str:
    """Ask for nothing beyond the end of the run and its step."""
    del scene
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong and what has to come of it.

    ``step`` is the end of the last step: valid, ``aborted: …``, ``invalid: …`` with a gate that failed, or none.
    """

    name: str
    code: int
    status: str
    step: str
    act: Act = _nothing
    steps: tuple[str, ...] = (SHORT,)
    program: Path = FAULT_SERVER
    words: tuple[str, ...] = ()
    paths: tuple[str, ...] = ("/",)
    locustfile: str | None = None
    timeout_s: float = 1.0
    observed: str = ""
    limits: dict[str, str] = field(default_factory=dict)
    """Gates that are not wide open."""
    url: str = "{url}"
    more: tuple[str, ...] = ()
    place: Callable[[Path], AbstractContextManager[None]] | None = None
    """Makes the folder of the run something special for a while."""
    bring_up_s: float | None = None
    """Brings up a stack of its own, which takes so long."""
    unheard: str = ""
    """The stream that nobody reads: stdout or stderr."""
    heard_first: bool = False
    """Whether somebody does until that happens."""
    ends_within_s: float = 30.0
    """How long it may go on after what happens has happened."""
    env: dict[str, str] = field(default_factory=dict)
    sealed: bool = True
    kept: bool = True
    is_quick: bool = False
    """Whether it is tried at every test run."""
    possible: Callable[[], bool] = lambda: True
    check: Check = _no_more
    """What else must hold: the sentence of what does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a fault."""

    code: int
    status: str
    step: str
    failed: frozenset[str]
    kept: int
    received: int
    sealed: bool
    orphans: tuple[str, ...]
    told: str
    check: str = ""
    ending_s: float = 0.0
    seconds: float = 0.0


def tried(fault: Fault, folder: Path) -> Found:
    """Let a fault happen, and see what comes of it."""
    begun_s = time.monotonic()
    with ExitStack() as opened:
        if fault.place is not None:
            opened.enter_context(fault.place(folder))
        server = opened.enter_context(
            serving(fault.program, *(word.format(folder=folder) for word in fault.words))
        )
        text = scenario(
            folder,
            fault.url.format(url=server.url),
            *fault.steps,
            paths=fault.paths,
            locustfile=_written(folder, fault.locustfile, server),
            timeout_s=fault.timeout_s,
            limits=fault.limits,
            own_stack=None if fault.bring_up_s is None else stack(folder, before_s=fault.bring_up_s),
            observed=fault.observed.format(pid=server.pid, folder=folder),
        )
        env = {key: value.format(folder=folder) for key, value in fault.env.items()}
        running = opened.enter_context(
            loadtest(
                folder,
                text,
                *fault.more,
                env=env,
                unheard=fault.unheard,
                heard_first=fault.heard_first,
            )
        )
        scene = Scene(server=server, running=running, folder=folder)
        fault.act(scene)
        happened_s = time.monotonic()
        code = running.end()
        ending_s = time.monotonic() - happened_s
        orphans = running.orphans(_ORPHANS_WITHIN_S if code < 0 else _GRACE_S)
        found = _seen(running, server, code, tuple(orphans.values()))
        check, spent_s = fault.check(scene), time.monotonic() - begun_s
        return replace(found, check=check, ending_s=ending_s, seconds=spent_s)


def _seen(running: Running, server: Server, code: int, orphans: tuple[str, ...]) -> Found:
    """Return what is to be seen of a load test that has ended."""
    steps = read_steps(running.folder)
    return Found(
        code=code,
        status=running.document().get("status", ""),
        step=_state(steps[-1]) if steps else "none",
        failed=failed(steps[-1]) if steps else frozenset(),
        kept=len(read_rows(running.folder)),
        received=received(server),
        sealed=(running.folder / "SHA256SUMS").exists(),
        orphans=orphans,
        told=running.told(),
    )


def differences(fault: Fault, found: Found) -> list[str]:
    """Return what is not as it has to be."""
    noisy = fault.code == 0 and found.code == INVALID and found.failed <= NOISE
    wrong = {
        f"exit code {found.code}, expected {fault.code}": found.code != fault.code and not noisy,
        f"status {found.status!r}, expected {fault.status!r}": found.status != fault.status,
        f"step {found.step!r}, expected {fault.step!r}": not _ends_so(fault.step, found),
        "checksums" if found.sealed else "no checksums": found.sealed != fault.sealed,
        "nothing kept": fault.kept and not found.kept,
        f"orphans {found.orphans}": bool(found.orphans),
        f"told {found.told!r}": "Traceback" in found.told or "a bug of ours" in found.told,
        f"it went on for {found.ending_s:.0f} s": found.ending_s > fault.ends_within_s,
        found.check: bool(found.check),
    }
    return [sentence for sentence, holds in wrong.items() if holds]


def _ends_so(expected: str, found: Found) -> bool:
    kind, _, gate = expected.partition(": ")
    if kind == "invalid":
        return gate in found.failed
    if kind == "valid":
        return found.step == "valid" or (found.step.startswith("invalid") and found.failed <= NOISE)
    return found.step == expected


def _written(folder: Path, locustfile: str | None, server: Server) -> str | None:
    if locustfile is None:
        return None
    own = server.elsewhere.get("own address", ("192.0.2.1", 80))
    text = locustfile.replace("OWN", f"http://{own[0]}:{own[1]}")
    (folder / "locustfile.py").write_text(text, encoding="utf-8")
    return "locustfile.py"


def _state(step: dict[str, object]) -> str:
    if step["aborted"]:
        return f"aborted: {step['aborted']}"
    return "valid" if step["valid"] else "invalid: " + ", ".join(sorted(failed(step)))


def failed(step: dict[str, object]) -> frozenset[str]:
    """Return the gates that a step failed."""
    gates = step["gates"]
    assert isinstance(gates, list)
    return frozenset(gate["code"] for gate in gates if not gate["passed"])


def received(server: Server) -> int:
    """Return how many requests the server saw, -1 where it can no longer be asked."""
    try:
        told = server.ask("/told")
        if "total" not in told and "paths" not in told:
            return int(told.get("received", 0))
        total = server.ask("/truth")["total"]
        return int(
            sum(count for path, count in total["received"].items() if path not in ("/truth", "elsewhere"))
        )
    except OSError:
        return -1
