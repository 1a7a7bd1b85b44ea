"""fingerprint: one hash of all that must not change between a run and its resumption."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from capplan import __version__
from capplan.loadtest.machine import boot_id, machine
from capplan.loadtest.target import Target
from capplan.measurements import ServerVersion
from capplan.scenario import Scenario
from capplan.stack_file import read_stack_file


def fingerprint(
    scenario: Scenario,
    texts: Iterable[str],
    target: Target | None,
    servers: Iterable[ServerVersion],
    identities: Iterable[str],
) -> str:
    """Return the hash of this capplan, this machine since it was started, the files of the scenario, and the target.

    Parameters
    ----------
    texts : scenario and profile as the run keeps them.
    target : left out where the run brings up a stack of its own, which is another one each time.
    identities : of the processes or containers that are watched.
    """
    parts = [__version__, boot_id(), *(f"{key}={value}" for key, value in sorted(machine().items()))]
    parts += [sha256(text.encode()).hexdigest() for text in texts]
    parts += [f"{path.name} {sha256(path.read_bytes()).hexdigest()}" for path in _files(scenario)]
    parts += [target.base_url, *sorted(target.addresses)] if target is not None else []
    parts += sorted(f"{server.name}={server.version}" for server in servers)
    return sha256("\n".join([*parts, *identities]).encode()).hexdigest()


def _files(scenario: Scenario) -> Iterator[Path]:
    """Yield the files that decide what is sent, and to what: the locustfile and the stack's own."""
    if scenario.load.locustfile is not None:
        yield Path(scenario.load.locustfile)
    if scenario.stack is None:
        return
    file = Path(scenario.stack)
    stack = read_stack_file(file)
    named = [stack.requirements, *(each.settings_file for each in stack.services if each.settings_file)]
    yield from (file, *(file.parent / name for name in named))
    tree = sorted((file.parent / stack.application).rglob("*"))
    yield from (each for each in tree if each.is_file() and "__pycache__" not in each.parts)
