"""stack_state: what is known of a stack that is up, kept in its folder, so that it can be found and taken down."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from capplan.documents import write_whole
from capplan.errors import InputError
from capplan.machine.unprivileged import kept_in
from capplan.measurements import ServerVersion
from capplan.part import Part
from capplan.profile import Role
from capplan.scenario import Observed

STATE_FILE = "stack.json"
_LONGEST = 60


class ServiceState(Part):
    """One service as it was started."""

    name: str
    kind: Role
    pid: int
    start_ticks: int
    """When the process began, in the kernel's ticks: with its number what no other process ever has."""
    address: str = ""
    version: str = ""
    log: str
    url: str | None = None
    """Where it answers about itself."""
    access_log: str | None = None


class StackState(Part):
    """A stack: written before its first process starts, and again after each."""

    schema_version: Literal[1] = 1
    name: str
    mark: str
    """Stands in the environment of every process of the stack."""
    base_url: str = ""
    """Empty until all services answer."""
    services: tuple[ServiceState, ...] = ()
    programs: tuple[str, ...] = ()
    """Programs that write over their own environment, and with it over the mark."""
    pg_dump: str | None = None
    """Program that dumps the database."""

    def observed(self) -> dict[str, Observed]:
        """Return how each service is watched."""
        return {each.name: _observed(each) for each in self.services}

    def versions(self) -> tuple[ServerVersion, ...]:
        """Return what each service says it is, and where it is."""
        return tuple(
            ServerVersion(name=each.name, version=each.version, address=each.address)
            for each in self.services
        )


def stack_folder(name: str) -> Path:
    """Return the folder of a stack, whether or not it is there."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:_LONGEST] or "stack"
    if plain != name:
        plain += f"-{sha256(name.encode()).hexdigest()[:8]}"
    return kept_in("XDG_STATE_HOME", root="/var/lib", home=".local/state") / "stacks" / plain


def read_state(folder: Path) -> StackState | None:
    """Return what the folder of a stack says, or None where there is none or no word was written yet.

    Raises
    ------
    InputError
        If another version of capplan wrote it.
    """
    file = folder / STATE_FILE
    try:
        return StackState.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as error:
        raise InputError(
            str(file),
            found="a state that cannot be read",
            expected="what this version of capplan writes",
            remedy="end the stack's processes by hand, then remove the folder",
        ) from error


def write_state(folder: Path, state: StackState) -> None:
    """Write it, whole or not at all."""
    write_whole(folder / STATE_FILE, state.model_dump_json(indent=1))


def _observed(service: ServiceState) -> Observed:
    found: dict[str, Any] = {"url": service.url, "access_log": service.access_log}
    return Observed(kind=service.kind, pid=service.pid, **{k: v for k, v in found.items() if v is not None})
